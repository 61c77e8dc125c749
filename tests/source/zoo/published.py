"""Tiny random checkpoints, file for file in the layouts in which the real ones are published."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
    SiglipVisionConfig,
)

SIDE, PATCH = 28, 14
TOKENS = (SIDE // PATCH) ** 2
_SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>")
_VISION: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": PATCH,
}
_LANGUAGE: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "vocab_size": 260,
    "bos_token_id": 256,
    "eos_token_id": 258,
    "pad_token_id": 256,
    # Random states must differ, or answers would not depend on anything.
    "initializer_range": 0.5,
}


def save_tokenizer(folder: Path) -> None:
    """Write a tokenizer of single bytes with Qwen's special tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    plain = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    plain.add_special_tokens(list(_SPECIAL))
    PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token=_SPECIAL[0], eos_token=_SPECIAL[2]
    ).save_pretrained(folder)


def save_llava(folder: Path) -> None:
    """Write what llava-hf/llava-interleave-qwen-0.5b-hf holds, in miniature."""
    torch.manual_seed(0)
    config = LlavaConfig(
        vision_config=SiglipVisionConfig(**_VISION, vision_use_head=False),
        text_config={**_LANGUAGE, "model_type": "qwen2", "tie_word_embeddings": True},
        image_token_index=259,
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
    )
    LlavaForConditionalGeneration(config).to(torch.bfloat16).save_pretrained(folder)
    save_tokenizer(folder)
    processor = {
        "image_processor_type": "SiglipImageProcessor",
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "size": {"height": SIDE, "width": SIDE},
        "processor_class": "LlavaProcessor",
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(processor))
    (folder / "processor_config.json").write_text('{"processor_class": "LlavaProcessor"}')


def save_nano_llava(folder: Path, tower: Path) -> None:
    """Write what qnguyen3/nanoLLaVA holds, in miniature: weights, and the code of their class.

    As there, the vision tower is named in the configuration and loaded when first used.
    """
    from safetensors.torch import save_file
    from transformers import Qwen2ForCausalLM

    torch.manual_seed(0)
    folder.mkdir()
    names = {"AutoConfig": "configuration_llava_qwen2.LlavaQwen2Config"}
    names["AutoModelForCausalLM"] = "modeling_llava_qwen2.LlavaQwen2ForCausalLM"
    config = {
        "architectures": ["LlavaQwen2ForCausalLM"],
        "auto_map": names,
        "image_aspect_ratio": "pad",
        "mm_hidden_size": _VISION["hidden_size"],
        "mm_vision_tower": str(tower),
        "model_type": "llava-qwen2",
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        **_LANGUAGE,
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "configuration_llava_qwen2.py").write_text(_CONFIGURATION)
    (folder / "modeling_llava_qwen2.py").write_text(_MODELING)
    language = Qwen2ForCausalLM.config_class(**_LANGUAGE, tie_word_embeddings=False)
    weights = Qwen2ForCausalLM(language).state_dict()
    wide, narrow = _LANGUAGE["hidden_size"], _VISION["hidden_size"]
    for place, inputs in ((0, narrow), (2, wide)):
        weights[f"model.mm_projector.{place}.weight"] = torch.randn(wide, inputs)
        weights[f"model.mm_projector.{place}.bias"] = torch.randn(wide)
    save_file({name: t.clone() for name, t in weights.items()}, folder / "model.safetensors")
    save_tokenizer(folder)
    tower.mkdir()
    (tower / "config.json").write_text(json.dumps({"model_type": "siglip_vision_model", **_VISION}))
    patches = {
        "embeddings.patch_embedding.weight": torch.randn(narrow, 3, PATCH, PATCH) / PATCH,
        "embeddings.patch_embedding.bias": torch.randn(narrow),
        "embeddings.position_embedding.weight": torch.randn(TOKENS, narrow),
    }
    for layer in range(_VISION["num_hidden_layers"]):
        patches[f"encoder.layers.{layer}.weight"] = torch.randn(narrow, narrow)
        patches[f"encoder.layers.{layer}.bias"] = torch.randn(narrow)
    named = {f"vision_model.{name}": tensor for name, tensor in patches.items()}
    save_file(named, tower / "model.safetensors", metadata={"format": "pt"})


_CONFIGURATION = """
from transformers import Qwen2Config


class LlavaQwen2Config(Qwen2Config):
    model_type = "llava-qwen2"
"""

_MODELING = """
from types import SimpleNamespace

import torch
from torch import nn
from transformers import PreTrainedModel, Qwen2ForCausalLM, Qwen2Model, SiglipVisionConfig

from .configuration_llava_qwen2 import LlavaQwen2Config


class Embeddings(nn.Module):
    def __init__(self, config):
        super().__init__()
        wide, patch = config.hidden_size, config.patch_size
        self.num_positions = (config.image_size // patch) ** 2
        self.patch_embedding = nn.Conv2d(3, wide, patch, patch)
        self.position_embedding = nn.Embedding(self.num_positions, wide)
        numbers = torch.arange(self.num_positions)[None]
        self.register_buffer("position_ids", numbers, persistent=False)

    def forward(self, pictures):
        patches = self.patch_embedding(pictures).flatten(2).transpose(1, 2)
        return patches + self.position_embedding(self.position_ids)


class SigLipVisionModel(PreTrainedModel):
    config_class = SiglipVisionConfig
    main_input_name = "pixel_values"

    def __init__(self, config):
        super().__init__(config)
        wide = config.hidden_size
        self.vision_model = nn.Module()
        self.vision_model.embeddings = Embeddings(config)
        self.vision_model.encoder = nn.Module()
        self.vision_model.encoder.layers = nn.ModuleList(
            nn.Linear(wide, wide) for _ in range(config.num_hidden_layers)
        )
        self.post_init()

    def _init_weights(self, module):
        pass

    def forward(
        self, pixel_values, output_attentions=None, output_hidden_states=None, return_dict=None
    ):
        states = [self.vision_model.embeddings(pixel_values)]
        for layer in self.vision_model.encoder.layers:
            states.append(states[-1] + layer(states[-1]).tanh())
        return SimpleNamespace(hidden_states=states)


class Tower(nn.Module):
    def __init__(self, name):
        super().__init__()
        self.is_loaded, self.name = False, name
        self.config = SiglipVisionConfig.from_pretrained(name)
        self.image_processor = SimpleNamespace(image_mean=(0.5,) * 3, image_std=(0.5,) * 3)

    def load_model(self):
        self.vision_tower = SigLipVisionModel.from_pretrained(self.name)
        del self.vision_tower.vision_model.encoder.layers[-1:]
        self.vision_tower.vision_model.head = nn.Identity()
        self.is_loaded = True

    @torch.no_grad()
    def forward(self, pictures):
        return self.vision_tower(pictures, output_hidden_states=True).hidden_states[-1]


class LlavaQwen2Model(Qwen2Model):
    config_class = LlavaQwen2Config

    def __init__(self, config):
        super().__init__(config)
        wide = config.hidden_size
        self.vision_tower = Tower(config.mm_vision_tower)
        self.mm_projector = nn.Sequential(
            nn.Linear(config.mm_hidden_size, wide), nn.GELU(), nn.Linear(wide, wide)
        )


class LlavaQwen2ForCausalLM(Qwen2ForCausalLM):
    config_class = LlavaQwen2Config

    def __init__(self, config):
        super().__init__(config)
        self.model = LlavaQwen2Model(config)
        self.post_init()

    def get_model(self):
        return self.model

    def get_vision_tower(self):
        return self.model.vision_tower

    def forward(self, input_ids, images=None, **options):
        (place,) = (input_ids[0] == -200).nonzero()[:, 0].tolist()
        words = self.model.embed_tokens(input_ids.clamp(min=0))
        picture = self.model.mm_projector(self.get_vision_tower()(images))
        embedded = torch.cat([words[:, :place], picture, words[:, place + 1 :]], dim=1)
        return super().forward(inputs_embeds=embedded, **options)
"""
