"""Training of the embedded LLaVA: a small language model learns to look into a frozen CLIP tower.

Answers alone leave it guessing. What makes it look: a wide initialisation (1/sqrt(width), where the
library's 0.02 is made for widths of thousands), the question before the picture, and a grounding
loss at every image token: does this patch show the thing that the question asks for?
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    Qwen2Config,
)

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.training.saving import in_half
from linksim.experiments.training.scene_batches import GRID, PATCH, patches_of
from linksim.source.scenes import Question, Scene, ask
from linksim.source.scenes.tokens import build_tokenizer, word_ids
from linksim.source.zoo.llava import Llava

PROMPT = "<s> user : {question} {image} assistant :"
WIDTH, LAYERS = 128, 4
"""Size of the small world's language model."""

QUESTIONS = 6  # asked about each scene, whose picture then passes the tower once


def build_model(
    clip_visual: Any, ids: Mapping[str, int], width: int = WIDTH, layers: int = LAYERS
) -> LlavaForConditionalGeneration:
    """Return an untrained LLaVA on the frozen vision tower of an open_clip model.

    Args:
        clip_visual: the tower, a vision transformer with heads of 64.
        ids: of the words, as `word_ids`.
        width, layers: of the language model.
    """
    tower_width, _, patch, _ = clip_visual.conv1.weight.shape
    side = clip_visual.image_size[0]
    vision = CLIPVisionConfig(
        hidden_size=tower_width,
        intermediate_size=4 * tower_width,
        num_hidden_layers=len(clip_visual.transformer.resblocks),
        num_attention_heads=tower_width // 64,
        image_size=side,
        patch_size=patch,
        hidden_act="gelu",
        projection_dim=tower_width,
    )
    text = Qwen2Config(
        vocab_size=len(ids),
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        num_key_value_heads=width // 64,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=ids["<s>"],
        eos_token_id=ids["</s>"],
        pad_token_id=ids["<pad>"],
        initializer_range=width**-0.5,
    )
    model = LlavaForConditionalGeneration(
        LlavaConfig(
            vision_config=vision,
            text_config=text,
            image_token_id=ids["<image>"],
            image_seq_length=(side // patch) ** 2,
            vision_feature_layer=-1,
            vision_feature_select_strategy="default",
            projector_hidden_act="gelu",
            tie_word_embeddings=True,
            pad_token_id=ids["<pad>"],
            initializer_range=width**-0.5,
        )
    )
    model.model.vision_tower.load_state_dict(vision_tower_state(clip_visual))
    model.model.vision_tower.requires_grad_(False)
    return model


def vision_tower_state(visual: Any) -> dict[str, torch.Tensor]:
    """Rename the weights of an open_clip vision transformer to those of a ``CLIPVisionModel``."""
    given = visual.state_dict()
    state = {
        "embeddings.class_embedding": given["class_embedding"],
        "embeddings.patch_embedding.weight": given["conv1.weight"],
        "embeddings.position_embedding.weight": given["positional_embedding"],
    }
    parts = {"ln_pre": "pre_layrnorm", "ln_post": "post_layernorm"}
    for layer in range(len(visual.transformer.resblocks)):
        block, encoder = f"transformer.resblocks.{layer}.", f"encoder.layers.{layer}."
        parts |= {
            block + "ln_1": encoder + "layer_norm1",
            block + "ln_2": encoder + "layer_norm2",
            block + "mlp.c_fc": encoder + "mlp.fc1",
            block + "mlp.c_proj": encoder + "mlp.fc2",
            block + "attn.out_proj": encoder + "self_attn.out_proj",
        }
        for kind in ("weight", "bias"):
            stacked = given[f"{block}attn.in_proj_{kind}"].chunk(3)
            for name, value in zip("qkv", stacked, strict=True):
                state[f"{encoder}self_attn.{name}_proj.{kind}"] = value
    for theirs, ours in parts.items():
        for kind in ("weight", "bias"):
            state[f"{ours}.{kind}"] = given[f"{theirs}.{kind}"]
    return state


def save(model: LlavaForConditionalGeneration, tokenizer: Any, folder: Path) -> None:
    """Write the model in half precision with its processor, as ``from_pretrained`` reads them."""
    vision = model.config.vision_config
    size = {"height": vision.image_size, "width": vision.image_size}
    images = CLIPImageProcessor(
        size=size, crop_size=size, do_center_crop=False, image_mean=[0.5] * 3, image_std=[0.5] * 3
    )
    in_half(model).save_pretrained(folder)
    LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=vision.patch_size,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    ).save_pretrained(folder)


@dataclass(frozen=True)
class LlavaBatch:
    """Pictures ``[B, 3, H, W]``; for each question its text, answer id and grounding targets."""

    images: torch.Tensor
    questions: list[str]
    answers: torch.Tensor
    grounding: torch.Tensor
    families: list[str]


class LlavaRecipe:
    """Answer loss plus grounding loss, over single-turn questions."""

    learning_rate = 1e-3
    marks: tuple[str, ...] = ("no", "yes", "one")
    """Words by which an image token says what it shows, in the order of `grounding`'s numbers."""
    mark_weights: tuple[float, ...] = (1.0, 4.0, 12.0)

    def __init__(
        self, clip_visual: nn.Module, seed: int, device: str, batch_size: int = 16
    ) -> None:
        torch.manual_seed(seed)
        self._seed, self.batch_size = seed, batch_size
        self._begin(build_model(clip_visual, word_ids()), build_tokenizer(), word_ids(), device)

    def _begin(
        self,
        model: LlavaForConditionalGeneration,
        tokenizer: Any,
        ids: Mapping[str, int],
        device: str,
    ) -> None:
        self.model, self.tokenizer, self._ids = model.to(device), tokenizer, ids
        self.llava = Llava(self.model, tokenizer, PROMPT, [0.5] * 3, [0.5] * 3)
        self._marks = torch.tensor([ids[word] for word in self.marks])

    def draw(self, step: int) -> LlavaBatch:
        scenes = draw_batch(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        asked = [(scene, ask(scene, rng)) for scene in scenes for _ in range(QUESTIONS)]
        return LlavaBatch(
            images_of(scenes),
            [question.text for _, question in asked],
            torch.tensor([self._ids[question.answer] for _, question in asked]),
            torch.from_numpy(np.stack([grounding(*pair) for pair in asked])),
            [question.family for _, question in asked],
        )

    def loss(self, batch: LlavaBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        tokens = self.llava.tokens(batch.questions)
        device, answers = self.llava.device, batch.answers.to(self.llava.device)
        hidden, at_image = self._hidden(batch.images.to(device), tokens, answers)
        logits = self.model.lm_head(hidden[:, -2:]).float()
        end = torch.full_like(answers, self._ids["</s>"])
        answer_loss = F.cross_entropy(logits[:, 0], answers)
        end_loss = F.cross_entropy(logits[:, 1], end)
        marks = self.model.lm_head(hidden[at_image])[:, self._marks.to(device)].float()
        truth = batch.grounding.to(device).flatten()
        weights = torch.tensor(self.mark_weights, device=device)
        grounding_loss = F.cross_entropy(marks, truth, weight=weights)
        right = (logits[:, 0].argmax(-1) == answers).cpu().numpy()
        families = np.array(batch.families)
        figures = {f: float(right[families == f].mean()) for f in sorted(set(batch.families))}
        found = (marks.argmax(-1) == truth)[truth > 0].float().mean().item()
        loss = answer_loss + 0.1 * end_loss + grounding_loss
        return loss, {"grounding": grounding_loss.item(), "found": found, **figures}

    def _hidden(
        self, images: torch.Tensor, tokens: dict[str, torch.Tensor], answers: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run prompts and answers in one pass, the tower once for each picture."""
        ids = torch.cat([tokens["input_ids"], answers[:, None]], dim=1)
        mask = torch.cat([tokens["attention_mask"], torch.ones_like(ids[:, :1])], dim=1)
        with torch.no_grad():
            features = self.model.model.vision_tower(
                pixel_values=self.llava.pixel_values(images)
            ).last_hidden_state[:, 1:]
        embedded = self.model.get_input_embeddings()(ids)
        seen = self.model.model.multi_modal_projector(features).to(embedded.dtype)
        at_image = ids == self._ids["<image>"]
        embedded = embedded.masked_scatter(
            at_image[..., None].expand_as(embedded), seen.repeat_interleave(QUESTIONS, 0)
        )
        output = self.model.model.language_model(inputs_embeds=embedded, attention_mask=mask)
        return output.last_hidden_state, at_image


def grounding(scene: Scene, question: Question) -> np.ndarray:
    """Return 1 at patches on a thing asked for, 2 at its centre, else 0: int64 ``[GRID²]``."""
    marks = np.zeros((GRID, GRID), dtype=np.int64)
    for thing in scene.things:
        if thing.kind == question.kind:
            marks[patches_of(thing.box)] = 1
    for thing in scene.things:
        if thing.kind == question.kind:
            x, y = thing.centre
            marks[int(y) // PATCH, int(x) // PATCH] = 2
    return marks.ravel()
