"""Scenes: pictures of many things, drawn from a seed, with exact truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from linksim.source.world.backgrounds import BACKGROUNDS, paint_background
from linksim.source.world.colours import COLOURS, shade_of
from linksim.source.world.kernels import cast_shadow, expose, measure, paste
from linksim.source.world.kinds import KINDS, LETTERS, SIGN
from linksim.source.world.layout import Place, arrange
from linksim.source.world.painting import between, rgb
from linksim.source.world.sprites import SIDES, drawn_share, sprite

SIDE = 128
"""Width and height of a scene in pixels."""
FEWEST, MOST = 4, 10
"""Things in a scene."""

_LEAST_SEEN = 0.55  # of a thing's pixels; what would show less is left out
_MOST_TEXELS = 1.42  # pixels of a sprite to one of the picture
_TINTS = ((255, 240, 222), (255, 255, 255), (236, 244, 255))  # of the light: warm to cool

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Thing:
    """One thing in a scene.

    Attributes:
        kind: its name, one of `KINDS`.
        colour: one of `COLOURS`.
        box: tight box ``(left, top, right, bottom)`` of what is seen of it, in pixels, right and
            bottom exclusive.
        letter: what a sign shows, one of `LETTERS`; empty for all else.
        pose: number of its drawing.
    """

    kind: str
    colour: str
    box: Box
    letter: str = ""
    pose: int = 0

    @property
    def centre(self) -> tuple[float, float]:
        """Centre ``(x, y)`` of the box in pixels."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    @property
    def size(self) -> int:
        """The longer side of the box in pixels."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)


@dataclass(frozen=True)
class Scene:
    """A picture and what is in it.

    Attributes:
        image: uint8 RGB ``[SIDE, SIDE, 3]``.
        things: from the farthest to the nearest; later ones lie before earlier ones.
        background: one of `BACKGROUNDS`.
        ids: uint8 ``[SIDE, SIDE]``: the foremost thing at each pixel, its place in ``things`` plus
            1, or 0 for the background.
    """

    image: np.ndarray
    things: tuple[Thing, ...]
    background: str
    ids: np.ndarray

    def count(self, kind: str) -> int:
        """Return how many things of this kind the scene shows."""
        return sum(thing.kind == kind for thing in self.things)

    def mask(self, place: int) -> np.ndarray:
        """Return where the thing at a place in `things` is seen, bool ``[SIDE, SIDE]``."""
        return np.asarray(self.ids == place + 1)


def draw_scene(seed: int, number: int, kinds: Sequence[str] = KINDS) -> Scene:
    """Draw scene ``number`` of the endless series that ``seed`` names.

    The draw depends on ``(seed, number, kinds)`` alone, so that any part of the series can be made
    again in any order. ``kinds`` limits what may appear; it keeps kinds out of training.
    """
    rng = np.random.Generator(np.random.Philox(key=[seed, 2], counter=[0, 0, number, 0]))
    background = BACKGROUNDS[int(rng.random() * len(BACKGROUNDS))]
    empty, horizon = paint_background(background, SIDE, rng)
    filled = _fill(empty, horizon, kinds, rng)
    while len(filled.things) < FEWEST:
        filled = _fill(empty, horizon, kinds, rng)
    image = np.empty((SIDE, SIDE, 3), dtype=np.uint8)
    expose(filled.picture, _glow(rng), image)
    return Scene(image, filled.things, background, filled.ids)


class _Filled(NamedTuple):
    """A place with things in it: float32 ``[SIDE, SIDE, 3]``, and as in `Scene`."""

    picture: np.ndarray
    things: tuple[Thing, ...]
    ids: np.ndarray


def _fill(
    empty: np.ndarray, horizon: int, kinds: Sequence[str], rng: np.random.Generator
) -> _Filled:
    """Put things into an empty place; those of which others hide too much are left out."""
    places = arrange(rng, SIDE, horizon, kinds, (FEWEST, MOST))
    light = (between(rng, -0.7, 0.7), -0.7, between(rng, 0.26, 0.42))
    paints = [shade_of(place.colour, float(rng.random())) for place in places]
    while True:
        picture, ids = empty.copy(), np.zeros((SIDE, SIDE), dtype=np.uint8)
        whole = _compose(picture, ids, places, paints, light)
        boxes, seen = np.empty((len(places), 4), np.int64), np.empty(len(places), np.int64)
        measure(ids, boxes, seen)
        kept = seen >= _LEAST_SEEN * whole
        if kept.all():
            break
        places = [place for place, keep in zip(places, kept, strict=True) if keep]
        paints = [paint for paint, keep in zip(paints, kept, strict=True) if keep]
    boxed = zip(places, boxes.tolist(), strict=True)
    return _Filled(picture, tuple(_thing(place, box) for place, box in boxed), ids)


def _glow(rng: np.random.Generator) -> np.ndarray:
    """Draw the colour and brightness of a scene's light."""
    place = between(rng, 0, 2)
    first, part = int(place), np.float32(place % 1)
    tint = rgb(*_TINTS[first]) * (1 - part) + rgb(*_TINTS[first + 1]) * part
    return np.asarray(tint * np.float32(between(rng, 0.9, 1.04)), dtype=np.float32)


def _compose(
    picture: np.ndarray,
    ids: np.ndarray,
    places: Sequence[Place],
    paints: Sequence[np.ndarray],
    light: tuple[float, float, float],
) -> np.ndarray:
    """Draw things and their shadows over an empty place; return how many pixels each takes."""
    whole = np.empty(len(places), dtype=np.int64)
    for number, (place, paint) in enumerate(zip(places, paints, strict=True), 1):
        if place.on_ground:
            x, y = place.x - light[0] * 0.22 * place.size, place.base + place.hover * place.size
            cast_shadow(picture, x, y - 1, 0.62 * place.width + 2, 0.12 * place.size + 1.5, 0.5)
        planes = _level(place)
        scale = place.size / (drawn_share() * planes.shape[0])
        middle = (place.x, place.base - scale * planes.shape[0] * (drawn_share() / 2))
        whole[number - 1] = paste(
            picture, ids, number, planes, middle, scale, place.turn, place.mirrored, paint, light
        )
    return whole


def _level(place: Place) -> np.ndarray:
    """Return a sprite at the level whose pixels come nearest to the picture's."""
    too_fine = sum(side > _MOST_TEXELS * place.size for side in SIDES[:-1])
    return sprite(place.kind, place.pose)[too_fine]


def _thing(place: Place, box: Sequence[int]) -> Thing:
    left, top, right, bottom = box
    letter = LETTERS[place.pose // 2] if place.kind == SIGN else ""
    return Thing(place.kind, place.colour, (left, top, right, bottom), letter, place.pose)


__all__ = ["BACKGROUNDS", "COLOURS", "FEWEST", "MOST", "SIDE", "Scene", "Thing", "draw_scene"]
