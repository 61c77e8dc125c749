"""Modulations as options name them: linksim's, other packages', and those of a file of points."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from linksim.phy import Modulation, Refused
from linksim.source.text_files import UnreadableText, read_table

FILE = "file:"
"""What the name of a modulation begins with that is read from a file."""

_COLUMNS = ("label", "i", "q")
_MOST_BYTES = 1 << 16
_FEWEST_BITS, _MOST_BITS = 1, 8  # of a label


def modulation_of(text: str) -> Modulation:
    """Return the modulation ``NAME``, or that of ``file:PATH``, see `read_points`.

    Raises:
        Refused: if there is none of this name, the file can't be read as points, or they make no
            modulation.
    """
    if not text.startswith(FILE):
        return Modulation.named(text)
    file = Path(text.removeprefix(FILE))
    try:
        points = read_points(file)
    except UnreadableText as error:
        raise Refused("modulation", error.problem, error.place) from None
    return _modulation(file.name, points)


def read_points(file: Path) -> tuple[complex, ...]:
    """Return the points by label that a CSV file with the columns ``label,i,q`` holds.

    A label is written as bits, the first one on the left: 00, 01, 10 and 11, in any order. I and Q
    are finite numbers of any scale.

    Raises:
        UnreadableText: if it is no such file, saying where.
    """
    rows = read_table(file, _COLUMNS, (), _MOST_BYTES)
    points: dict[int, complex] = {}
    width = len(rows[0][1]["label"].strip()) if rows else 0
    if not _FEWEST_BITS <= width <= _MOST_BITS or len(rows) != 1 << width:
        labels = f"its {len(rows)} labels begin with one of {width} bits"
        raise UnreadableText(file, f"{labels}; give all 2, 4, 8 … 256 of 1, 2, 3 … 8 bits")
    for line, row in rows:
        label = row["label"].strip()
        if len(label) != width or set(label) - set("01"):
            raise UnreadableText(file, f"{label[:20]!r} is no label of {width} bits", line)
        if int(label, 2) in points:
            raise UnreadableText(file, f"the label {label} comes twice", line)
        points[int(label, 2)] = complex(*(_number(file, line, row[name]) for name in "iq"))
    return tuple(points[label] for label in range(len(points)))


def constellation_inputs(modulations: Iterable[str]) -> dict[str, str]:
    """Return digests of those modulations' points that come from files, by what they are of.

    Raises:
        Refused: as `modulation_of`.
    """
    found = {}
    for text in modulations:
        if text.startswith(FILE):
            modulation = modulation_of(text)
            digest = hashlib.sha256(modulation.points.tobytes()).hexdigest()[:16]
            found[f"modulation {modulation.name}"] = digest
    return found


def _number(file: Path, line: int, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UnreadableText(file, f"{text[:20]!r} is no finite number", line)
    return number


@lru_cache
def _modulation(name: str, points: tuple[complex, ...]) -> Modulation:
    """Return one object for equal points, so that engines are built once."""
    return Modulation.from_points(name, np.array(points), f"points of {name}")
