"""Mosaics: four photographs of different groups in one picture, of which a question asks about one.

Where most of a picture is of no use to who asks, a codec that goes by the question can gain, and it
is known what is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.data.mosaic_names import mosaic_name
from linksim.experiments.data.photographs import Photograph, photographs_in
from linksim.experiments.data.samples import Sample
from linksim.experiments.faults import Fault
from linksim.source.pictures import Framing, given_picture, load_picture
from linksim.source.sizes import Size
from linksim.source.zoo.imagenet.groups import groups

PREFIX = "mosaic:"
"""Before the folder, in ``--data``."""

KINDS = ("dog", "bird", "reptile", "insect", "food")
"""Groups of which no two share a class; four of them are in a mosaic."""

SIDE = 384
_QUARTERS = 4


@dataclass(frozen=True)
class Mosaic:
    """What is in a mosaic.

    Attributes:
        kinds, photographs: its quarters, in reading order: their groups, and what shows them.
        asked: the quarter that the question is about.
    """

    kinds: tuple[str, ...]
    photographs: tuple[Photograph, ...]
    asked: int

    @property
    def question(self) -> str:
        """The user's question."""
        return f"which {self.kinds[self.asked]}?"

    @property
    def other_question(self) -> str:
        """A question about another quarter."""
        return f"which {self.kinds[(self.asked + 1) % _QUARTERS]}?"

    @property
    def names(self) -> tuple[str, ...]:
        """The files of its photographs."""
        return tuple(one.path.name for one in self.photographs)


class MosaicSamples:
    """Seeded mosaics of the photographs of a folder that are there to measure with.

    Every photograph is asked about once before one is again; those beside it are drawn. Mosaic n
    depends on the folder, the seed and n alone.

    Args:
        folder: with pictures called after their classes, see
            `linksim.experiments.data.photographs`.
        count: how many mosaics.
        seed: from 0.
        side: of a mosaic, in pixels.

    Raises:
        Fault: if photographs of a kind are missing.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, folder: Path, count: int, seed: int, side: int = SIDE) -> None:
        if not folder.is_dir():
            raise Fault(f"--data {PREFIX}{folder}: no such folder; give mosaic:FOLDER")
        shown = [one for one in photographs_in(folder) if one.measures]
        self._of = {kind: _those_of(kind, shown) for kind in KINDS}
        if lacking := [kind for kind in KINDS if not self._of[kind]]:
            raise Fault(f"--data {PREFIX}{folder}: no picture of a {lacking[0]} of an even class")
        self._side, drawn = side, self._drawn(np.random.Generator(np.random.Philox(seed)))
        self.mosaics = [next(drawn) for _ in range(count)]

    def __len__(self) -> int:
        return len(self.mosaics)

    @property
    def questions(self) -> list[str]:
        """The question of every sample."""
        return [one.question for one in self.mosaics]

    @cached_property
    def files(self) -> list[Path]:
        """All photographs that they are made of."""
        return sorted({one.path for mosaic in self.mosaics for one in mosaic.photographs})

    def size(self, number: int) -> Size:
        return self._side, self._side

    def sample(self, number: int, framing: Framing | int) -> Sample:
        from linksim.source.zoo.imagenet.judge import class_names

        one = self.mosaics[number]
        quarters = [load_picture(each.path, self._side // 2) for each in one.photographs]
        rows = [torch.cat(quarters[first : first + 2], dim=2) for first in (0, 2)]
        image = given_picture(torch.cat(rows, dim=1), framing)
        truth, kind = class_names()[one.photographs[one.asked].number], one.kinds[one.asked]
        return Sample(image, one.question, truth, kind, mosaic_name(number, one.names))

    def other_question(self, number: int) -> str:
        """Return a question about another quarter of a mosaic."""
        return self.mosaics[number].other_question

    def _drawn(self, draws: np.random.Generator) -> Iterator[Mosaic]:
        turns = [(kind, one) for kind in KINDS for one in self._of[kind]]
        while True:
            for turn in draws.permutation(len(turns)):
                kind, asked = turns[turn]
                yield self._around(kind, asked, draws)

    def _around(self, kind: str, asked: Photograph, draws: np.random.Generator) -> Mosaic:
        """Return a mosaic around the photograph that is asked about."""
        others = [other for other in KINDS if other != kind]
        beside = [others[place] for place in draws.permutation(len(others))[: _QUARTERS - 1]]
        shown = [self._of[other][draws.integers(len(self._of[other]))] for other in beside]
        place = int(draws.integers(_QUARTERS))
        kinds = (*beside[:place], kind, *beside[place:])
        return Mosaic(kinds, (*shown[:place], asked, *shown[place:]), place)


def _those_of(kind: str, shown: Sequence[Photograph]) -> list[Photograph]:
    (classes,) = [group.classes for group in groups() if group.name == kind]
    return [one for one in shown if one.number in classes]
