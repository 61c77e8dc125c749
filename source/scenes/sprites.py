"""Icons drawn as small anti-aliased sprites."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from linksim.source.scenes.icons import ICONS, Ellipse, Polygon, Shape, Stroke

RGB = tuple[int, int, int]

COLOURS: dict[str, RGB] = {
    "red": (215, 35, 35),
    "orange": (245, 140, 25),
    "yellow": (245, 225, 50),
    "green": (25, 130, 45),
    "blue": (40, 80, 220),
    "purple": (140, 50, 170),
    "white": (245, 245, 245),
    "black": (35, 35, 40),
}
_FIXED_PAINT: dict[str, RGB] = {
    "black": (20, 20, 20),
    "white": (250, 250, 250),
    "glass": (170, 215, 240),
    "steel": (190, 190, 190),
    "wood": (120, 75, 40),
    "beak": (240, 150, 40),
    "eye": (235, 240, 90),
    "skin": (235, 190, 150),
    "trousers": (60, 65, 90),
}
_DARK_OUTLINE: RGB = (25, 25, 30)
_LIGHT_OUTLINE: RGB = (225, 225, 225)

_MASTER = 224  # pixels a side of the drawing that every sprite is shrunk from
_MARGIN = 0.05  # keeps the outline inside the square
_OUTLINE = 0.035  # outline width, as a share of the side


@lru_cache(maxsize=4096)
def sprite(kind: str, colour: str, size: int) -> np.ndarray:
    """Return a thing as float32 RGBA ``[size, size, 4]`` in 0..1, colour premultiplied by alpha.

    Raises:
        KeyError: if ``kind`` or ``colour`` is not of this world.
    """
    image = _master(kind, colour).resize((size, size), Image.Resampling.BOX)
    rgba = np.asarray(image, dtype=np.float32) / 255
    rgba[..., :3] *= rgba[..., 3:]
    rgba.setflags(write=False)
    return rgba


@lru_cache(maxsize=128)
def _master(kind: str, colour: str) -> Image.Image:
    base = COLOURS[colour]
    outline = _LIGHT_OUTLINE if _luminance(base) < 60 else _DARK_OUTLINE
    image = Image.new("RGBA", (_MASTER, _MASTER), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for shape in ICONS[kind]:
        if shape.paint != "hole":
            _fill(draw, shape, (*outline, 255), grow=_OUTLINE * _MASTER)
    for shape in ICONS[kind]:
        paint = (0, 0, 0, 0) if shape.paint == "hole" else (*_paint(shape.paint, base), 255)
        _fill(draw, shape, paint)
    return image


def _fill(
    draw: ImageDraw.ImageDraw, shape: Shape, fill: tuple[int, ...], grow: float = 0.0
) -> None:
    match shape:
        case Ellipse(left, top, right, bottom):
            (x0, y0), (x1, y1) = _pixels(((left, top), (right, bottom)))
            draw.ellipse((x0 - grow, y0 - grow, x1 + grow, y1 + grow), fill=fill)
        case Polygon(points):
            corners = _pixels(points)
            draw.polygon(corners, fill=fill)
            if grow:
                around = [*corners, *corners[:2]]
                draw.line(around, fill=fill, width=round(2 * grow), joint="curve")
        case Stroke(points, width):
            thick = width * _MASTER * (1 - 2 * _MARGIN) + 2 * grow
            draw.line(_pixels(points), fill=fill, width=round(thick), joint="curve")


def _pixels(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    scale, offset = _MASTER * (1 - 2 * _MARGIN), _MASTER * _MARGIN
    return [(offset + scale * x, offset + scale * y) for x, y in points]


def _paint(name: str, base: RGB) -> RGB:
    if name == "main":
        return base
    if name == "dark":
        return _mix(base, 0.68, 0) if sum(base) > 150 else _mix(base, 1.0, 45)
    if name == "light":
        return _mix(base, 0.6, 102)
    return _FIXED_PAINT[name]


def _mix(base: RGB, gain: float, lift: float) -> RGB:
    red, green, blue = (min(255, int(gain * channel + lift)) for channel in base)
    return red, green, blue


def _luminance(colour: RGB) -> float:
    return float(np.dot(colour, (0.3, 0.59, 0.11)))
