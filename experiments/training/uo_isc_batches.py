"""Where UO-ISC's training takes pictures and questions from: nowhere with animals in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.source.scenes import SEEN, Scene, ask, refuse_animals


class Batch(Protocol):
    """Pictures, each with a question."""

    @property
    def images(self) -> torch.Tensor:
        """The pictures, float32 ``[B, 3, H, W]`` in 0..1."""

    @property
    def questions(self) -> list[str]: ...


class Batches(Protocol):
    """A numbered set of samples, drawn by a seed."""

    seed: int

    def draw(self, first: int, size: int) -> Batch:
        """Return samples ``first`` to ``first + size - 1``. Called from another thread."""

    def described(self, first: int, last: int) -> str:
        """Return what samples ``first`` to ``last`` are, for a card."""


@dataclass(frozen=True)
class SceneBatch:
    """Scenes, each with a question.

    Raises:
        ValueError: if an animal is in a scene or a question; these are for evaluation.
    """

    scenes: Sequence[Scene]
    questions: list[str]

    def __post_init__(self) -> None:
        refuse_animals(self.scenes, self.questions)

    @property
    def images(self) -> torch.Tensor:
        """The pictures, float32 ``[B, 3, H, W]`` in 0..1."""
        return images_of(self.scenes)


@dataclass
class SceneBatches:
    """Scenes of the embedded world, drawn by number; questions by the number of a batch's first."""

    seed: int

    def draw(self, first: int, size: int) -> SceneBatch:
        """See `Batches.draw`."""
        scenes = draw_batch(self.seed, first, size, SEEN)
        rng = np.random.Generator(np.random.Philox(key=[self.seed, 1], counter=[0, 0, first, 0]))
        return SceneBatch(scenes, [ask(scene, rng, kinds=SEEN).text for scene in scenes])

    def described(self, first: int, last: int) -> str:
        """See `Batches.described`."""
        numbers = f"{first} to {last} of seed {self.seed}"
        return f"scenes {numbers}, a question each; no animals in either"
