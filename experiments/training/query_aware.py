"""Training of the query-aware codec's ControlNet: compressed pictures steer the frozen U-Net.

As every codec that is compared on animals, it sees none and hears of none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from linksim.experiments.training.asked_batches import Batches
from linksim.experiments.training.diffusion import NoisyBatch, draw_noise, velocity_loss
from linksim.source.message import Received
from linksim.source.query_aware.codec import statement
from linksim.source.stills.codec import GREY, StillCodec
from linksim.source.zoo.diffusion import Diffusion, controlled_by

_LOST = 0.05  # share of the pictures that the receiver can't decode
_SILENT = 0.05  # share of the texts that are lost
_CONDITIONING = 16  # channels at a picture's resolution; twice as many after each halving


def build_controlnet(diffusion: Diffusion) -> Any:
    """Return a ``diffusers.ControlNetModel`` that begins as the U-Net's encoder."""
    from diffusers import ControlNetModel

    sizes = len(diffusion.vae.config.block_out_channels)
    widths = tuple(_CONDITIONING << halvings for halvings in range(sizes))
    return ControlNetModel.from_unet(
        diffusion.unet, conditioning_embedding_out_channels=widths
    ).requires_grad_(True)


@dataclass(frozen=True)
class QueryAwareBatch:
    """What the U-Net is shown, and what steers it: ``coarse`` pictures ``[B, 3, H, W]``."""

    coarse: torch.Tensor
    noisy: NoisyBatch


class QueryAwareRecipe:
    """Velocity loss given the true answer's statement and the compressed picture.

    Args:
        diffusion: frozen.
        still: compresses the pictures.
        batches: of pictures and questions; their seed is the training's.
        batch_size: pictures of a step.
    """

    learning_rate = 1e-3

    def __init__(
        self, diffusion: Diffusion, still: StillCodec, batches: Batches, batch_size: int = 16
    ) -> None:
        torch.manual_seed(batches.seed)
        self.model = build_controlnet(diffusion).to(diffusion.device)
        self._diffusion, self._still, self._batches = diffusion, still, batches
        self.batch_size = batch_size
        unet = diffusion.unet.config
        self._latents = int(unet.in_channels), int(unet.sample_size), int(unet.sample_size)

    def draw(self, step: int) -> QueryAwareBatch:
        seed, size = self._batches.seed, self.batch_size
        asked = self._batches.draw(step * size, size)
        rng = np.random.Generator(np.random.Philox(key=[seed, 6], counter=[0, 0, step, 0]))
        coarse = _as_received(self._still, asked.images)
        coarse[rng.random(size) < _LOST] = GREY
        texts = [
            "" if rng.random() < _SILENT else statement(question, answer)
            for question, answer in zip(asked.questions, asked.answers, strict=True)
        ]
        noise = draw_noise(seed + step, size, self._latents)
        return QueryAwareBatch(coarse, NoisyBatch(asked.images, texts, *noise))

    def loss(self, batch: QueryAwareBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        control = controlled_by(self.model, batch.coarse.to(self._diffusion.device))
        return velocity_loss(self._diffusion, batch.noisy, control), {}


def _as_received(still: StillCodec, images: torch.Tensor) -> torch.Tensor:
    """Return the pictures as they come out of a channel without errors."""
    message = still.encode(images, [""] * len(images))
    erased = torch.zeros_like(message.values, dtype=torch.bool)
    certain = torch.zeros((*message.values.shape, message.width))
    return still.decode(Received(message.values, message.width, erased, certain))
