"""Pictures of several sizes as arrays of one: what of them is kept to be looked at."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from linksim.source.sizes import Size

_MOST_SIDE = 1024
"""Larger pictures are shown reduced."""

_WHITE = 255


def canvas_for(sizes: Iterable[Size]) -> Size:
    """Return the smallest height and width that pictures of all these sizes fit into, as shown.

    >>> canvas_for([(512, 768), (768, 512)]), canvas_for([(3000, 4000)])
    ((768, 768), (750, 1000))
    """
    shown = [_reduced(size) for size in sizes]
    return max(height for height, _ in shown), max(width for _, width in shown)


def on_canvas(pictures: np.ndarray, canvas: Size) -> np.ndarray:
    """Return pictures, uint8 ``[B, H, W, 3]``, in the upper left corner of a white canvas.

    Of a large one each square of so many pixels becomes their mean.
    """
    count, height, width, _ = pictures.shape
    if not count:  # of pictures that nobody looks at, which may not fit
        return np.empty((0, *canvas, 3), dtype=np.uint8)
    rows, columns = _reduced((height, width))
    if (rows, columns) == canvas == (height, width):
        return pictures
    step = _step((height, width))
    down, across = min(step, height), min(step, width)  # of a line, which is thinner than a square
    cut = pictures[:, : rows * down, : columns * across]
    cut = cut.reshape(count, rows, down, columns, across, 3)
    shown = np.full((count, *canvas, 3), _WHITE, dtype=np.uint8)
    shown[:, :rows, :columns] = cut.mean(axis=(2, 4)).round() if step > 1 else cut[:, :, 0, :, 0]
    return shown


def _step(size: Size) -> int:
    return -(-max(size) // _MOST_SIDE)


def _reduced(size: Size) -> Size:
    step = _step(size)
    height, width = (max(side // step, 1) for side in size)
    return height, width
