"""What a model finds in a picture, and what is there, also as text in files of results.

The text is JSON: ``[label, number, [left, top, right, bottom], mask]`` for each thing, where the
number is the score of what was found, or 1 for a crowd; the mask is in COCO's run lengths, and left
out where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from linksim.experiments.data.coco_masks import WrongMask, mask_of, run_lengths_of
from linksim.experiments.data.truth import Truth


@dataclass(frozen=True)
class Found:
    """What a model finds in a picture; ``scores`` float ``[n]``, the rest as in `Truth`."""

    boxes: np.ndarray
    labels: tuple[str, ...]
    scores: np.ndarray
    masks: np.ndarray | None = None


_MOST = 100  # things of a picture, as in COCO
_MOST_PIXELS = 50_000_000


def found_text(found: Found) -> str:
    """Return what was found as text, of more than 100 things the surest."""
    order = np.argsort(-found.scores, kind="stable")[:_MOST]
    return _text(found, found.scores, order)


def truth_text(truth: Truth) -> str:
    """Return what is in a picture as text."""
    crowds = np.zeros(len(truth.labels)) if truth.crowds is None else truth.crowds
    return _text(truth, crowds.astype(int), np.arange(len(truth.labels)))


def found_in(text: str) -> Found:
    """Return what was found from its text.

    Raises:
        ValueError: if it is no such text.
    """
    labels, numbers, boxes, masks = _things(text)
    return Found(boxes, labels, numbers, masks)


def truth_in(text: str) -> Truth:
    """Return what is in a picture from its text; raises as `found_in`."""
    labels, numbers, boxes, masks = _things(text)
    return Truth(boxes, labels, masks, numbers > 0)


def _text(things: Found | Truth, numbers: np.ndarray, order: np.ndarray) -> str:
    rows: list[list[Any]] = []
    for place in order:
        box = [round(float(edge), 2) for edge in things.boxes[place]]
        rows.append([things.labels[place], round(float(numbers[place]), 4), box])
        if things.masks is not None:
            rows[-1].append(run_lengths_of(things.masks[place]))
    return json.dumps(rows, separators=(",", ":"))


def _things(text: str) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray | None]:
    try:
        rows = json.loads(text)
    except RecursionError:
        rows = None
    if not isinstance(rows, list) or not all(map(_is_thing, rows)):
        raise ValueError("what was found in a picture is no list of things")
    boxes = np.array([row[2] for row in rows], dtype=float).reshape(-1, 4)
    numbers = np.array([row[1] for row in rows], dtype=float)
    return tuple(row[0] for row in rows), numbers, boxes, _masks([row[3:] for row in rows])


def _is_thing(row: Any) -> bool:
    return (
        isinstance(row, list)
        and len(row) in (3, 4)
        and isinstance(row[0], str)
        and isinstance(row[2], list)
        and len(row[2]) == 4
        and all(isinstance(x, (int, float)) and abs(x) < 1e9 for x in (row[1], *row[2]))
    )


def _masks(outlines: Sequence[list[Any]]) -> np.ndarray | None:
    """Return the masks of things that have one each, None if any has none."""
    if not outlines or not all(outlines):
        return None
    try:
        sizes = [tuple(outline["size"]) for (outline,) in outlines]
        if len(set(sizes)) > 1 or not 0 < np.prod(sizes[0]) * len(sizes) <= 20 * _MOST_PIXELS:
            raise ValueError("masks of a picture have several sizes")
        return np.stack([mask_of(outline, sizes[0]) for (outline,) in outlines])
    except (WrongMask, TypeError, KeyError, IndexError) as error:
        raise ValueError(f"a mask can't be read ({error})") from None
