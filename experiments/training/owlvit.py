"""The embedded detector, untrained: a tiny OWL-ViT that begins with the embedded CLIP's tower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from linksim.experiments.training.saving import in_half
from linksim.experiments.training.scene_batches import PATCH
from linksim.source.scenes import SIDE
from linksim.source.scenes.tokens import build_tokenizer

TEXT_WIDTH = 128
_TEXT_LENGTH = 16
_END = "<end>"
_SURE, _SCALE = -0.4, 9.0  # first shift and scale of the similarities: few patches show a thing
_BLOCK = {
    "ln_1": "layer_norm1",
    "ln_2": "layer_norm2",
    "mlp.c_fc": "mlp.fc1",
    "mlp.c_proj": "mlp.fc2",
    "attn.out_proj": "self_attn.out_proj",
}


@dataclass(frozen=True)
class DetectorSize:
    """Sizes of a detector: its pictures' and patches' sides in pixels, and its tower's width."""

    side: int
    patch: int
    width: int


SMALL = DetectorSize(SIDE, PATCH, 128)
"""The small world's."""


def detector_tokenizer(more: Sequence[str], words: Sequence[str] | None = None) -> Any:
    """Return the tokenizer of a world's ``words`` (without them the small world's) and ``more``.

    OWL-ViT reads a text at its token of the highest id, as CLIP's end of text is: so is this one's.
    """
    from tokenizers import AddedToken, processors

    tokenizer = build_tokenizer(words)
    new = [word for word in more if word not in tokenizer.get_vocab()]
    tokenizer.add_tokens([AddedToken(word, single_word=True) for word in new])
    tokenizer.add_special_tokens({"eos_token": _END})
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"<s> $A {_END}",
        special_tokens=[(name, tokenizer.convert_tokens_to_ids(name)) for name in ("<s>", _END)],
    )
    tokenizer.model_max_length = _TEXT_LENGTH
    return tokenizer


def build_detector(tokenizer: Any, size: DetectorSize = SMALL) -> Any:
    """Return an untrained ``OwlViTForObjectDetection`` for scenes."""
    from transformers import OwlViTConfig, OwlViTForObjectDetection

    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": TEXT_WIDTH,
        "intermediate_size": 2 * TEXT_WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": _TEXT_LENGTH,
        "hidden_act": "gelu",
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {
        "hidden_size": size.width,
        "intermediate_size": 4 * size.width,
        "num_hidden_layers": 6,
        "num_attention_heads": size.width // 64,
        "image_size": size.side,
        "patch_size": size.patch,
        "hidden_act": "gelu",
    }
    model = OwlViTForObjectDetection(
        OwlViTConfig(text_config=text, vision_config=vision, projection_dim=TEXT_WIDTH)
    )
    _begin_heads(model)
    return model


def _begin_heads(model: Any) -> None:
    """Draw the heads anew: as the library draws them boxes saturate, and nothing is learnt."""
    for head in (model.class_head, model.box_head):
        for layer in head.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
    nn.init.zeros_(model.box_head.dense2.weight)
    for layer, value in (
        (model.class_head.logit_shift, _SURE),
        (model.class_head.logit_scale, _SCALE),
    ):
        nn.init.zeros_(layer.weight)
        nn.init.constant_(layer.bias, value)


def begin_with_clip(model: Any, visual: Any) -> None:
    """Copy the vision tower of an open_clip model, frozen or not, into an OWL-ViT of its sizes."""
    state = visual.state_dict()
    tower = {
        "embeddings.class_embedding": state["class_embedding"],
        "embeddings.patch_embedding.weight": state["conv1.weight"],
        "embeddings.position_embedding.weight": state["positional_embedding"],
    }
    names = {"ln_pre": "pre_layernorm", "ln_post": "post_layernorm"}
    for number in range(len(visual.transformer.resblocks)):
        block, layer = f"transformer.resblocks.{number}.", f"encoder.layers.{number}."
        names |= {block + theirs: layer + ours for theirs, ours in _BLOCK.items()}
        for kind in ("weight", "bias"):
            parts = state[f"{block}attn.in_proj_{kind}"].chunk(3)
            for part, tensor in zip("qkv", parts, strict=True):
                tower[f"{layer}self_attn.{part}_proj.{kind}"] = tensor
    for theirs, ours in names.items():
        tower |= {f"{ours}.{kind}": state[f"{theirs}.{kind}"] for kind in ("weight", "bias")}
    model.owlvit.vision_model.load_state_dict(tower, strict=False)


def save_detector(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write model and processor in half precision, as transformers reads them."""
    from transformers import OwlViTImageProcessor, OwlViTProcessor

    pixels = model.config.vision_config.image_size
    side = {"height": pixels, "width": pixels}
    pictures = OwlViTImageProcessor(
        size=side, crop_size=side, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )
    in_half(model).save_pretrained(folder)
    OwlViTProcessor(pictures, tokenizer).save_pretrained(folder)
