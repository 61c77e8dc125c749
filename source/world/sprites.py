"""Drawings as sprites: planes of paint, coverage and slope that a kernel lights and composes.

A drawing is filled at four times a sprite's resolution, shape by shape. Each shape bulges like
clay: the slope of its blurred mask tells which way it faces, so that light can fall on it later.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from linksim.source.world.kinds import DRAWINGS
from linksim.source.world.shapes import FIXED, TINTS, Drawing, Shape, moved

PLANES = 7
"""Fixed red, green, blue, weight of the thing's colour, coverage, slope to the right and down."""
SIDES = (128, 64, 32)
"""Pixels a side of a sprite at each level, each half of the one before."""

_MARGIN = 3.0  # pixels about a drawing at the first level
_OVERSAMPLING = 4
_MOST_BULGE = 9.0  # pixels of blur at the first level
_TRUNCATE = 2.5  # deviations to which a blur reaches
_RIM = 1.4  # pixels of blur of the darker rim
_RIM_SHADE = 0.62  # brightness at the outline
_ZERO_SLOPE = 128


@lru_cache(maxsize=1024)
def sprite(kind: str, pose: int) -> tuple[np.ndarray, ...]:
    """Return a drawing as uint8 planes ``[side, side, PLANES]``, one array for each of `SIDES`.

    Paint and slope are premultiplied by coverage; slopes of -1 to 1 are stored around 128. The
    longer side of the drawing fills the square up to a margin; it stands on the bottom's middle.

    Raises:
        KeyError: if ``kind`` is not of this world.
        IndexError: if it has no such pose.
    """
    planes = _fill(_fitted(DRAWINGS[kind][pose]))
    levels = [planes]
    while levels[-1].shape[0] > SIDES[-1]:
        above = levels[-1]
        levels.append(
            (above[::2, ::2] + above[1::2, ::2] + above[::2, 1::2] + above[1::2, 1::2]) / 4
        )
    return tuple(_stored(level) for level in levels)


@lru_cache(maxsize=1024)
def extent(kind: str, pose: int) -> tuple[float, float]:
    """Return width and height of a drawing as shares of its longer side."""
    left, top, right, bottom = _bounds(DRAWINGS[kind][pose])
    longer = max(right - left, bottom - top)
    return (right - left) / longer, (bottom - top) / longer


def drawn_share() -> float:
    """Return what share of a sprite's side the longer side of its drawing takes."""
    return 1 - 2 * _MARGIN / SIDES[0]


def _bounds(drawing: Drawing) -> tuple[float, float, float, float]:
    points = [point for shape in drawing for point in shape.outline]
    discs = [disc for shape in drawing for disc in shape.discs]
    xs = [x for x, _ in points] + [x + s * r for x, _, r in discs for s in (-1, 1)]
    ys = [y for _, y in points] + [y + s * r for _, y, r in discs for s in (-1, 1)]
    return min(xs), min(ys), max(xs), max(ys)


def _fitted(drawing: Drawing) -> Drawing:
    """Scale a drawing to pixels of the first level and stand it on the bottom's middle."""
    left, top, right, bottom = _bounds(drawing)
    scale = (SIDES[0] - 2 * _MARGIN) / max(right - left, bottom - top)
    dx = SIDES[0] / 2 - scale * (left + right) / 2
    dy = SIDES[0] - _MARGIN - scale * bottom
    return moved(drawing, dx, dy, scale)


def _fill(drawing: Drawing) -> np.ndarray:
    """Return float32 planes of a drawing in pixels, ``[SIDES[0], SIDES[0], PLANES]``."""
    planes = np.zeros((SIDES[0], SIDES[0], PLANES), dtype=np.float32)
    for shape in drawing:
        rows, columns = _window(shape)
        mask = _mask(shape, rows.start, columns.start, rows.stop, columns.stop)
        under = planes[rows, columns]
        paint = np.empty_like(under)
        paint[..., :4] = _paint(shape.paint)
        paint[..., 4] = 1
        paint[..., 5:] = _slope(mask)
        under += mask[..., None] * (paint - under)
    rim = np.clip(2 * gaussian_filter(planes[..., 4], _RIM) - 1, 0, 1)
    planes[..., :4] *= (_RIM_SHADE + (1 - _RIM_SHADE) * rim)[..., None]
    return planes


def _window(shape: Shape) -> tuple[slice, slice]:
    """Return rows and columns that hold a shape and the blur about it."""
    left, top, right, bottom = _bounds((shape,))
    blur = min(_MOST_BULGE, min(right - left, bottom - top) / 2)
    about = math.ceil(_TRUNCATE * blur) + 1
    spans = ((top, bottom), (left, right))
    rows, columns = (
        slice(max(0, math.floor(low) - about), min(SIDES[0], math.ceil(high) + about))
        for low, high in spans
    )
    return rows, columns


def _mask(shape: Shape, top: int, left: int, bottom: int, right: int) -> np.ndarray:
    """Return how much of each pixel of a window a shape covers, float32 in 0..1."""
    fine = _OVERSAMPLING
    image = Image.new("L", (fine * (right - left), fine * (bottom - top)))
    draw = ImageDraw.Draw(image)
    draw.polygon([(fine * (x - left), fine * (y - top)) for x, y in shape.outline], fill=255)
    for x, y, radius in shape.discs:
        centre_x, centre_y, reach = fine * (x - left), fine * (y - top), fine * radius
        around = (centre_x - reach, centre_y - reach, centre_x + reach, centre_y + reach)
        draw.ellipse(around, fill=255)
    return np.asarray(image.reduce(fine), dtype=np.float32) / 255


def _paint(name: str) -> tuple[float, float, float, float]:
    if name in TINTS:
        weight, white = TINTS[name]
        return white, white, white, weight
    red, green, blue = FIXED[name]
    return red / 255, green / 255, blue / 255, 0.0


def _slope(mask: np.ndarray) -> np.ndarray:
    """Return which way a shape faces, float32 ``[side, side, 2]`` of at most length 1."""
    edge = np.abs(np.diff(mask, axis=0)).sum() + np.abs(np.diff(mask, axis=1)).sum()
    blur = float(np.clip(1.6 * mask.sum() / max(edge, 1), 0.8, _MOST_BULGE))
    height = gaussian_filter(mask, blur, truncate=_TRUNCATE) * (2.2 * blur)
    down, right = np.gradient(height)
    slope = -np.stack([right, down], axis=-1)
    length = np.linalg.norm(slope, axis=-1, keepdims=True)
    return np.asarray(slope / np.maximum(length, 1), dtype=np.float32)


def _stored(planes: np.ndarray) -> np.ndarray:
    whole = planes.copy()
    whole[..., :4] *= 255
    whole[..., 4] *= 255
    whole[..., 5:] = whole[..., 5:] * 127 + _ZERO_SLOPE
    stored = np.rint(whole.clip(0, 255)).astype(np.uint8)
    stored.setflags(write=False)
    return np.ascontiguousarray(stored)
