"""Scenes: small pictures of a few things, drawn from a seed, with exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksim.source.scenes.backgrounds import BACKGROUNDS, paint_background
from linksim.source.scenes.icons import ICONS
from linksim.source.scenes.sprites import COLOURS, sprite

SIDE = 64
"""Width and height of a scene in pixels."""

KINDS: tuple[str, ...] = tuple(ICONS)
ANIMALS: tuple[str, ...] = ("horse", "dog", "cat", "bird", "fish")

_COLOUR_NAMES = tuple(COLOURS)
_THINGS = (2, 4)  # fewest and most things in a scene
_SIZES = (18, 28)  # smallest and largest sprite, in pixels
_MAX_OVERLAP = 0.10  # of the smaller of two sprites' squares
_TRIES = 60  # places tried before a scene stays with fewer things


@dataclass(frozen=True)
class Thing:
    """One thing in a scene.

    Attributes:
        kind: its name, one of `KINDS`.
        colour: one of `COLOURS`.
        box: tight box ``(left, top, right, bottom)`` in pixels, right and bottom exclusive.
    """

    kind: str
    colour: str
    box: tuple[int, int, int, int]

    @property
    def centre(self) -> tuple[float, float]:
        """Centre ``(x, y)`` of the box in pixels."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True)
class Scene:
    """A picture, uint8 RGB ``[SIDE, SIDE, 3]``, and what is in it, later things in front."""

    image: np.ndarray
    things: tuple[Thing, ...]
    background: str

    def count(self, kind: str) -> int:
        """Return how many things of this kind the scene shows."""
        return sum(thing.kind == kind for thing in self.things)


def draw_scene(seed: int, number: int, kinds: Sequence[str] = KINDS) -> Scene:
    """Draw scene ``number`` of the endless series that ``seed`` names.

    The draw depends on ``(seed, number, kinds)`` alone, so that any part of the series can be made
    again in any order. ``kinds`` limits what may appear; it keeps kinds out of training.
    """
    rng = np.random.Generator(np.random.Philox(key=[seed, 0], counter=[0, 0, number, 0]))
    background = pick(rng, BACKGROUNDS)
    picture = paint_background(background, SIDE, rng)
    repeated = pick(rng, kinds) if rng.random() < 0.5 else None
    wanted = int(rng.integers(_THINGS[0], _THINGS[1] + 1))
    things: list[Thing] = []
    squares: list[tuple[int, int, int]] = []
    for _ in range(_TRIES):
        if len(things) == wanted:
            break
        size = int(rng.integers(_SIZES[0], _SIZES[1] + 1))
        x, y = (int(v) for v in rng.integers(0, SIDE - size + 1, 2))
        if any(_overlap((x, y, size), other) > _MAX_OVERLAP for other in squares):
            continue
        kind = repeated if repeated and rng.random() < 0.6 else pick(rng, kinds)
        colour = pick(rng, _COLOUR_NAMES)
        things.append(_paste(picture, kind, colour, (x, y, size), mirrored=rng.random() < 0.5))
        squares.append((x, y, size))
    image = np.rint(picture.clip(0, 1) * 255).astype(np.uint8)
    return Scene(image, tuple(things), background)


def pick(rng: np.random.Generator, names: Sequence[str]) -> str:
    """Draw one of ``names``, each as likely."""
    return names[int(rng.integers(len(names)))]


def _overlap(a: tuple[int, int, int], b: tuple[int, int, int]) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[2], b[1] + b[2]) - max(a[1], b[1])
    return max(width, 0) * max(height, 0) / min(a[2], b[2]) ** 2


def _paste(
    picture: np.ndarray, kind: str, colour: str, square: tuple[int, int, int], mirrored: bool
) -> Thing:
    """Draw a thing over ``picture`` in place and return it with its tight box."""
    x, y, size = square
    rgba = sprite(kind, colour, size)
    if mirrored:
        rgba = rgba[:, ::-1]
    patch = picture[y : y + size, x : x + size]
    patch[...] = patch * (1 - rgba[..., 3:]) + rgba[..., :3]
    rows = np.flatnonzero((rgba[..., 3] > 0.5).any(axis=1))
    columns = np.flatnonzero((rgba[..., 3] > 0.5).any(axis=0))
    box = (x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1)
    return Thing(kind, colour, box)
