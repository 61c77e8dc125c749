"""The compiled part of drawing: things lit and pasted, shadows, texture.

Only additions, products, quotients and square roots are used, which every processor rounds alike.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.kernel_cache import KernelCache, sources_digest

_SOURCES = sources_digest(Path(__file__).resolve().parent)


def _kept(function: Any) -> Any:
    """Compile a function that Python calls; the code is kept on disk."""
    dispatcher = kernel(function)
    dispatcher._cache = KernelCache(function, _SOURCES)
    return dispatcher


@kernel
def _hash(x, y, seed):  # type: ignore[no-untyped-def]
    """Return a number of 0..1 that a lattice point and a seed alone decide."""
    h = np.uint32(x) * np.uint32(0x9E3779B1) ^ np.uint32(y) * np.uint32(0x85EBCA77)
    h = np.uint32(h ^ np.uint32(seed))
    h = np.uint32((h ^ (h >> np.uint32(15))) * np.uint32(0x2C1B3C6D))
    h = np.uint32((h ^ (h >> np.uint32(12))) * np.uint32(0x297A2D39))
    h = np.uint32(h ^ (h >> np.uint32(15)))
    return np.float32(h >> np.uint32(8)) * np.float32(1.0 / 16777216.0)


@kernel
def _noise_along(row, start, step, y, seed):  # type: ignore[no-untyped-def]
    """Fill a row with smooth noise of 0..1 at ``(start + k step, y)``; its grain is 1."""
    top = np.floor(y)
    v = y - top
    v = v * v * (np.float32(3) - np.float32(2) * v)
    j = np.int64(top)
    at = np.int64(np.floor(start)) - 2
    left = right = np.float32(0)
    for k in range(len(row)):
        x = start + np.float32(k) * step
        i = np.int64(np.floor(x))
        if i != at:
            left = right
            if i != at + 1:
                above = _hash(i, j, seed)
                left = above + v * (_hash(i, j + 1, seed) - above)
            above = _hash(i + 1, j, seed)
            right = above + v * (_hash(i + 1, j + 1, seed) - above)
            at = i
        u = x - np.float32(i)
        row[k] = left + u * u * (np.float32(3) - np.float32(2) * u) * (right - left)


@_kept
def add_noise(
    picture: np.ndarray,
    top: int,
    bottom: int,
    across: float,
    down: float,
    perspective: float,
    amplitude: float,
    seed: int,
) -> None:
    """Add smooth noise of mean 0 to rows ``top`` to ``bottom`` of float32 ``[H, W, 3]``.

    Its grains are ``across`` by ``down`` pixels at the bottom row and smaller towards the top one,
    by ``perspective`` of 0 (all alike) to 1.
    """
    width = picture.shape[1]
    noise = np.empty(width, dtype=np.float32)
    for y in range(top, bottom):
        near = np.float32(y - top + 1) / np.float32(bottom - top)
        grain = np.float32(1) - np.float32(perspective) * (np.float32(1) - near)
        if grain < np.float32(0.12):
            grain = np.float32(0.12)
        step = np.float32(1) / (np.float32(across) * grain)
        start = np.float32(512) - np.float32(width // 2) * step
        _noise_along(noise, start, step, np.float32(y) / (np.float32(down) * grain), seed)
        for x in range(width):
            change = np.float32(amplitude) * (noise[x] - np.float32(0.5))
            for c in range(3):
                picture[y, x, c] += change


@_kept
def add_clouds(
    picture: np.ndarray, bottom: int, cover: float, paint: np.ndarray, seed: int
) -> None:
    """Blend clouds into the rows above ``bottom``; ``cover`` of 0..1 is how much they take."""
    width = picture.shape[1]
    coarse, fine = np.empty(width, dtype=np.float32), np.empty(width, dtype=np.float32)
    step, finer = np.float32(1 / 22), np.float32(2.6 / 22)
    for y in range(bottom):
        v = np.float32(y) / np.float32(9)
        fade = np.float32(1) - np.float32(0.6) * np.float32(y) / np.float32(bottom)
        _noise_along(coarse, np.float32(64), step, v, seed)
        _noise_along(fine, np.float32(166), finer, v * np.float32(2.6), seed + 1)
        for x in range(width):
            n = np.float32(0.65) * coarse[x] + np.float32(0.35) * fine[x]
            part = (n - np.float32(1) + np.float32(cover)) * np.float32(4)
            part = fade * min(max(part, np.float32(0)), np.float32(1))
            for c in range(3):
                picture[y, x, c] += part * (paint[c] - picture[y, x, c])


@_kept
def cast_shadow(
    picture: np.ndarray, x: float, y: float, rx: float, ry: float, strength: float
) -> None:
    """Darken an ellipse around ``(x, y)``, most in its middle; ``strength`` of 0..1."""
    height, width = picture.shape[:2]
    for row in range(max(0, int(y - ry)), min(height, int(y + ry) + 2)):
        v = (np.float32(row) + np.float32(0.5) - np.float32(y)) / np.float32(ry)
        for column in range(max(0, int(x - rx)), min(width, int(x + rx) + 2)):
            u = (np.float32(column) + np.float32(0.5) - np.float32(x)) / np.float32(rx)
            rest = np.float32(1) - u * u - v * v
            if rest > 0:
                kept = np.float32(1) - np.float32(strength) * rest
                for c in range(3):
                    picture[row, column, c] *= kept


@_kept
def paste(
    picture: np.ndarray,
    ids: np.ndarray,
    number: int,
    planes: np.ndarray,
    middle: tuple[float, float],
    scale: float,
    turn: tuple[float, float],
    mirrored: bool,
    colour: np.ndarray,
    light: tuple[float, float, float],
) -> int:
    """Light a sprite, paste it, and mark its pixels in ``ids``; return how many they are.

    Args:
        picture: float32 ``[H, W, 3]``.
        ids: uint8 ``[H, W]``, of the foremost thing at each pixel.
        number: of this thing in ``ids``.
        planes: uint8 ``[S, S, PLANES]``.
        middle: of the sprite, in pixels of the picture.
        scale: pixels of the picture to one of the sprite.
        turn: cosine and sine of the clockwise angle by which it is turned.
        mirrored: about its vertical axis, before it is turned.
        colour: float32 RGB of the thing.
        light: to the right and downward part of the direction to the light, and its strength.
    """
    height, width = picture.shape[:2]
    side = planes.shape[0]
    half = np.float32(side) * np.float32(0.5)
    reach = half * np.float32(scale) * np.float32(1.25) + np.float32(1)
    x, y = np.float32(middle[0]), np.float32(middle[1])
    cos, sin = np.float32(turn[0]), np.float32(turn[1])
    flip = np.float32(-1) if mirrored else np.float32(1)
    lx, ly, strength = np.float32(light[0]), np.float32(light[1]), np.float32(light[2])
    one, shrink = np.float32(1), np.float32(1) / np.float32(scale)
    texel = np.empty(7, dtype=np.float32)
    marked = 0
    for row in range(max(0, int(y - reach)), min(height, int(y + reach) + 1)):
        dy = np.float32(row) + np.float32(0.5) - y
        for column in range(max(0, int(x - reach)), min(width, int(x + reach) + 1)):
            dx = np.float32(column) + np.float32(0.5) - x
            u = flip * (cos * dx + sin * dy) * shrink + half - np.float32(0.5)
            v = (cos * dy - sin * dx) * shrink + half - np.float32(0.5)
            if u < 0 or v < 0 or u >= side - 1 or v >= side - 1:
                continue
            i, j = int(u), int(v)
            a, b = u - np.float32(i), v - np.float32(j)
            if (
                planes[j, i, 4] == 0
                and planes[j, i + 1, 4] == 0
                and planes[j + 1, i, 4] == 0
                and planes[j + 1, i + 1, 4] == 0
            ):
                continue
            for c in range(7):
                above = (one - a) * np.float32(planes[j, i, c]) + a * np.float32(
                    planes[j, i + 1, c]
                )
                below = (one - a) * np.float32(planes[j + 1, i, c]) + a * np.float32(
                    planes[j + 1, i + 1, c]
                )
                texel[c] = ((one - b) * above + b * below) * np.float32(1 / 255)
            cover = texel[4]
            right = flip * (texel[5] * np.float32(2) - np.float32(256 / 255))
            down = texel[6] * np.float32(2) - np.float32(256 / 255)
            facing = right * lx + down * ly
            lit = one + strength * facing + np.float32(0.10) * (np.float32(0.5) - v / side)
            gloss = facing - np.float32(0.55)
            shine = np.float32(0.22) * strength * cover * gloss if gloss > 0 else np.float32(0)
            for c in range(3):
                shown = (texel[c] + texel[3] * colour[c]) * lit + shine
                picture[row, column, c] = picture[row, column, c] * (one - cover) + shown
            if cover >= np.float32(0.5):
                ids[row, column] = number
                marked += 1
    return marked


@_kept
def measure(ids: np.ndarray, boxes: np.ndarray, seen: np.ndarray) -> None:
    """Find box and number of pixels of each thing in ``ids``.

    Args:
        ids: uint8 ``[H, W]``: 0, or the number of a thing from 1 on.
        boxes: int64 ``[things, 4]`` to fill: left, top, right, bottom, these two exclusive.
        seen: int64 ``[things]`` to fill.
    """
    height, width = ids.shape
    for thing in range(len(seen)):
        seen[thing] = 0
        boxes[thing, 0], boxes[thing, 1] = width, height
        boxes[thing, 2], boxes[thing, 3] = 0, 0
    for y in range(height):
        for x in range(width):
            thing = int(ids[y, x]) - 1
            if thing >= 0:
                seen[thing] += 1
                boxes[thing, 0] = min(boxes[thing, 0], x)
                boxes[thing, 1] = min(boxes[thing, 1], y)
                boxes[thing, 2] = max(boxes[thing, 2], x + 1)
                boxes[thing, 3] = max(boxes[thing, 3], y + 1)


@_kept
def expose(picture: np.ndarray, glow: np.ndarray, image: np.ndarray) -> None:
    """Round float32 ``[H, W, 3]`` times the light's RGB to uint8, after limits of 0 and 1."""
    height, width = picture.shape[:2]
    for y in range(height):
        for x in range(width):
            for c in range(3):
                value = picture[y, x, c] * glow[c]
                value = min(max(value, np.float32(0)), np.float32(1))
                image[y, x, c] = np.uint8(value * np.float32(255) + np.float32(0.5))
