"""The backgrounds of the embedded world: grass, sea, road and room."""

from __future__ import annotations

import numpy as np

BACKGROUNDS = ("grass", "sea", "road", "room")

_SKY = np.array([0.68, 0.84, 0.96], dtype=np.float32)
_WALL = np.array([0.93, 0.86, 0.74], dtype=np.float32)
_GROUND = {
    "grass": np.array([0.50, 0.72, 0.38], dtype=np.float32),
    "sea": np.array([0.25, 0.55, 0.68], dtype=np.float32),
    "road": np.array([0.55, 0.55, 0.56], dtype=np.float32),
    "room": np.array([0.72, 0.55, 0.38], dtype=np.float32),
}


def paint_background(name: str, side: int, rng: np.random.Generator) -> np.ndarray:
    """Return an empty scene, a textured ground below a sky, float32 ``[side, side, 3]`` in 0..1.

    The horizon, the brightness of both halves and the phase of the texture are drawn from ``rng``.
    """
    horizon = int(rng.integers(round(0.31 * side), round(0.53 * side)))
    sky_light, ground_light = rng.uniform(0.9, 1.0), rng.uniform(0.9, 1.1)
    phase = rng.uniform(0, 2 * np.pi)
    x = np.arange(side, dtype=np.float32)[None, :]
    y = np.arange(side, dtype=np.float32)[:, None]

    sky_shade = sky_light * (0.85 + 0.15 * y[:horizon] / horizon) * np.ones_like(x)
    if name == "room":
        sky_shade = sky_shade * np.where((x // 8) % 2 == 0, 0.95, 1.0)
    depth = y[horizon:] - horizon
    ground_shade = ground_light * (1 - 0.15 * depth / (side - horizon))
    texture = _texture(name, x, y[horizon:], depth, side - horizon, phase)

    picture = np.empty((side, side, 3), dtype=np.float32)
    picture[:horizon] = sky_shade[..., None] * (_WALL if name == "room" else _SKY)
    picture[horizon:] = ground_shade[..., None] * _GROUND[name] + texture[..., None]
    return picture


def _texture(
    name: str, x: np.ndarray, y: np.ndarray, depth: np.ndarray, height: int, phase: float
) -> np.ndarray:
    flat = np.zeros_like(x + y)
    if name == "grass":
        return np.asarray(0.05 * np.sin(1.7 * x + phase + 2.3 * y))
    if name == "sea":
        return np.asarray(0.07 * np.sin(0.9 * y + 0.5 * np.sin(0.3 * x + phase)))
    if name == "road":
        dashes = (np.abs(depth - height // 2) <= 1) & (((x + int(3 * phase)) // 8) % 2 == 0)
        return np.asarray(np.where(dashes, 0.35, flat) - np.where(depth < 2, 0.15, 0.0))
    return np.asarray(flat - np.where(depth % 6 == 0, 0.12, 0.0))
