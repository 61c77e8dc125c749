"""Training of the query-aware codec's ControlNet: compressed pictures steer the frozen U-Net.

As every codec that is compared on animals, it sees none and hears of none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.training.diffusion import NoisyBatch, draw_noise, velocity_loss
from linksim.source.message import Received
from linksim.source.query_aware.codec import statement
from linksim.source.scenes import SEEN, Question, Scene, ask, refuse_animals
from linksim.source.stills.codec import GREY, StillCodec
from linksim.source.zoo.diffusion import Diffusion, controlled_by

_LOST = 0.05  # share of the pictures that the receiver can't decode
_SILENT = 0.05  # share of the texts that are lost
_CONDITIONING = (16, 32, 64)  # channels, from a picture to the latents' resolution


def build_controlnet(diffusion: Diffusion) -> Any:
    """Return a ``diffusers.ControlNetModel`` that begins as the U-Net's encoder."""
    from diffusers import ControlNetModel

    return ControlNetModel.from_unet(
        diffusion.unet, conditioning_embedding_out_channels=_CONDITIONING
    ).requires_grad_(True)


@dataclass(frozen=True)
class QueryAwareBatch:
    """Scenes, each with a question.

    Raises:
        ValueError: if an animal is in a scene or a question; these are for evaluation.
    """

    scenes: Sequence[Scene]
    questions: Sequence[Question]
    coarse: torch.Tensor
    noisy: NoisyBatch

    def __post_init__(self) -> None:
        refuse_animals(self.scenes, [question.text for question in self.questions])


class QueryAwareRecipe:
    """Velocity loss given the true answer's statement and the compressed picture.

    Args:
        diffusion: frozen.
        still: compresses the pictures.
        seed, batch_size: of the scenes.
    """

    learning_rate = 1e-3

    def __init__(
        self, diffusion: Diffusion, still: StillCodec, seed: int, batch_size: int = 16
    ) -> None:
        torch.manual_seed(seed)
        self.model = build_controlnet(diffusion).to(diffusion.device)
        self._diffusion, self._still = diffusion, still
        self._seed, self.batch_size = seed, batch_size

    def draw(self, step: int) -> QueryAwareBatch:
        scenes = draw_batch(self._seed, step * self.batch_size, self.batch_size, SEEN)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        questions = [ask(scene, rng, kinds=SEEN) for scene in scenes]
        images = images_of(scenes)
        coarse = _as_received(self._still, images)
        coarse[rng.random(len(scenes)) < _LOST] = GREY
        texts = [
            "" if rng.random() < _SILENT else statement(question.text, question.answer)
            for question in questions
        ]
        noisy = NoisyBatch(images, texts, *draw_noise(self._seed + step, len(scenes)))
        return QueryAwareBatch(scenes, questions, coarse, noisy)

    def loss(self, batch: QueryAwareBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        control = controlled_by(self.model, batch.coarse.to(self._diffusion.device))
        return velocity_loss(self._diffusion, batch.noisy, control), {}


def _as_received(still: StillCodec, images: torch.Tensor) -> torch.Tensor:
    """Return the pictures as they come out of a channel without errors."""
    message = still.encode(images, [""] * len(images))
    erased = torch.zeros_like(message.values, dtype=torch.bool)
    certain = torch.zeros((*message.values.shape, message.width))
    return still.decode(Received(message.values, message.width, erased, certain))
