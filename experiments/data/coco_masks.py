"""COCO's masks to pixels: polygons, and run lengths with or without compression.

Run lengths count pixels outside and inside in turns, column by column. Compressed ones are numbers
in characters of five bits from ``0`` on, the least significant first, a sixth bit set on all but
the last; from the fourth on each is the difference to the one but last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from linksim.experiments.extras import library
from linksim.source.sizes import Size

_MOST_RUNS = 1_000_000


class WrongMask(Exception):
    """A mask is none that belongs to its picture; the message says why."""


def mask_of(outline: Any, size: Size) -> np.ndarray:
    """Return the pixels of a ``segmentation``, bool ``[H, W]``.

    Args:
        outline: a list of polygons, or a table with ``size`` and ``counts``.
        size: height and width of its picture.

    Raises:
        WrongMask: if it is neither, or of another size.
    """
    if isinstance(outline, list):
        return _filled(outline, size)
    if not isinstance(outline, dict) or outline.get("size") != list(size):
        raise WrongMask("neither polygons nor run lengths of the picture's size")
    counts = outline.get("counts")
    runs = _uncompressed(counts) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or len(runs) > _MOST_RUNS:
        raise WrongMask("no run lengths")
    if not all(isinstance(run, int) and 0 <= run <= size[0] * size[1] for run in runs):
        raise WrongMask("run lengths that are no numbers")
    if sum(runs) != size[0] * size[1]:
        raise WrongMask("run lengths that do not add up to the picture")
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(size[1], size[0]).T


def run_lengths_of(mask: np.ndarray) -> dict[str, Any]:
    """Return a mask ``[H, W]`` as COCO writes it, in compressed run lengths."""
    coded = library("pycocotools.mask").encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"size": list(coded["size"]), "counts": coded["counts"].decode("ascii")}


def _uncompressed(text: str) -> list[int]:
    """Return the run lengths of a compressed text.

    >>> _uncompressed("02203")
    [0, 2, 2, 2, 5]
    """
    runs: list[int] = []
    number = place = 0
    for character in text[: 8 * _MOST_RUNS]:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or place > 30:
            raise WrongMask("run lengths in no such characters")
        number |= (bits & 31) << place
        place += 5
        if bits < 32:
            number -= (1 << place) if bits & 16 else 0
            runs.append(number + (runs[-2] if len(runs) > 2 else 0))
            number = place = 0
    return runs


def _filled(polygons: Sequence[Any], size: Size) -> np.ndarray:
    """Return the pixels within polygons, drawn as COCO's own tools do."""
    height, width = size
    drawn = []
    for polygon in polygons:
        points = polygon if isinstance(polygon, list) else []
        if len(points) < 6 or len(points) % 2 or not all(map(_is_place, points)):
            raise WrongMask("a polygon of fewer than three points, or of what is no number")
        pairs = np.array(points, dtype=float).reshape(-1, 2).clip(0, (width, height))
        drawn.append(pairs.ravel().tolist())
    if not drawn:
        return np.zeros(size, dtype=bool)
    masks = library("pycocotools.mask")
    merged: np.ndarray = masks.decode(masks.merge(masks.frPyObjects(drawn, height, width)))
    return merged.astype(bool)


def _is_place(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 1e9  # NaN is not
