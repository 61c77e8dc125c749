"""What backgrounds are painted with: gradients, outlines of hills, floors in perspective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Colour = np.ndarray
Palette = Sequence[tuple[int, int, int]]


def rgb(red: int, green: int, blue: int) -> Colour:
    """Return a colour as float32 RGB in 0..1."""
    return np.array([red, green, blue], dtype=np.float32) / np.float32(255)


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number of ``low`` to ``high``."""
    return low + (high - low) * float(rng.random())


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """Draw an integer of ``low`` to ``high``, both included."""
    return low + int(rng.random() * (high - low + 1))


def one_of(rng: np.random.Generator, palette: Palette) -> Colour:
    """Draw a colour between two neighbours of a palette."""
    place = float(rng.random()) * (len(palette) - 1)
    first = int(place)
    part = np.float32(place - first)
    return rgb(*palette[first]) * (1 - part) + rgb(*palette[first + 1]) * part


def gradient(picture: np.ndarray, top: int, bottom: int, above: Colour, below: Colour) -> None:
    """Fill rows ``top`` to ``bottom`` from one colour to another."""
    part = (np.arange(bottom - top, dtype=np.float32) + 1) / np.float32(bottom - top)
    picture[top:bottom] = (above + part[:, None] * (below - above))[:, None]


def outline(
    rng: np.random.Generator, width: int, knots: int, low: float, high: float, smooth: bool
) -> np.ndarray:
    """Return heights of hills (or, not smooth, of peaks) for each column, float32 ``[width]``."""
    heights = low + (high - low) * rng.random(knots + 2, dtype=np.float32)
    place = np.arange(width, dtype=np.float32) * np.float32(knots / width) + np.float32(
        rng.random()
    )
    left = place.astype(np.int64)
    part = place - left
    if smooth:
        part = part * part * (3 - 2 * part)
    return np.asarray(heights[left] + part * (heights[left + 1] - heights[left]))


def rise(
    picture: np.ndarray, base: int, heights: np.ndarray, paint: Colour, foot: Colour | None = None
) -> None:
    """Fill what lies up to ``heights`` above row ``base``; its foot may have another colour."""
    top = max(0, base - int(np.ceil(heights.max())))
    rows = np.arange(top, base, dtype=np.float32)[:, None]
    cover = (rows - (base - heights[None]) + 1).clip(0, 1)[..., None]
    if foot is None:
        colours = paint
    else:
        colours = paint + ((rows - top + 1) / (base - top))[..., None] * (foot - paint)
    picture[top:base] += cover * (colours - picture[top:base])


def ground_grid(
    height: int, width: int, horizon: int, far: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a floor's coordinates across ``[rows, width]`` and away ``[rows, 1]``, and nearness.

    Nearness rises from ``far`` at the horizon to 1; both coordinates are in pixels of the last row.
    """
    rows = np.arange(horizon, height, dtype=np.float32)[:, None]
    near = far + (1 - far) * (rows - horizon + 1) / np.float32(height - horizon)
    across = (np.arange(width, dtype=np.float32)[None] - width // 2) / near
    return across, np.float32(height - horizon) * far / near, near
