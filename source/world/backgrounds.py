"""Backgrounds: places with a far part above a horizon and a ground in perspective below it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linksim.source.world.kernels import add_clouds, add_noise
from linksim.source.world.painting import (
    Colour,
    between,
    gradient,
    ground_grid,
    one_of,
    outline,
    rgb,
    rise,
    whole,
)

_SKIES = (
    ((108, 164, 222), (196, 222, 240)),
    ((126, 182, 224), (226, 232, 228)),
    ((146, 170, 204), (240, 214, 186)),
    ((150, 182, 206), (214, 224, 230)),
)
_WALLS = ((222, 206, 178), (196, 210, 200), (198, 206, 222), (226, 204, 200), (214, 208, 224))


def paint_background(name: str, side: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Return an empty place, float32 ``[side, side, 3]`` in 0..1, and the row of its horizon.

    Raises:
        KeyError: if it is none of `BACKGROUNDS`.
    """
    picture = np.empty((side, side, 3), dtype=np.float32)
    horizon = int(side * between(rng, 0.30, 0.46))
    _PLACES[name](picture, horizon, rng)
    return picture, horizon


def _seed(rng: np.random.Generator) -> int:
    return int(rng.random() * 2**31)


def _sky(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    top, low = _SKIES[whole(rng, 0, len(_SKIES) - 1)]
    gradient(picture, 0, horizon, rgb(*top), rgb(*low))
    add_clouds(picture, horizon, between(rng, 0.2, 0.75), rgb(250, 250, 250), _seed(rng))


def _ground(
    picture: np.ndarray,
    top: int,
    far: Colour,
    near: Colour,
    grains: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    """Fill the ground, with coarse patches and grains; these are across, down and how strong."""
    side = picture.shape[0]
    gradient(picture, top, side, far, near)
    across, down, strength = grains
    add_noise(picture, top, side, 5 * across, 5 * down, 0.8, 0.10, _seed(rng))
    add_noise(picture, top, side, across, down, 0.6, strength, _seed(rng))


def _field(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    _sky(picture, horizon, rng)
    far, near = rgb(138, 172, 168), rgb(112, 158, 98)
    rise(picture, horizon, outline(rng, side, 3, 4, 24, True), far, rgb(160, 190, 176))
    rise(picture, horizon, outline(rng, side, 4, 1, 12, True), near)
    low = one_of(rng, ((112, 162, 72), (98, 150, 66), (130, 164, 78)))
    _ground(picture, horizon, low * np.float32(1.06), low * np.float32(0.8), (3, 5, 0.05), rng)


def _forest(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    gradient(picture, 0, horizon, rgb(150, 178, 130), rgb(196, 206, 156))
    for depth in range(3):
        paint = rgb(142, 152, 112) * np.float32(1 - 0.22 * depth)
        for _ in range(6):
            left, width = whole(rng, -4, side), whole(rng, 2, 4) + 2 * depth
            picture[: horizon + 2 * depth, max(left, 0) : max(left + width, 0)] = paint
    crowns = outline(rng, side, 9, 10, 22, True)
    rows = np.arange(horizon, dtype=np.float32)[:, None]
    cover = (crowns[None] - rows).clip(0, 1)[..., None]
    picture[:horizon] += cover * (rgb(74, 112, 62) - picture[:horizon])
    add_noise(picture, 0, horizon, 7, 5, 0, 0.12, _seed(rng))
    moss = one_of(rng, ((132, 148, 88), (146, 152, 96), (158, 142, 98)))
    _ground(picture, horizon, moss, moss * np.float32(0.78), (4, 3, 0.07), rng)


def _beach(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    _sky(picture, horizon, rng)
    shore = horizon + whole(rng, 10, 20)
    gradient(picture, horizon, shore + 4, rgb(54, 118, 168), rgb(110, 188, 200))
    picture[shore + 4 :] = picture[shore + 3]
    add_noise(picture, horizon, shore + 4, 12, 1.6, 0.7, 0.10, _seed(rng))
    sand = one_of(rng, ((232, 212, 164), (222, 198, 150), (238, 220, 182)))
    foam = shore - 2 + outline(rng, side, 5, -2, 3, True)
    rows = np.arange(horizon, side, dtype=np.float32)[:, None]
    ground = picture.copy()
    _ground(ground, horizon, sand, sand * np.float32(0.9), (2.5, 2, 0.045), rng)
    land = (rows - foam[None]).clip(0, 1)[..., None]
    wash = (1 - np.abs(rows - foam[None]) / 2.2).clip(0, 1)[..., None]
    picture[horizon:] += land * (ground[horizon:] - picture[horizon:])
    picture[horizon:] += wash * (rgb(248, 250, 248) - picture[horizon:])


def _snow(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    gradient(picture, 0, horizon, rgb(142, 176, 212), rgb(220, 230, 238))
    add_clouds(picture, horizon, between(rng, 0.1, 0.5), rgb(246, 248, 250), _seed(rng))
    peaks = outline(rng, side, 4, 8, 36, False) + outline(rng, side, 17, -1.5, 1.5, False)
    rise(picture, horizon, peaks, rgb(236, 242, 248))
    rise(picture, horizon, 0.62 * peaks + outline(rng, side, 20, -4, 4, False), rgb(132, 150, 178))
    rise(picture, horizon, outline(rng, side, 26, 2, 9, False), rgb(74, 98, 104))
    _ground(picture, horizon, rgb(212, 222, 236), rgb(234, 238, 246), (6, 2.5, 0.05), rng)


def _lake(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    _sky(picture, horizon, rng)
    rise(picture, horizon, outline(rng, side, 3, 5, 22, True), rgb(128, 152, 172))
    shore = outline(rng, side, 16, 3, 9, True)
    rise(picture, horizon, shore, rgb(70, 104, 82))
    deep = one_of(rng, ((46, 108, 150), (40, 116, 138), (60, 110, 160)))
    gradient(picture, horizon, side, deep * np.float32(0.7) + 0.25, deep)
    rows = np.arange(horizon, side, dtype=np.float32)[:, None]
    mirrored = ((2 * shore[None] - (rows - horizon)) / 6).clip(0, 1)[..., None]
    picture[horizon:] += 0.45 * mirrored * (rgb(70, 104, 82) - picture[horizon:])
    add_noise(picture, horizon, side, 34, 3.2, 0.85, 0.16, _seed(rng))
    add_noise(picture, horizon, side, 13, 1.8, 0.7, 0.08, _seed(rng))


_FRONTS = ((186, 120, 96), (200, 176, 140), (150, 156, 170), (176, 148, 148), (160, 176, 160))


def _street(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    _sky(picture, horizon, rng)
    left = -whole(rng, 0, 16)
    while left < side:
        width, top = whole(rng, 16, 30), max(2, horizon - whole(rng, 20, 44))
        _front(picture[top:horizon, max(left, 0) : left + width], one_of(rng, _FRONTS), rng)
        left += width
    kerb = horizon + whole(rng, 6, 10)
    gradient(picture, horizon, kerb, rgb(172, 168, 162), rgb(188, 184, 178))
    picture[kerb : kerb + 2] = rgb(142, 140, 138)
    tar = one_of(rng, ((118, 120, 126), (142, 142, 144)))
    _ground(picture, kerb + 2, tar, tar * np.float32(0.86), (2.2, 1.8, 0.04), rng)
    lane = kerb + int((side - kerb) * between(rng, 0.35, 0.6))
    dashes = (np.arange(side) + whole(rng, 0, 27)) % 28 < 16
    picture[lane : lane + 3, dashes] = rgb(226, 222, 208)


def _front(wall: np.ndarray, paint: Colour, rng: np.random.Generator) -> None:
    """Paint the front of a building into its part of the picture."""
    wall[...] = paint
    wall[:2] = paint * np.float32(0.7)
    wall[:, -1:] = paint * np.float32(0.8)
    rows, columns = np.arange(len(wall)), np.arange(wall.shape[1])
    panes = ((rows % 9 >= 4) & (rows < len(wall) - 3))[:, None] & (columns % 7 >= 3)[None]
    lit = rng.random((len(wall) // 9 + 1, wall.shape[1] // 7 + 1), dtype=np.float32) < 0.25
    glow = lit[rows // 9][:, columns // 7]
    wall[panes & ~glow] = rgb(96, 116, 138)
    wall[panes & glow] = rgb(240, 220, 160)


def _wall(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> Colour:
    paint = one_of(rng, _WALLS)
    gradient(picture, 0, horizon, paint * np.float32(0.9), paint)
    return paint


def _opening(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    """Hang a window or a picture on the wall."""
    width, height = whole(rng, 22, 36), whole(rng, 16, 24)
    left, top = whole(rng, 4, picture.shape[1] - width - 4), whole(rng, 3, 8)
    height = min(height, horizon - top - 8)
    frame = picture[top : top + height, left : left + width]
    frame[...] = rgb(246, 244, 238)
    frame[-2:] *= np.float32(0.86)
    inside = frame[2:-2, 2:-2]
    if rng.random() < 0.6:
        gradient(inside, 0, len(inside), rgb(150, 194, 230), rgb(214, 230, 240))
        inside[:, inside.shape[1] // 2 - 1 : inside.shape[1] // 2 + 1] = rgb(246, 244, 238)
    else:
        gradient(inside, 0, len(inside), one_of(rng, _FRONTS), one_of(rng, _WALLS))


def _room(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    paint = _wall(picture, horizon, rng)
    stripes = (np.arange(side) + whole(rng, 0, 15)) % 16 < 8
    picture[:horizon, stripes] *= np.float32(0.96)
    _opening(picture, horizon, rng)
    picture[horizon - 4 : horizon] = paint * np.float32(0.3) + rgb(250, 250, 250) * np.float32(0.7)
    wood = one_of(rng, ((190, 142, 98), (168, 122, 84), (208, 164, 120)))
    gradient(picture, horizon, side, wood * np.float32(0.88), wood)
    across, _, _ = ground_grid(side, side, horizon, 0.45)
    planks = across / 15 + np.float32(64 + rng.random())
    shades = 0.92 + 0.16 * rng.random(128, dtype=np.float32)
    joints = np.where(planks - np.floor(planks) < 0.07, np.float32(0.80), np.float32(1))
    picture[horizon:] *= (shades[planks.astype(np.int64) % 128] * joints)[..., None]
    add_noise(picture, horizon, side, 3, 16, 0.4, 0.05, _seed(rng))
    picture[horizon : horizon + 2] *= np.float32(0.72)


def _kitchen(picture: np.ndarray, horizon: int, rng: np.random.Generator) -> None:
    side = picture.shape[1]
    tile = one_of(rng, ((236, 238, 234), (214, 228, 232), (232, 226, 210)))
    gradient(picture, 0, horizon, tile * np.float32(0.92), tile)
    size, dx, dy = whole(rng, 9, 13), whole(rng, 0, 8), whole(rng, 0, 8)
    joints = (np.arange(side) + dx) % size == 0
    picture[:horizon, joints] *= np.float32(0.86)
    picture[:horizon][(np.arange(horizon) + dy) % size == 0] *= np.float32(0.86)
    band = whole(rng, 8, 16)
    accent = one_of(rng, ((122, 168, 170), (206, 140, 110), (112, 140, 180), (150, 176, 120)))
    picture[horizon - band : horizon - band + 5] = accent
    picture[horizon - 2 : horizon] = rgb(150, 146, 140)
    across, away, _ = ground_grid(side, side, horizon, 0.4)
    checks = (np.floor(across / 20 + 64) + np.floor(away / 4.6)) % 2 == 0
    light, dark = (
        one_of(rng, ((226, 220, 208), (214, 216, 220))),
        accent * np.float32(0.4) + np.float32(0.42),
    )
    picture[horizon:] = np.where(checks[..., None], light, dark)
    shade = np.float32(0.84) + np.float32(0.16) * (
        np.arange(side - horizon, dtype=np.float32) / np.float32(side - horizon)
    )
    picture[horizon:] *= shade[:, None, None]


_PLACES: dict[str, Callable[[np.ndarray, int, np.random.Generator], None]] = {
    "field": _field,
    "forest": _forest,
    "beach": _beach,
    "snow": _snow,
    "lake": _lake,
    "street": _street,
    "room": _room,
    "kitchen": _kitchen,
}

BACKGROUNDS: tuple[str, ...] = tuple(_PLACES)
