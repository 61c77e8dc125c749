"""Training of the wide world's CLIP: captions against pictures, from the dense tower on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from torch import nn

from linksim.experiments.data.scenes import images_of
from linksim.experiments.training.captions import Captions
from linksim.experiments.training.clip import contrastive, tokenize
from linksim.experiments.training.tower import (
    CONTEXT_LENGTH,
    TEXT_WIDTH,
    DenseTower,
    dense_loss,
    patch_losses,
    right_patches,
    write_config,
)
from linksim.experiments.training.wide_batches import PatchTruth, draw_wide, patch_truth
from linksim.source.scenes.tokens import build_tokenizer
from linksim.source.world import BACKGROUNDS, COLOURS, KINDS, Scene, caption, vocabulary
from linksim.source.zoo.loading import quiet_libraries

_CAPTIONS = Captions(KINDS, list(COLOURS), BACKGROUNDS, caption)
_COLOUR_NAMES = tuple(COLOURS)
_PRESENCE_WEIGHT, _CONTRAST_WEIGHT = 5.0, 0.5


class WideSupervisedClip(nn.Module):
    """A CLIP with the heads that training alone sees: of patches, and of what is there."""

    def __init__(self, clip: nn.Module) -> None:
        super().__init__()
        self.clip = clip
        self.dense = DenseTower(clip.visual)  # type: ignore[arg-type]
        self.presence = nn.Linear(TEXT_WIDTH, len(KINDS) * len(COLOURS))


@dataclass(frozen=True)
class WideClipBatch:
    """Pictures, what their patches show, their captions' tokens and their truth.

    Attributes:
        presence: float32 ``[B, kinds · colours]``, 1 for what is there.
        also_true: bool ``[B, B]``: caption j fits picture i.
    """

    images: torch.Tensor
    truth: PatchTruth
    tokens: torch.Tensor
    presence: torch.Tensor
    also_true: torch.Tensor


class WideClipRecipe:
    """Contrastive loss over captions of mixed detail, presence, and the tower's dense losses."""

    learning_rate = 6e-4
    averaging = 0.9995

    def __init__(
        self, folder: Path, tower: nn.Module, seed: int, device: str, batch_size: int = 64
    ) -> None:
        write_config(folder)
        torch.manual_seed(seed)
        with quiet_libraries():
            self.clip = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
        self.clip.visual.load_state_dict(tower.state_dict())
        self.model = WideSupervisedClip(self.clip).to(device)
        self.batch_size = batch_size
        self._tokenizer = build_tokenizer(vocabulary())
        self._seed, self._device = seed, torch.device(device)

    def draw(self, step: int) -> WideClipBatch:
        scenes = draw_wide(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 4], counter=[0, 0, step, 0]))
        texts, claims = zip(*(_CAPTIONS.draw(scene, rng) for scene in scenes), strict=True)
        return WideClipBatch(
            images_of(scenes),
            patch_truth(scenes),
            tokenize(self._tokenizer, texts, CONTEXT_LENGTH),
            presence_of(scenes),
            torch.from_numpy(_CAPTIONS.fits(scenes, np.stack(claims))),
        )

    def loss(self, batch: WideClipBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        with torch.autocast(self._device.type, torch.bfloat16):
            said, features = self.model.dense.read(batch.images.to(self._device))
            texts = self.clip.encode_text(batch.tokens.to(self._device)).float()
        truth = batch.truth.to(self._device)
        dense = dense_loss(patch_losses(said, truth))
        presence = F.binary_cross_entropy_with_logits(
            self.model.presence(features), batch.presence.to(self._device)
        )
        similarity = F.normalize(features, dim=-1) @ F.normalize(texts, dim=-1).T
        scale = self.clip.logit_scale.exp().clamp(max=100)
        contrast, retrieval = contrastive(similarity * scale, batch.also_true.to(self._device))
        loss = dense + _PRESENCE_WEIGHT * presence + _CONTRAST_WEIGHT * contrast
        figures = {"dense": dense.item(), "presence": presence.item(), "contrast": contrast.item()}
        kind = right_patches(said, truth)["kind"].float().mean().item()
        return loss, {**figures, "retrieval": retrieval, "kind": kind}


def presence_of(scenes: list[Scene]) -> torch.Tensor:
    """Return which kinds are there in which colours, float32 ``[B, kinds · colours]``."""
    there = torch.zeros(len(scenes), len(KINDS), len(COLOURS))
    for row, scene in zip(there, scenes, strict=True):
        for thing in scene.things:
            row[KINDS.index(thing.kind), _COLOUR_NAMES.index(thing.colour)] = 1
    return there.flatten(1)
