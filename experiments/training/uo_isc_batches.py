"""Where UO-ISC's training takes pictures and questions from: nowhere with animals in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.source import world as wide
from linksim.source.scenes import SEEN, ask
from linksim.source.scenes.held_out import ANIMAL_WORDS, refuse_animals
from linksim.source.world.language import plural
from linksim.source.zoo.preset import WIDE


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

    Attributes:
        kept_out: names of kinds that are neither shown nor asked about.

    Raises:
        ValueError: if one is.
    """

    scenes: Sequence[Any]
    questions: list[str]
    kept_out: Collection[str] = ANIMAL_WORDS

    def __post_init__(self) -> None:
        refuse_animals(self.scenes, self.questions, self.kept_out)

    @property
    def images(self) -> torch.Tensor:
        """The pictures, float32 ``[B, 3, H, W]`` in 0..1."""
        return images_of(self.scenes)


@dataclass
class SceneBatches:
    """Scenes of the small world, drawn by number; questions by the number of a batch's first.

    Neither has animals, which are for evaluation.
    """

    seed: int

    def draw(self, first: int, size: int) -> SceneBatch:
        """See `Batches.draw`."""
        scenes = draw_batch(self.seed, first, size, SEEN)
        rng = self._rng(first)
        return SceneBatch(scenes, [ask(scene, rng, kinds=SEEN).text for scene in scenes])

    def described(self, first: int, last: int) -> str:
        """See `Batches.described`."""
        numbers = f"{first} to {last} of seed {self.seed}"
        return f"scenes {numbers}, a question each; no animals in either"

    def _rng(self, first: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed, 1], counter=[0, 0, first, 0]))


class WideSceneBatches(SceneBatches):
    """Scenes of the wide world; see `SceneBatches`."""

    def draw(self, first: int, size: int) -> SceneBatch:
        """See `Batches.draw`."""
        numbers, rng = range(first, first + size), self._rng(first)
        scenes = [wide.draw_scene(self.seed, number, _WIDE_SEEN) for number in numbers]
        questions = [wide.ask(scene, rng, kinds=_WIDE_SEEN).text for scene in scenes]
        return SceneBatch(scenes, questions, _WIDE_ANIMAL_WORDS)


_WIDE_SEEN = tuple(kind for kind in wide.KINDS if kind not in wide.ANIMALS)
_WIDE_ANIMAL_WORDS = frozenset({*wide.ANIMALS, *map(plural, wide.ANIMALS)})


def scene_batches(world: str, seed: int) -> SceneBatches:
    """Return the scenes of a preset's world."""
    return WideSceneBatches(seed) if world == WIDE else SceneBatches(seed)
