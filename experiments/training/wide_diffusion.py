"""Training of the wide world's diffusion model: as the small one's, with dense supervision.

Noise and text alone leave a U-Net of this size painting things that nobody named. So its middle
also says what each patch of the picture is going to show: a linear head that only training sees
reads kinds and colours off there, from exact masks. (Yu et al., "Representation alignment for
generation", ICLR 2025, do so with another network's features in place of the truth.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from linksim.experiments.data.samples import HELD_OUT
from linksim.experiments.data.scenes import images_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import mean
from linksim.experiments.text_out import align
from linksim.experiments.training.diffusion import (
    SILENT,
    DiffusionRecipe,
    DiffusionSize,
    NoisyBatch,
    draw_noise,
    velocity_loss,
)
from linksim.experiments.training.tower import CONTEXT_LENGTH
from linksim.experiments.training.wide_batches import (
    PATCH_COLOURS,
    PATCH_NAMES,
    draw_wide,
    patch_truth,
)
from linksim.experiments.training.wide_vae import WIDE_VAE
from linksim.source.query_aware.codec import statement
from linksim.source.world import Scene, ask, caption, vocabulary
from linksim.source.zoo.diffusion import Diffusion

WIDE = DiffusionSize(WIDE_VAE.latents, (96, 160), 32, CONTEXT_LENGTH, vocabulary())
"""Two resolutions, of which the coarser, 8×8, has a place for each patch of 16×16 pixels."""

STEPS, GUIDANCE = 16, 2.0
"""Of the sampler that scores are made with; presets say their own."""

_NOISES = 2  # of each picture in a batch: encoding it takes as long as learning from it
_CAPTIONS = 0.8  # share of captions among the texts; the rest are statements
_DENSE_WEIGHT = 0.1
_SEED = HELD_OUT + 1_000_000  # apart from the scenes of sweeps
_AT_ONCE = 16


@dataclass(frozen=True)
class ShownBatch(NoisyBatch):
    """A batch with what its pictures' patches show.

    Attributes:
        names: float32 ``[B, patches, PATCH_NAMES]``, the share of a patch that each takes.
        colours: float32 ``[B, patches, PATCH_COLOURS]``, the same of colours.
    """

    names: torch.Tensor
    colours: torch.Tensor


class WideDiffusionRecipe(DiffusionRecipe):
    """Velocity loss over captions and statements, plus the dense loss, in bfloat16."""

    learning_rate = 8e-4
    averaging = 0.9995
    size = WIDE

    def __init__(self, vae: Any, seed: int, device: str, batch_size: int = 16) -> None:
        super().__init__(vae, seed, device, batch_size)
        self._device = torch.device(device)
        shown = nn.Linear(WIDE.widths[-1], len(PATCH_NAMES) + len(PATCH_COLOURS))
        self.model["shown"] = shown.to(device)
        self._middle = torch.empty(0)
        self.diffusion.unet.mid_block.register_forward_hook(self._keep_middle)

    def _keep_middle(self, _: nn.Module, __: Any, middle: torch.Tensor) -> None:
        self._middle = middle

    def draw(self, step: int) -> ShownBatch:
        scenes = draw_wide(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 5], counter=[0, 0, step, 0]))
        texts = ["" if rng.random() < SILENT else _text_of(scene, rng) for scene in scenes]
        noise, timesteps = draw_noise(self._seed + step, _NOISES * len(scenes), WIDE.latents)
        order = rng.permutation(len(timesteps))  # a picture's noises are of far-off timesteps
        truth = patch_truth(scenes)
        return ShownBatch(
            images_of(scenes), texts, noise, timesteps[order], truth.names, truth.colours
        )

    def loss(self, batch: NoisyBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        assert isinstance(batch, ShownBatch)
        with torch.autocast(self._device.type, torch.bfloat16):
            velocity = velocity_loss(self.diffusion, batch)
            said = self.model["shown"](self._middle.flatten(2).mT).float()
        names, colours = said.split([len(PATCH_NAMES), len(PATCH_COLOURS)], dim=-1)
        named = _dense_loss(names, batch.names.to(self._device))
        dense = named + _dense_loss(colours, batch.colours.to(self._device))
        figures = {"velocity": velocity.item(), "named": named.item()}
        return velocity + _DENSE_WEIGHT * dense, figures


def _dense_loss(said: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of what patches show, for each noise of each picture."""
    wanted = shares.repeat_interleave(len(said) // len(shares), 0)
    return F.cross_entropy(said.flatten(0, 1), wanted.flatten(0, 1))


@torch.no_grad()
def score_wide_diffusion(diffusion: Diffusion, scenes: int = 256) -> str:
    """Return the squared error of the velocity that held-out captions are painted by, as a table.

    Velocities have unit variance. What is painted `linksim evaluate gates` shows to a detector.
    """
    errors, rng = [], np.random.default_rng(_SEED)
    for first in range(0, scenes, _AT_ONCE):
        drawn = draw_wide(_SEED, first, _AT_ONCE)
        texts = [caption(scene, rng) for scene in drawn]
        noise = draw_noise(_SEED + first, _AT_ONCE, WIDE.latents)
        errors.append(velocity_loss(diffusion, NoisyBatch(images_of(drawn), texts, *noise)).item())
    of_velocity = ["squared error of velocity", format_estimate(mean(np.array(errors)))]
    return align([["score", "value"], of_velocity])


def _text_of(scene: Scene, rng: np.random.Generator) -> str:
    if rng.random() < _CAPTIONS:
        return caption(scene, rng, background=rng.random() < 0.8)
    question = ask(scene, rng)
    return statement(question.text, question.answer)
