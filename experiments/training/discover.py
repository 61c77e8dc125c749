"""Training of DISCOVER: its base codec, and the control through which the codec steers diffusion.

Stage 0 brings the base codec alone to where diffusion can use it; stages 1 and 2 are the paper's.
The diffusion model is frozen throughout, its U-Net and its VAE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from linksim.experiments.training.diffusion import NoisyBatch, draw_noise, velocity_loss
from linksim.experiments.training.scene_batches import draw_batch, images_of
from linksim.source.discover.elements import Box, partition
from linksim.source.discover.model import DiscoverModel, Elements, Rate
from linksim.source.scenes import SIDE, Scene
from linksim.source.zoo.diffusion import Diffusion, controlled_by

RATES = (1, 2, 4, 8)
"""The weights λ_R of the rate that the paper trains with."""

_DIFFUSION_WEIGHT = 2.0  # λ_diff
_WHOLE = (1.0, 0.25, 0.0)  # share of the pictures whose latent is one element, by stage
_JITTER = 0.03  # of the boxes that elements are made from, of the side
_MOST_MASKED = 0.5  # of ŷ, in stage 2
_COMPOSED = 4  # one of so many pictures of a batch meets the U-Net, which takes most of the time
_OBJECTS_ALONE = 0.5  # share of the pictures of stage 2 that lose all but their objects


@dataclass(frozen=True)
class DiscoverBatch:
    """Pictures, how their latents are parted, and what of the latents the receiver gets.

    Attributes:
        images: float32 ``[B, 3, side, side]`` in 0..1.
        elements: of the latents.
        kept: float32 ``[B, 1, grid, grid]``, 1 where the latent arrives.
        noisy: what the diffusion loss needs, of the first of the pictures.
    """

    images: torch.Tensor
    elements: Elements
    kept: torch.Tensor
    noisy: NoisyBatch


class DiscoverRecipe:
    """λ_R (R(ŷ) + R(ẑ)) + λ_diff ‖v − v_θ‖² + ‖z_c − ẑ_c‖², rates in bits per pixel.

    Args:
        model: of the base codec; trained in place.
        control: trained with it in stages 1 and 2.
        diffusion: frozen.
        rate: λ_R.
        stage: 0, 1 or 2. Stage 0 leaves the diffusion term out. Stage 2 freezes analysis and
            entropy model and masks ŷ: at random, or all but the objects.
        strength: share of the diffusion schedule that composes; no more is trained on.
        seed, batch_size: of the scenes.
    """

    learning_rate = 1e-3

    def __init__(
        self,
        model: DiscoverModel,
        control: nn.Module,
        diffusion: Diffusion,
        rate: float,
        stage: int,
        strength: float,
        seed: int,
        batch_size: int = 16,
    ) -> None:
        torch.manual_seed(seed)
        self._codec, self._control, self._diffusion = model, control, diffusion
        self._rate, self._stage, self._strength = rate, stage, strength
        self._seed, self.batch_size = seed + 1000 * stage, batch_size
        learnt = {"synthesis": model.synthesis, "control": control}
        if stage == 0:
            learnt = {"codec": model}
        elif stage == 1:
            learnt = {"codec": model, "control": control}
        self.model = nn.ModuleDict(learnt)
        self.model.requires_grad_(True)

    def draw(self, step: int) -> DiscoverBatch:
        scenes = draw_batch(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 2], counter=[0, 0, step, 0]))
        grid, images = self._codec.config.grid, images_of(scenes)
        parts = [partition(_boxes_of(scene, rng), grid) for scene in scenes]
        kept = torch.ones(len(scenes), 1, grid, grid)
        if self._stage == 2:
            kept = torch.stack([_kept(part, rng) for part in parts])
        whole = _WHOLE[self._stage]
        parts = [
            torch.ones(1, grid, grid, dtype=torch.bool) if rng.random() < whole else part
            for part in parts
        ]
        composed = max(1, len(images) // _COMPOSED)
        noise, timesteps = draw_noise(self._seed + step, composed)
        timesteps = (timesteps * self._strength).long()
        noisy = NoisyBatch(images[:composed], [""] * composed, noise, timesteps)
        return DiscoverBatch(images, joined(parts), kept, noisy)

    def loss(self, batch: DiscoverBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        device = self._diffusion.device
        images, kept = batch.images.to(device), batch.kept.to(device)
        with torch.set_grad_enabled(self._stage < 2):
            elements = Elements(batch.elements.cells.to(device), batch.elements.owner.to(device))
            latent, side, rate = self._codec(images, elements)
        painted = self._codec.synthesis(latent * kept, side)
        with torch.no_grad():
            wanted = self._diffusion.latents_of(images)
        distance = F.mse_loss(painted, wanted)
        bpp = _bits_per_pixel(rate, images)
        loss, figures = distance, {"bpp": bpp.item(), "distance": distance.item()}
        if self._stage < 2:
            loss = loss + self._rate * bpp
        if self._stage > 0:
            composed = len(batch.noisy.images)
            control = controlled_by(self._control, painted[:composed])
            velocity = velocity_loss(self._diffusion, batch.noisy, control)
            loss = loss + _DIFFUSION_WEIGHT * velocity
            figures["velocity"] = velocity.item()
        return loss, figures


def joined(parts: Sequence[torch.Tensor]) -> Elements:
    """Return the elements of pictures, bool ``[elements, grid, grid]`` each, in a row."""
    counts = torch.tensor([len(part) for part in parts])
    return Elements(torch.cat(list(parts)), torch.arange(len(parts)).repeat_interleave(counts))


def _bits_per_pixel(rate: Rate, images: torch.Tensor) -> torch.Tensor:
    return rate.bits.mean() / (images.shape[-1] * images.shape[-2])


def _boxes_of(scene: Scene, rng: np.random.Generator) -> list[Box]:
    """Return the boxes of a scene's things, about as well placed as a detector's."""
    boxes = []
    for thing in scene.things:
        left, top, right, bottom = np.array(thing.box) / SIDE + rng.normal(0, _JITTER, 4)
        boxes.append((float(left), float(top), float(right), float(bottom)))
    return boxes


def _kept(part: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Return what arrives of a latent in stage 2, float32 ``[1, grid, grid]``."""
    if rng.random() < _OBJECTS_ALONE:
        return (~part[-1:]).float()
    share = rng.random() * _MOST_MASKED
    return torch.from_numpy((rng.random(part[-1:].shape) >= share).astype(np.float32))
