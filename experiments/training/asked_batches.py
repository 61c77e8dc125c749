"""Where codecs that read questions learn from: pictures and questions, nowhere with animals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import torch

from linksim.experiments.configuration import SCENES_DRAWN
from linksim.experiments.data.samples import Samples
from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.data.vqa import PREFIX, vqa_samples
from linksim.experiments.data.worlds import samples_of
from linksim.experiments.faults import Fault
from linksim.experiments.training.vqa_batches import VqaBatches
from linksim.source import world as wide
from linksim.source.scenes import SEEN, SIDE, ask
from linksim.source.scenes.held_out import ANIMAL_WORDS, refuse_animals
from linksim.source.world.language import plural
from linksim.source.zoo.preset import WIDE


class Batch(Protocol):
    """Pictures, each with a question and its true answer."""

    @property
    def images(self) -> torch.Tensor:
        """The pictures, float32 ``[B, 3, H, W]`` in 0..1."""

    @property
    def questions(self) -> list[str]: ...

    @property
    def answers(self) -> list[str]: ...


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
        scenes: of any world.
        asked: its questions, one for each scene.
        kept_out: names of kinds that are neither shown nor asked about.

    Raises:
        ValueError: if one is.
    """

    scenes: Sequence[Any]
    asked: Sequence[Any]
    kept_out: Collection[str] = ANIMAL_WORDS

    def __post_init__(self) -> None:
        refuse_animals(self.scenes, self.questions, self.kept_out)

    @property
    def images(self) -> torch.Tensor:
        """The pictures, float32 ``[B, 3, H, W]`` in 0..1."""
        return images_of(self.scenes)

    @property
    def questions(self) -> list[str]:
        return [question.text for question in self.asked]

    @property
    def answers(self) -> list[str]:
        return [question.answer for question in self.asked]


@dataclass
class SceneBatches:
    """Scenes of the small world, drawn by number; questions by the number of a batch's first.

    Neither has animals, which are for evaluation.

    Attributes:
        side: of the scenes, in pixels.
    """

    side: ClassVar[int] = SIDE

    seed: int

    def scenes(self, first: int, size: int) -> Sequence[Any]:
        """Return scenes ``first`` to ``first + size - 1``, without questions."""
        return draw_batch(self.seed, first, size, SEEN)

    def draw(self, first: int, size: int) -> SceneBatch:
        """See `Batches.draw`."""
        scenes, rng = self.scenes(first, size), self._rng(first)
        return SceneBatch(scenes, [ask(scene, rng, kinds=SEEN) for scene in scenes])

    def described(self, first: int, last: int) -> str:
        """See `Batches.described`."""
        numbers = f"{first} to {last} of seed {self.seed}"
        return f"scenes {numbers}, a question each; no animals in either"

    def _rng(self, first: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed, 1], counter=[0, 0, first, 0]))


class WideSceneBatches(SceneBatches):
    """Scenes of the wide world; see `SceneBatches`."""

    side = wide.SIDE

    def scenes(self, first: int, size: int) -> Sequence[Any]:
        """See `SceneBatches.scenes`."""
        numbers = range(first, first + size)
        return [wide.draw_scene(self.seed, number, _WIDE_SEEN) for number in numbers]

    def draw(self, first: int, size: int) -> SceneBatch:
        """See `Batches.draw`."""
        scenes, rng = self.scenes(first, size), self._rng(first)
        asked = [wide.ask(scene, rng, kinds=_WIDE_SEEN) for scene in scenes]
        return SceneBatch(scenes, asked, _WIDE_ANIMAL_WORDS)


_WIDE_SEEN = tuple(kind for kind in wide.KINDS if kind not in wide.ANIMALS)
_WIDE_ANIMAL_WORDS = frozenset({*wide.ANIMALS, *map(plural, wide.ANIMALS)})


def scene_batches(world: str, seed: int) -> SceneBatches:
    """Return the scenes of a preset's world."""
    return WideSceneBatches(seed) if world == WIDE else SceneBatches(seed)


_JUDGED = 1000  # samples by which a training is judged, where scores draw none themselves
_JUDGED_SEED = 1_000_000  # apart from the scenes of sweeps


def check_data(data: str) -> None:
    """Refuse what `learnt_from` does not know, before anything is loaded.

    Raises:
        Fault: if it is neither scenes nor VQA.
    """
    if data != SCENES_DRAWN and not data.startswith(PREFIX):
        raise Fault(f"--data {data}: training is on scenes or on {PREFIX}FOLDER")


def learnt_from(data: str, world: str, seed: int, side: int) -> tuple[Batches, Samples | None]:
    """Return what ``--data`` names to learn from, and to be judged by.

    Args:
        data: ``scenes``, or ``vqa:FOLDER``.
        world: of the scenes.
        seed: of both.
        side: of photographs, in pixels.

    Returns:
        batches; samples about animals, None for scenes of the small world.

    Raises:
        Fault: if it is neither, or the folder is not as published.
        UnreadablePicture: if a picture in it is missing or none.
    """
    if data == SCENES_DRAWN:
        wide_ones = samples_of(world)(_JUDGED, _JUDGED_SEED, "animals") if world == WIDE else None
        return scene_batches(world, seed), wide_ones
    check_data(data)
    folder = Path(data.removeprefix(PREFIX))
    return VqaBatches(folder, seed, side), vqa_samples(folder, _JUDGED, seed, "animals")
