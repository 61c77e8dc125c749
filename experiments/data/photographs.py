"""Photographs whose names begin with the number of their class in ImageNet: ``010-brambling.jpg``.

Those of odd numbers are there to set what is set by hand (the judge's threshold), those of even
ones to measure. Of the latter those whose number 10 divides are held out from training, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from linksim.experiments.data.samples import pictures_in
from linksim.experiments.faults import Fault
from linksim.source.zoo.imagenet.groups import CLASSES


@dataclass(frozen=True)
class Photograph:
    """A picture whose class is known.

    Attributes:
        path: of its file.
        number: its class, 0 to 999.
    """

    path: Path
    number: int

    @property
    def measures(self) -> bool:
        """Whether it is there to measure with, and nothing was set by it: its number is even."""
        return self.number % 2 == 0


def photographs_in(folder: Path) -> list[Photograph]:
    """Return the photographs of a folder, in the order of their paths; others are passed over.

    Raises:
        Fault: if there are none.
    """
    named = [(file, file.name.partition("-")[0]) for file in pictures_in(folder)[0]]
    found = [Photograph(file, int(number)) for file, number in named if number.isdecimal()]
    known = [one for one in found if one.number < CLASSES]
    if not known:
        raise Fault(f"{folder}: no pictures called NNN-name.jpg, NNN their class in ImageNet")
    return known
