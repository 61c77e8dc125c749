"""What is in a picture, and what of it is left where a part of the picture is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from linksim.source.pictures import Framing
    from linksim.source.sizes import Size

_LEAST_LEFT = 0.25  # of a thing's box; one of which less is left counts neither way


@dataclass(frozen=True)
class Truth:
    """The things in a picture.

    Attributes:
        boxes: float ``[n, 4]``: left, top, right, bottom in pixels.
        labels: what each is.
        masks: bool ``[n, H, W]``, the pixels of each, or None where they are unknown.
        crowds: bool ``[n]``, which are groups of things, as in COCO; None where none is.
    """

    boxes: np.ndarray
    labels: tuple[str, ...]
    masks: np.ndarray | None = None
    crowds: np.ndarray | None = None


@runtime_checkable
class KnownSamples(Protocol):
    """Samples of whose pictures it is known what is in them."""

    def truth(self, number: int, framing: Framing | int) -> Truth:
        """Return what is in a sample's picture, as it is taken; see `Samples.sample`."""


def framed_truth(truth: Truth, size: Size, framing: Framing) -> Truth:
    """Return what is left of a picture's things where a part of it is taken, and scaled.

    The part is the one that `linksim.source.pictures.load_picture` takes. A thing beyond it is
    gone; one of which less than a quarter of its box is left becomes a crowd, so that finding it is
    neither right nor wrong.

    Args:
        truth: of the whole picture.
        size: its height and width.
        framing: what of it is taken.
    """
    taken = framing.of(size)
    part = _part(size, taken, scaled=framing.size is not None)
    scale = (taken[1] / part[2], taken[0] / part[3])
    moved = (truth.boxes.reshape(-1, 4) - np.tile(part[:2], 2)) * np.tile(scale, 2)
    boxes = moved.clip(0, np.tile((taken[1], taken[0]), 2))
    before, left = _areas(moved), _areas(boxes)
    there = np.flatnonzero(left > 0)
    crowds = np.zeros(len(boxes), dtype=bool) if truth.crowds is None else truth.crowds
    crowds = (crowds | (left < _LEAST_LEFT * before))[there]
    kept = Truth(boxes[there], tuple(truth.labels[n] for n in there))
    if truth.masks is not None:
        kept = replace(kept, masks=_cut(truth.masks[there], part, taken))
    return replace(kept, crowds=crowds) if crowds.any() else kept


def _part(size: Size, taken: Size, scaled: bool) -> tuple[float, float, float, float]:
    """Return left, top, width and height of the part of a picture that is taken."""
    (height, width), (rows, columns) = size, taken
    if not scaled:
        return (width - columns) // 2, (height - rows) // 2, columns, rows
    ratio = min(height / rows, width / columns)
    wide, high = ratio * columns, ratio * rows
    return (width - wide) / 2, (height - high) / 2, wide, high


def _areas(boxes: np.ndarray) -> np.ndarray:
    sides = (boxes[:, 2:] - boxes[:, :2]).clip(0)
    area: np.ndarray = sides[:, 0] * sides[:, 1]
    return area


def _cut(masks: np.ndarray, part: tuple[float, ...], taken: Size) -> np.ndarray:
    """Return the part of masks ``[n, H, W]``, each pixel that of the nearest."""
    left, top, wide, high = part
    rows = (top + (np.arange(taken[0]) + 0.5) * high / taken[0]).astype(int)
    columns = (left + (np.arange(taken[1]) + 0.5) * wide / taken[1]).astype(int)
    return masks[:, rows[:, None], columns[None, :]]
