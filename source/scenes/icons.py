"""The icons of the embedded world, as data: each kind of thing is a list of filled shapes.

Coordinates are fractions of the icon's square, x to the right and y down. A shape's ``paint``
names a fixed colour (``wood``, ``glass`` …) or follows the thing's own colour (``main``, ``dark``,
``light``); ``hole`` cuts through to what lies behind.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Ellipse:
    """Filled ellipse inside the box from ``(left, top)`` to ``(right, bottom)``."""

    left: float
    top: float
    right: float
    bottom: float
    paint: str


@dataclass(frozen=True)
class Polygon:
    """Filled polygon through ``points``."""

    points: tuple[Point, ...]
    paint: str


@dataclass(frozen=True)
class Stroke:
    """Line through ``points``, ``width`` thick."""

    points: tuple[Point, ...]
    width: float
    paint: str


Shape = Ellipse | Polygon | Stroke

ICONS: dict[str, tuple[Shape, ...]] = {
    "horse": (
        Stroke(((0.3, 0.55), (0.27, 0.97)), 0.09, "main"),
        Stroke(((0.4, 0.55), (0.42, 0.97)), 0.09, "dark"),
        Stroke(((0.68, 0.55), (0.66, 0.97)), 0.09, "dark"),
        Stroke(((0.76, 0.5), (0.8, 0.97)), 0.09, "main"),
        Ellipse(0.2, 0.36, 0.85, 0.66, "main"),
        Polygon(((0.66, 0.5), (0.8, 0.08), (0.92, 0.1), (0.86, 0.5)), "main"),
        Polygon(((0.78, 0.08), (0.98, 0.22), (0.98, 0.33), (0.84, 0.27)), "main"),
        Stroke(((0.7, 0.4), (0.8, 0.04)), 0.08, "dark"),
        Stroke(((0.22, 0.45), (0.08, 0.52), (0.06, 0.8)), 0.08, "dark"),
        Ellipse(0.85, 0.13, 0.9, 0.18, "black"),
    ),
    "dog": (
        Stroke(((0.22, 0.65), (0.22, 0.95)), 0.1, "main"),
        Stroke(((0.34, 0.65), (0.34, 0.95)), 0.1, "dark"),
        Stroke(((0.62, 0.65), (0.62, 0.95)), 0.1, "dark"),
        Stroke(((0.73, 0.65), (0.73, 0.95)), 0.1, "main"),
        Polygon(((0.14, 0.5), (0.76, 0.5), (0.78, 0.74), (0.14, 0.74)), "main"),
        Stroke(((0.16, 0.55), (0.03, 0.28)), 0.08, "main"),
        Ellipse(0.58, 0.2, 0.9, 0.56, "main"),
        Polygon(((0.8, 0.34), (1, 0.38), (1, 0.5), (0.8, 0.53)), "main"),
        Polygon(((0.56, 0.22), (0.7, 0.2), (0.66, 0.56), (0.54, 0.52)), "dark"),
        Ellipse(0.94, 0.36, 1.0, 0.43, "black"),
        Ellipse(0.78, 0.3, 0.84, 0.36, "black"),
    ),
    "cat": (
        Ellipse(0.2, 0.45, 0.8, 0.98, "main"),
        Stroke(((0.76, 0.9), (0.97, 0.82), (0.95, 0.5)), 0.08, "dark"),
        Ellipse(0.24, 0.12, 0.76, 0.56, "main"),
        Polygon(((0.25, 0.34), (0.24, 0.0), (0.46, 0.17)), "main"),
        Polygon(((0.75, 0.34), (0.76, 0.0), (0.54, 0.17)), "main"),
        Ellipse(0.34, 0.27, 0.43, 0.38, "eye"),
        Ellipse(0.57, 0.27, 0.66, 0.38, "eye"),
        Polygon(((0.46, 0.4), (0.54, 0.4), (0.5, 0.46)), "black"),
        Stroke(((0.4, 0.7), (0.4, 0.97)), 0.05, "dark"),
        Stroke(((0.6, 0.7), (0.6, 0.97)), 0.05, "dark"),
    ),
    "bird": (
        Stroke(((0.45, 0.75), (0.42, 0.97)), 0.05, "beak"),
        Stroke(((0.55, 0.75), (0.55, 0.97)), 0.05, "beak"),
        Ellipse(0.2, 0.35, 0.74, 0.8, "main"),
        Polygon(((0.28, 0.5), (0.0, 0.35), (0.05, 0.62), (0.3, 0.68)), "dark"),
        Ellipse(0.58, 0.12, 0.88, 0.44, "main"),
        Polygon(((0.84, 0.22), (1.0, 0.3), (0.84, 0.36)), "beak"),
        Polygon(((0.28, 0.48), (0.62, 0.46), (0.4, 0.72)), "dark"),
        Ellipse(0.72, 0.2, 0.79, 0.27, "black"),
    ),
    "fish": (
        Ellipse(0.22, 0.26, 0.98, 0.74, "main"),
        Polygon(((0.3, 0.5), (0.0, 0.2), (0.06, 0.5), (0.0, 0.8)), "dark"),
        Polygon(((0.5, 0.3), (0.62, 0.1), (0.74, 0.3)), "dark"),
        Stroke(((0.72, 0.34), (0.68, 0.5), (0.72, 0.66)), 0.05, "dark"),
        Ellipse(0.8, 0.38, 0.88, 0.47, "white"),
        Ellipse(0.83, 0.4, 0.87, 0.45, "black"),
    ),
    "car": (
        Polygon(((0.2, 0.52), (0.32, 0.26), (0.7, 0.26), (0.84, 0.52)), "main"),
        Polygon(((0.28, 0.5), (0.36, 0.32), (0.49, 0.32), (0.49, 0.5)), "glass"),
        Polygon(((0.54, 0.5), (0.54, 0.32), (0.67, 0.32), (0.76, 0.5)), "glass"),
        Polygon(((0.02, 0.5), (0.98, 0.5), (0.98, 0.76), (0.02, 0.76)), "main"),
        Ellipse(0.12, 0.62, 0.36, 0.9, "black"),
        Ellipse(0.64, 0.62, 0.88, 0.9, "black"),
        Ellipse(0.19, 0.7, 0.29, 0.82, "steel"),
        Ellipse(0.71, 0.7, 0.81, 0.82, "steel"),
    ),
    "boat": (
        Stroke(((0.5, 0.68), (0.5, 0.02)), 0.05, "wood"),
        Polygon(((0.54, 0.05), (0.92, 0.6), (0.54, 0.6)), "white"),
        Polygon(((0.46, 0.16), (0.14, 0.6), (0.46, 0.6)), "white"),
        Polygon(((0.02, 0.68), (0.98, 0.68), (0.8, 0.96), (0.2, 0.96)), "main"),
    ),
    "house": (
        Polygon(((0.12, 0.45), (0.88, 0.45), (0.88, 0.97), (0.12, 0.97)), "main"),
        Polygon(((0.02, 0.48), (0.5, 0.05), (0.98, 0.48)), "wood"),
        Polygon(((0.42, 0.66), (0.6, 0.66), (0.6, 0.97), (0.42, 0.97)), "black"),
        Polygon(((0.2, 0.55), (0.35, 0.55), (0.35, 0.72), (0.2, 0.72)), "glass"),
        Polygon(((0.67, 0.55), (0.82, 0.55), (0.82, 0.72), (0.67, 0.72)), "glass"),
    ),
    "tree": (
        Polygon(((0.43, 0.6), (0.57, 0.6), (0.6, 0.99), (0.4, 0.99)), "wood"),
        Ellipse(0.08, 0.25, 0.56, 0.7, "main"),
        Ellipse(0.44, 0.25, 0.92, 0.7, "main"),
        Ellipse(0.22, 0.0, 0.78, 0.5, "main"),
        Ellipse(0.34, 0.12, 0.46, 0.24, "light"),
        Ellipse(0.6, 0.36, 0.72, 0.48, "dark"),
        Ellipse(0.24, 0.42, 0.36, 0.54, "dark"),
    ),
    "person": (
        Stroke(((0.43, 0.6), (0.38, 0.98)), 0.13, "trousers"),
        Stroke(((0.57, 0.6), (0.62, 0.98)), 0.13, "trousers"),
        Polygon(((0.34, 0.3), (0.66, 0.3), (0.64, 0.66), (0.36, 0.66)), "main"),
        Stroke(((0.36, 0.34), (0.2, 0.6)), 0.1, "main"),
        Stroke(((0.64, 0.34), (0.8, 0.6)), 0.1, "main"),
        Ellipse(0.37, 0.02, 0.63, 0.3, "skin"),
        Polygon(((0.37, 0.14), (0.4, 0.02), (0.6, 0.02), (0.63, 0.14)), "wood"),
    ),
    "cup": (
        Ellipse(0.6, 0.32, 0.98, 0.74, "main"),
        Ellipse(0.68, 0.42, 0.88, 0.64, "hole"),
        Polygon(((0.1, 0.2), (0.76, 0.2), (0.7, 0.92), (0.16, 0.92)), "main"),
        Ellipse(0.1, 0.1, 0.76, 0.3, "light"),
        Ellipse(0.16, 0.14, 0.7, 0.26, "wood"),
    ),
    "plane": (
        Polygon(((0.05, 0.5), (0.0, 0.2), (0.12, 0.2), (0.26, 0.44)), "dark"),
        Ellipse(0.05, 0.4, 0.98, 0.64, "main"),
        Polygon(((0.4, 0.5), (0.62, 0.52), (0.36, 0.95), (0.24, 0.95)), "dark"),
        Polygon(((0.44, 0.44), (0.62, 0.44), (0.44, 0.12), (0.34, 0.12)), "dark"),
        Ellipse(0.8, 0.44, 0.92, 0.52, "glass"),
        Ellipse(0.62, 0.46, 0.68, 0.52, "white"),
        Ellipse(0.5, 0.46, 0.56, 0.52, "white"),
    ),
}
