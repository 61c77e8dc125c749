"""What drawings are made of: filled shapes on a square of 100 by 100, x to the right and y down.

A shape's ``paint`` follows the thing's own colour (`TINTS`) or is fixed (`FIXED`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Point = tuple[float, float]

TINTS: dict[str, tuple[float, float]] = {
    "main": (1.0, 0.0),
    "dark": (0.74, 0.0),
    "deep": (0.50, 0.0),
    "light": (0.62, 0.36),
}
"""Paints of a thing's own colour: its weight, and how much white is added to it."""

FIXED: dict[str, tuple[int, int, int]] = {
    "black": (34, 32, 36),
    "white": (244, 243, 238),
    "cream": (240, 222, 184),
    "glass": (150, 196, 222),
    "steel": (158, 164, 172),
    "iron": (92, 96, 104),
    "wood": (134, 90, 54),
    "bark": (104, 72, 48),
    "beak": (238, 152, 48),
    "skin": (232, 184, 148),
    "hair": (84, 56, 38),
    "cloth": (62, 72, 104),
    "leaf": (74, 128, 62),
    "blush": (232, 150, 150),
    "glow": (255, 236, 168),
}
"""Paints that are the same whatever the thing's colour, RGB."""

_STEPS = 8  # points of a curve between two of its knots
_ROUND = 40  # points of an ellipse


@dataclass(frozen=True)
class Shape:
    """A filled outline.

    Attributes:
        paint: one of `TINTS` or `FIXED`.
        outline: corners of the polygon to fill.
        discs: centre and radius of discs to fill too: the round ends of lines.
    """

    paint: str
    outline: tuple[Point, ...]
    discs: tuple[tuple[float, float, float], ...] = ()


Drawing = tuple[Shape, ...]
"""A thing in one pose, facing right; later shapes lie over earlier ones."""


def ellipse(paint: str, x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> Shape:
    """Return an ellipse around ``(x, y)``, turned clockwise by ``turn`` degrees."""
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    around = [2 * math.pi * k / _ROUND for k in range(_ROUND)]
    own = [(rx * math.cos(angle), ry * math.sin(angle)) for angle in around]
    return Shape(paint, tuple((x + cos * u - sin * v, y + sin * u + cos * v) for u, v in own))


def polygon(paint: str, *xy: float) -> Shape:
    """Return a polygon with sharp corners ``x, y, x, y, …``."""
    return Shape(paint, _points(xy))


def blob(paint: str, *xy: float) -> Shape:
    """Return what a smooth closed curve through ``x, y, x, y, …`` encloses."""
    knots = _points(xy)
    around = [knots[-1], *knots, knots[0], knots[1]]
    return Shape(paint, tuple(point for at in range(len(knots)) for point in _curve(around, at)))


def line(paint: str, width: float | tuple[float, float], *xy: float) -> Shape:
    """Return a smooth line through ``x, y, x, y, …`` with round ends.

    ``width`` is one for all of it, or those of its two ends.
    """
    knots = _points(xy)
    ends = [knots[0], *knots, knots[-1]]
    path = [point for at in range(len(knots) - 1) for point in _curve(ends, at)] + [knots[-1]]
    first, last = width if isinstance(width, tuple) else (width, width)
    radii = [(first + (last - first) * k / (len(path) - 1)) / 2 for k in range(len(path))]
    left, right = [], []
    for k, ((x, y), radius) in enumerate(zip(path, radii, strict=True)):
        (ax, ay), (bx, by) = path[max(k - 1, 0)], path[min(k + 1, len(path) - 1)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        u, v = radius * (ay - by) / length, radius * (bx - ax) / length
        left.append((x + u, y + v))
        right.append((x - u, y - v))
    discs = tuple((x, y, radius) for (x, y), radius in zip(path, radii, strict=True))
    return Shape(paint, (*left, *reversed(right)), discs)


def moved(drawing: Drawing, dx: float = 0.0, dy: float = 0.0, scale: float = 1.0) -> Drawing:
    """Return a drawing scaled about the origin, then moved."""
    return tuple(
        Shape(
            shape.paint,
            tuple((scale * x + dx, scale * y + dy) for x, y in shape.outline),
            tuple((scale * x + dx, scale * y + dy, scale * r) for x, y, r in shape.discs),
        )
        for shape in drawing
    )


def _points(xy: tuple[float, ...]) -> tuple[Point, ...]:
    return tuple(zip(xy[::2], xy[1::2], strict=True))


def _curve(knots: list[Point], at: int) -> list[Point]:
    """Return points of a Catmull-Rom curve from knot ``at + 1`` to the one after it."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = knots[at : at + 4]
    points = []
    for step in range(_STEPS):
        t = step / _STEPS
        a, d = -t * (1 - t) ** 2 / 2, -t * t * (1 - t) / 2
        b, c = 1 - 2.5 * t**2 + 1.5 * t**3, 0.5 * t + 2 * t**2 - 1.5 * t**3
        points.append((a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy))
    return points
