"""Where the things of a scene stand, how large they are and which way they look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from linksim.source.world.colours import COLOURS
from linksim.source.world.kinds import DRAWINGS, SIGN
from linksim.source.world.painting import between, whole
from linksim.source.world.sprites import extent

SMALLEST, LARGEST = 22.0, 62.0
"""Longer side of a thing in pixels."""

_MOST_OVERLAP = 0.22  # of the smaller of two boxes
_TRIES = 60  # places tried before a scene stays with fewer things than wanted
_TRIES_OF_ONE = 20  # places tried of one thing before another is drawn
_SHRINKING = 0.97  # of the largest size, with each place that is taken already
_REPEATED = 0.6  # share of scenes in which one kind is repeated
_REPEATS = 0.45  # share of their things that are of that kind
_LEAN = 0.14  # tangent of half the largest angle by which a thing is turned
_FLYING = {
    "bird": (1,),
    "plane": (0, 1, 2),
    "balloon": (0, 1, 2),
    "butterfly": (0, 1),
}
"""Poses of kinds that may be in the air."""
_HOVERING = {"fish": 0.08, "butterfly": 0.12, "balloon": 0.1, "plane": 0.08, "bird": 0.0}
"""How high kinds float over their shadow, in their size."""
_COLOUR_NAMES = tuple(COLOURS)


Edges = tuple[float, float, float, float]


class _Spot(NamedTuple):
    """Where a thing stands: box, longer side, whether on the ground, how high over its shadow."""

    box: Edges
    size: float
    on_ground: bool
    hover: float


class Place(NamedTuple):
    """A thing before it is drawn.

    Attributes:
        kind, pose, colour: which drawing, and its colour's name.
        box: left, top, right and bottom in pixels, before it is turned.
        size: longer side of its box, in pixels.
        on_ground: whether it casts a shadow.
        hover: how high it is over its shadow, in its size.
        turn: cosine and sine of the angle by which it is turned.
        mirrored: looks to the left.
    """

    kind: str
    pose: int
    colour: str
    box: Edges
    size: float
    on_ground: bool
    hover: float
    turn: tuple[float, float]
    mirrored: bool

    @property
    def x(self) -> float:
        """Middle of its box, in pixels."""
        return (self.box[0] + self.box[2]) / 2

    @property
    def base(self) -> float:
        """Row of the bottom of its box."""
        return self.box[3]

    @property
    def width(self) -> float:
        """Width of its box, in pixels."""
        return self.box[2] - self.box[0]


def arrange(
    rng: np.random.Generator,
    side: int,
    horizon: int,
    kinds: Sequence[str],
    numbers: tuple[int, int],
) -> list[Place]:
    """Draw the things of a scene, from the farthest to the nearest.

    Args:
        side: of the picture, in pixels.
        horizon: row below which the ground is.
        kinds: that may appear.
        numbers: fewest and most things; places are tried until there are the fewest.
    """
    wanted = whole(rng, *numbers)
    repeated = _pick(rng, kinds) if rng.random() < _REPEATED else None
    places: list[Place] = []
    largest, tries = LARGEST, 0
    while len(places) < wanted and (tries < _TRIES or len(places) < numbers[0]):
        kind = _kind(rng, kinds, repeated)
        pose = int(rng.random() * len(DRAWINGS[kind]))
        boxes = [place.box for place in places]
        for _ in range(_TRIES_OF_ONE):
            tries += 1
            spot = _spot(rng, side, horizon, kind, pose, largest)
            if all(_overlap(spot.box, box) <= _MOST_OVERLAP for box in boxes):
                places.append(_place(rng, kind, pose, spot))
                break
            largest = max(_SHRINKING * largest, 1.2 * SMALLEST)
    return sorted(places, key=lambda place: (place.on_ground, place.base))


def _kind(rng: np.random.Generator, kinds: Sequence[str], repeated: str | None) -> str:
    return repeated if repeated and rng.random() < _REPEATS else _pick(rng, kinds)


def _pick(rng: np.random.Generator, names: Sequence[str]) -> str:
    return names[int(rng.random() * len(names))]


def _spot(
    rng: np.random.Generator, side: int, horizon: int, kind: str, pose: int, largest: float
) -> _Spot:
    size = SMALLEST * (largest / SMALLEST) ** float(rng.random())
    wide, high = extent(kind, pose)
    width, height = wide * size, high * size
    flying = pose in _FLYING.get(kind, ()) and horizon > 0.8 * height and rng.random() < 0.7
    hover = 0.0 if flying else _HOVERING.get(kind, 0.0)
    if flying:
        base = between(rng, height + 2, max(height + 2, horizon + 0.3 * height))
    else:
        low = side - 2 - hover * size
        base = between(rng, min(max(horizon + 0.22 * height, height + 2), low), low)
    x = between(rng, width / 2 + 2, side - width / 2 - 2)
    return _Spot((x - width / 2, base - height, x + width / 2, base), size, not flying, hover)


def _place(rng: np.random.Generator, kind: str, pose: int, spot: _Spot) -> Place:
    lean = between(rng, -_LEAN, _LEAN) * (0.35 if kind == SIGN else 1.0)
    turn = ((1 - lean**2) / (1 + lean**2), 2 * lean / (1 + lean**2))
    mirrored = kind != SIGN and rng.random() < 0.5
    return Place(kind, pose, _pick(rng, _COLOUR_NAMES), *spot, turn, mirrored)


def _overlap(a: Edges, b: Edges) -> float:
    """Return the common area of two boxes as a share of the smaller one."""
    if a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3]:
        return 0.0
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / smaller
