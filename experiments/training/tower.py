"""Training of the wide world's vision tower by dense supervision: every patch says what it shows.

Answers and captions alone leave a tower of this size guessing. So each patch names the kind and the
colour of what it shows, the letter on a sign, where the edges and the centre of its thing are, and
what that is to the others; linear heads that only training sees read that off its last layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import open_clip
import torch
import torch.nn.functional as F
from torch import nn

from linksim.experiments.data.scenes import images_of
from linksim.experiments.training.clip_config import write_clip_config
from linksim.experiments.training.wide_batches import (
    PATCH,
    PATCH_COLOURS,
    PATCH_NAMES,
    RELATIONS,
    UNSAID,
    PatchTruth,
    draw_wide,
    patch_truth,
)
from linksim.source.world import KINDS, LETTERS, SIDE, vocabulary
from linksim.source.zoo.loading import quiet_libraries

CONTEXT_LENGTH = 64
"""Words of the longest caption, of ten things, and then some."""
WIDTH = 192
TEXT_WIDTH = 128
LAYERS = 6
HEAD_WIDTH = 64

_WEIGHTS = {
    "colour": 0.5,
    "letter": 0.1,
    "box": 2.0,
    "centre": 0.5,
    **dict.fromkeys(RELATIONS, 0.2),
}
"""Weights of the losses, beside the names'."""
_SHOWN = ("kind", "colour", "edges", "left", "kin", "hue")


def write_config(folder: Path) -> None:
    """Write the open_clip configuration and the tokenizer of the wide world's CLIP."""
    tower = {"image_size": SIDE, "layers": LAYERS, "width": WIDTH, "patch_size": PATCH}
    write_clip_config(folder, tower, TEXT_WIDTH, CONTEXT_LENGTH, vocabulary())


class DenseTower(nn.Module):
    """A vision tower with the heads that dense supervision trains."""

    def __init__(self, visual: nn.Module) -> None:
        super().__init__()
        self.visual = visual
        self.heads = nn.ModuleDict(
            {
                "name": nn.Linear(WIDTH, len(PATCH_NAMES)),
                "colour": nn.Linear(WIDTH, len(PATCH_COLOURS)),
                "letter": nn.Linear(WIDTH, len(LETTERS)),
                "box": nn.Linear(WIDTH, 4),
                "centre": nn.Linear(WIDTH, 1),
                **{name: nn.Linear(WIDTH, classes) for name, classes in RELATIONS.items()},
            }
        )

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return what each head says of each patch, ``[B, GRID², …]``.

        Args:
            images: float32 ``[B, 3, SIDE, SIDE]`` in 0..1.
        """
        return self.read(images)[0]

    def read(self, images: torch.Tensor) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Return what `forward` does, and the pictures' embeddings ``[B, TEXT_WIDTH]``."""
        seen = self.visual.forward_intermediates(  # type: ignore[operator]
            images * 2 - 1, indices=1, output_fmt="NLC"
        )
        patches = seen["image_intermediates"][0]
        said = {name: head(patches).float() for name, head in self.heads.items()}
        return said, seen["image_features"].float()


@dataclass(frozen=True)
class TowerBatch:
    """Pictures ``[B, 3, H, W]`` and what their patches show."""

    images: torch.Tensor
    truth: PatchTruth


class TowerRecipe:
    """Cross-entropy of all that is named and of where centres are; distance of edges."""

    learning_rate = 1.2e-3
    averaging = 0.9995

    def __init__(self, folder: Path, seed: int, device: str, batch_size: int = 64) -> None:
        write_config(folder)
        torch.manual_seed(seed)
        with quiet_libraries():
            self.clip = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
        self.model = DenseTower(self.clip.visual).to(device)
        self.batch_size = batch_size
        self._seed, self._device = seed, torch.device(device)

    def draw(self, step: int) -> TowerBatch:
        scenes = draw_wide(self._seed, step * self.batch_size, self.batch_size)
        return TowerBatch(images_of(scenes), patch_truth(scenes))

    def loss(self, batch: TowerBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        with torch.autocast(self._device.type, torch.bfloat16):
            said = self.model(batch.images.to(self._device))
        truth = batch.truth.to(self._device)
        losses = patch_losses(said, truth)
        total = dense_loss(losses)
        figures = {f"{name} loss": losses[name].item() for name in ("name", "box")}
        found = right_patches(said, truth)
        return total, figures | {name: found[name].float().mean().item() for name in _SHOWN}


def dense_loss(losses: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return the sum of `patch_losses` by their weights."""
    return losses["name"] + sum(weight * losses[name] for name, weight in _WEIGHTS.items())


def patch_losses(said: dict[str, torch.Tensor], truth: PatchTruth) -> dict[str, torch.Tensor]:
    """Return the loss of each head over a batch; boxes' and letters' where there are such."""
    shown = truth.names[..., : len(KINDS)].sum(dim=-1) > 0
    lettered = truth.letters != UNSAID
    letters = F.cross_entropy(said["letter"][lettered], truth.letters[lettered], reduction="sum")
    related = {
        name: F.cross_entropy(
            said[name].flatten(0, 1), truth.relations[..., column].flatten(), ignore_index=UNSAID
        )
        for column, name in enumerate(RELATIONS)
    }
    return related | {
        "name": F.cross_entropy(said["name"].flatten(0, 1), truth.names.flatten(0, 1)),
        "colour": F.cross_entropy(said["colour"].flatten(0, 1), truth.colours.flatten(0, 1)),
        "letter": letters / (lettered.sum() + 1),
        "box": (said["box"] - truth.boxes)[shown].abs().mean(),
        "centre": F.binary_cross_entropy_with_logits(said["centre"][..., 0], truth.centres),
    }


def right_patches(said: dict[str, torch.Tensor], truth: PatchTruth) -> dict[str, torch.Tensor]:
    """Return which patches are named right, bool, by what they show.

    Kind, colour and edges (an intersection over union of 0.5 or more) of patches that things take
    half of; background of those that have none; letters of those that are of a sign.
    """
    things, bare = truth.things, truth.names[..., : len(KINDS)].sum(-1) == 0
    lettered = things & (truth.letters != UNSAID)
    kinds = _best(said["name"], len(KINDS)) == _best(truth.names, len(KINDS))
    colours = _best(said["colour"], -1) == _best(truth.colours, -1)
    places = said["name"][..., len(KINDS) :].argmax(-1)
    return {
        "kind": kinds[things],
        "colour": colours[things],
        "edges": _overlap(said["box"], truth.boxes)[things] >= 0.5,
        "background": (places == truth.names[..., len(KINDS) :].argmax(-1))[bare],
        "letter": (said["letter"].argmax(-1) == truth.letters)[lettered],
        **{
            name: (said[name].argmax(-1) == truth.relations[..., column])[things]
            for column, name in enumerate(RELATIONS)
        },
    }


def _best(shares: torch.Tensor, number: int) -> torch.Tensor:
    """Return the largest of the first ``number`` of the last dimension."""
    return shares[..., :number].argmax(-1)


def _overlap(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the intersection over union of boxes ``[…, 4]``."""
    inner = torch.minimum(a, b)[..., 2:] - torch.maximum(a, b)[..., :2]
    common = inner.clamp(min=0).prod(-1)
    areas = [(box[..., 2:] - box[..., :2]).clamp(min=0).prod(-1) for box in (a, b)]
    return common / (areas[0] + areas[1] - common).clamp(min=1e-9)
