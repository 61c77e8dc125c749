"""Training of DISCOVER: its base codec, and the control through which the codec steers diffusion.

Stage 0 brings the base codec alone to where diffusion can use it; stages 1 and 2 are the paper's.
The diffusion model is frozen throughout, its U-Net and its VAE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from linksim.experiments.data.truth import Truth
from linksim.experiments.training.diffusion import (
    NoisyBatch,
    draw_noise,
    velocity_loss,
)
from linksim.experiments.training.labelled_batches import LabelledBatches
from linksim.source.discover.elements import (
    Found,
    coverage,
    partition,
    received_box,
    sent_box,
)
from linksim.source.discover.layout import embed_labels, layout
from linksim.source.discover.model import DiscoverModel, Elements, Rate
from linksim.source.zoo.diffusion import Diffusion, controlled_by

_DIFFUSION_WEIGHT = 2.0  # λ_diff
_WHOLE, _ALONE = 0.25, 0.45  # shares of pictures sent as one element, and as their objects alone
_LOST = 0.1  # of the elements, in stage 2
_JITTER = 0.02  # of the boxes that elements are made from, of the side
_MOST_MASKED = 0.5  # of ŷ, of half the pictures in stage 2
_UNSENT = 0.25  # weight of the distance where nothing was sent
_OBJECTS = 3.0  # weight of the distance at objects, in stage 2
_COMPOSED = 2  # one of so many pictures of a batch meets the U-Net, which takes most of the time
_BEYOND = 2  # noise is trained on up to so many times the share of the schedule that composes


@dataclass(frozen=True)
class DiscoverBatch:
    """Pictures, how their latents are parted, and what of the latents the receiver gets.

    Attributes:
        images: float32 ``[B, 3, side, side]`` in 0..1.
        elements: of the latents, as far as they are sent.
        layout: of the objects sent; see `linksim.source.discover.layout`.
        kept: float32 ``[B, 1, grid, grid]``, 1 where the latent arrives.
        weight: of the distance, float32 ``[B, 1, rows, rows]``.
        noisy: what the diffusion loss needs, of the first of the pictures.
    """

    images: torch.Tensor
    elements: Elements
    layout: torch.Tensor
    kept: torch.Tensor
    weight: torch.Tensor
    noisy: NoisyBatch


class DiscoverRecipe:
    """λ_R (R(ŷ) + R(ẑ)) + λ_diff ‖v − v_θ‖² + ‖z_c − ẑ_c‖², rates in bits per pixel.

    Args:
        model: of the base codec; trained in place.
        control: trained with it in stages 1 and 2.
        diffusion: frozen.
        rate: λ_R.
        stage: 0, 1 or 2. Stage 0 leaves the diffusion term out. Stage 2 freezes analysis and
            entropy model, masks ŷ at random and loses elements.
        strength: share of the diffusion schedule that composes.
        pictures: that it is trained on, of the codec's size.
        seed: of what is drawn of them, and of noise.
        batch_size, learning_rate: of the training.
    """

    def __init__(
        self,
        model: DiscoverModel,
        control: nn.Module,
        diffusion: Diffusion,
        rate: float,
        stage: int,
        strength: float,
        pictures: LabelledBatches,
        seed: int,
        batch_size: int = 16,
        learning_rate: float = 1e-3,
    ) -> None:
        torch.manual_seed(seed)
        self.learning_rate = learning_rate
        self._codec, self._control, self._diffusion = model, control, diffusion
        self._rate, self._stage, self._strength = rate, stage, strength
        self._pictures, self._seed, self.batch_size = pictures, series(seed, stage), batch_size
        learnt = {"synthesis": model.synthesis, "control": control}
        if stage == 0:
            learnt = {"codec": model}
        elif stage == 1:
            learnt = {"codec": model, "control": control}
        self.model = nn.ModuleDict(learnt)
        self.model.requires_grad_(True)
        self._embeddings = embed_labels(diffusion, pictures.labels)

    def draw(self, step: int) -> DiscoverBatch:
        images, truths = self._pictures.draw(step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 2], counter=[0, 0, step, 0]))
        config = self._codec.config
        parted = [self._parted(truth, rng) for truth in truths]
        kept = torch.ones(len(truths), 1, config.grid, config.grid)
        if self._stage == 2:
            kept = torch.stack([_kept(config.grid, rng) for _ in truths])
        composed = max(1, len(images) // _COMPOSED)
        noise, timesteps = draw_noise(
            self._seed + step, composed, (config.diffusion, config.rows, config.rows)
        )
        timesteps = (timesteps * min(_BEYOND * self._strength, 1)).long()
        noisy = NoisyBatch(images[:composed], [""] * composed, noise, timesteps)
        cells, layouts, weights = zip(*parted, strict=True)
        return DiscoverBatch(
            images, joined(cells), torch.stack(layouts), kept, torch.stack(weights), noisy
        )

    def _parted(
        self, truth: Truth, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the cells of what is sent of a picture, its layout, and the distance's weight."""
        grid, rows = self._codec.config.grid, self._codec.config.rows
        found = self._objects_of(truth, rng)
        way = rng.random()
        covered = _covered(found, rows)
        weight = 1 + (_OBJECTS - 1) * covered if self._stage == 2 else torch.ones_like(covered)
        if way < _WHOLE or not found:
            whole = torch.ones(1, grid, grid, dtype=torch.bool)
            return whole, layout([], self._embeddings, rows), weight
        parts = partition([one.box for one in found], grid)
        alone = way < _WHOLE + _ALONE
        if alone:
            weight = weight * (covered + (1 - covered) * _UNSENT)
        if self._stage == 2:
            arrived = rng.random(len(found)) >= _LOST
            parts = parts[torch.tensor([*arrived, not alone])]
            found = [one for one, here in zip(found, arrived, strict=True) if here]
        elif alone:
            parts = parts[:-1]
        return parts, layout(found, self._embeddings, rows), weight

    def _objects_of(self, truth: Truth, rng: np.random.Generator) -> list[Found]:
        """Return a picture's things, boxes about as well placed as a detector's, and as sent."""
        objects, bits = [], self._codec.config.edge_bits
        for label, box in zip(truth.labels, truth.boxes / self._codec.config.side, strict=True):
            left, top, right, bottom = (float(edge) for edge in box + rng.normal(0, _JITTER, 4))
            sent = received_box(sent_box((left, top, right, bottom), bits), bits)
            objects.append(Found(self._pictures.labels.index(label), sent))
        return objects

    def loss(self, batch: DiscoverBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        device = self._diffusion.device
        images, kept = batch.images.to(device), batch.kept.to(device)
        with torch.set_grad_enabled(self._stage < 2):
            elements = Elements(batch.elements.cells.to(device), batch.elements.owner.to(device))
            latent, side, rate = self._codec(images, elements)
        painted = self._codec.synthesis(latent * kept, side, batch.layout.to(device))
        with torch.no_grad():
            wanted = self._diffusion.latents_of(images)
        distance = ((painted - wanted) ** 2 * batch.weight.to(device)).mean()
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


def series(seed: int, stage: int) -> int:
    """Return the seed of what a stage draws, so that no two stages draw the same."""
    return seed + 1000 * stage


def joined(parts: Sequence[torch.Tensor]) -> Elements:
    """Return the elements of pictures, bool ``[elements, grid, grid]`` each, in a row."""
    counts = torch.tensor([len(part) for part in parts])
    return Elements(torch.cat(list(parts)), torch.arange(len(parts)).repeat_interleave(counts))


def _bits_per_pixel(rate: Rate, images: torch.Tensor) -> torch.Tensor:
    return rate.bits.mean() / (images.shape[-1] * images.shape[-2])


def _covered(found: Sequence[Found], rows: int) -> torch.Tensor:
    """Return how much of each cell objects cover, float32 ``[1, rows, rows]`` in 0..1."""
    covered = torch.zeros(1, rows, rows)
    for one in found:
        covered += coverage(one.box, rows)
    return covered.clamp(max=1)


def _kept(grid: int, rng: np.random.Generator) -> torch.Tensor:
    """Return what arrives of a latent in stage 2, float32 ``[1, grid, grid]``."""
    share = rng.random() * _MOST_MASKED if rng.random() < 0.5 else 0.0
    return torch.from_numpy((rng.random((1, grid, grid)) >= share).astype(np.float32))
