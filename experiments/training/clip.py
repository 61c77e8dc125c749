"""Training of the embedded CLIP: captions against pictures, helped by dense supervision.

Captions alone teach a small tower colours and backgrounds but not shapes. So each patch also names
the thing over it and that thing's colour, and the class token says which things are there; three
linear heads that only training sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from torch import nn

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.training.captions import Captions
from linksim.experiments.training.clip_config import write_clip_config
from linksim.experiments.training.scene_batches import (
    PATCH,
    PATCH_NAMES,
    patch_colours_of,
    patch_names_of,
    presence_of,
)
from linksim.source.scenes import BACKGROUNDS, COLOURS, KINDS, SIDE, caption, vocabulary
from linksim.source.scenes.tokens import build_tokenizer
from linksim.source.zoo.loading import quiet_libraries

_CAPTIONS = Captions(KINDS, list(COLOURS), BACKGROUNDS, caption)

CONTEXT_LENGTH = 32
WIDTH = 128
LAYERS = 6


def write_config(folder: Path) -> None:
    """Write the open_clip configuration and the tokenizer of the embedded CLIP into ``folder``."""
    tower = {"image_size": SIDE, "layers": LAYERS, "width": WIDTH, "patch_size": PATCH}
    write_clip_config(folder, tower, WIDTH, CONTEXT_LENGTH, vocabulary())


class SupervisedClip(nn.Module):
    """A CLIP with the heads that dense supervision trains."""

    def __init__(self, clip: nn.Module) -> None:
        super().__init__()
        self.clip = clip
        self.patch_name = nn.Linear(WIDTH, len(PATCH_NAMES))
        self.patch_colour = nn.Linear(WIDTH, len(COLOURS) + 1)
        self.presence = nn.Linear(WIDTH, len(KINDS) * len(COLOURS))


@dataclass(frozen=True)
class ClipBatch:
    """Pictures, their captions' tokens and their truth; ``also_true[i, j]``: caption j fits i."""

    images: torch.Tensor
    tokens: torch.Tensor
    patch_names: torch.Tensor
    patch_colours: torch.Tensor
    presence: torch.Tensor
    also_true: torch.Tensor


class ClipRecipe:
    """Contrastive loss over captions of mixed detail, plus the three dense losses."""

    learning_rate = 1.5e-3

    def __init__(self, folder: Path, seed: int, device: str, batch_size: int = 64) -> None:
        write_config(folder)
        torch.manual_seed(seed)
        with quiet_libraries():
            self.clip = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
        self.model = SupervisedClip(self.clip).to(device)
        self._tokenizer = build_tokenizer()
        self._seed, self._device, self._batch_size = seed, device, batch_size

    def draw(self, step: int) -> ClipBatch:
        scenes = draw_batch(self._seed, step * self._batch_size, self._batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        texts, claims = zip(*(_CAPTIONS.draw(scene, rng) for scene in scenes), strict=True)
        return ClipBatch(
            images_of(scenes),
            tokenize(self._tokenizer, texts, CONTEXT_LENGTH),
            patch_names_of(scenes),
            patch_colours_of(scenes),
            presence_of(scenes).flatten(1).clamp(max=1),
            torch.from_numpy(_CAPTIONS.fits(scenes, np.stack(claims))),
        )

    def loss(self, batch: ClipBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        images = batch.images.to(self._device) * 2 - 1
        also_true = batch.also_true.to(self._device)
        seen = self.clip.visual.forward_intermediates(images, indices=1, output_fmt="NLC")
        patches = seen["image_intermediates"][0]
        names = self.model.patch_name(patches).flatten(0, 1)
        colours = self.model.patch_colour(patches).flatten(0, 1)
        true_names = batch.patch_names.to(self._device).flatten()
        true_colours = batch.patch_colours.to(self._device).flatten()
        dense = F.cross_entropy(names, true_names) + 0.5 * F.cross_entropy(colours, true_colours)
        presence = F.binary_cross_entropy_with_logits(
            self.model.presence(seen["image_features"]), batch.presence.to(self._device)
        )
        pictures = F.normalize(seen["image_features"], dim=-1)
        texts = self.clip.encode_text(batch.tokens.to(self._device), normalize=True)
        contrast, retrieval = contrastive(
            pictures @ texts.T * self.clip.logit_scale.exp().clamp(max=100), also_true
        )
        things = true_names < len(KINDS)
        named = (names.argmax(-1) == true_names)[things].float().mean().item()
        figures = {"dense": dense.item(), "presence": presence.item(), "patch": named}
        return dense + 5 * presence + 0.5 * contrast, {**figures, "retrieval": retrieval}


def tokenize(tokenizer: object, texts: Sequence[str], length: int) -> torch.Tensor:
    """Return the tokens of ``texts``, int64 ``[B, length]``, padded."""
    encoded = tokenizer(  # type: ignore[operator]
        list(texts), padding="max_length", max_length=length, truncation=True
    )
    return torch.tensor(encoded["input_ids"])


def contrastive(logits: torch.Tensor, also_true: torch.Tensor) -> tuple[torch.Tensor, float]:
    """Return InfoNCE, in which a caption that fits another picture by chance is no negative for it.

    Args:
        logits: of pictures and captions, ``[B, B]``.
        also_true: bool ``[B, B]``: caption j fits picture i.

    Returns:
        the loss, and the share of pictures whose caption is found.
    """
    own = torch.arange(len(logits), device=logits.device)
    confusable = also_true.clone()
    confusable[own, own] = False
    logits = logits.masked_fill(confusable, -1e4)
    loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
    return loss, (logits.argmax(1) == own).float().mean().item()
