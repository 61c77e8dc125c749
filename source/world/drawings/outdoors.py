"""Drawings of houses, trees, flowers, mushrooms, people and signs."""

from __future__ import annotations

import math

from linksim.source.world.shapes import Drawing, Shape, blob, ellipse, line, moved, polygon


def _box(paint: str, left: float, top: float, right: float, bottom: float) -> Shape:
    return polygon(paint, left, top, right, top, right, bottom, left, bottom)


def _window(left: float, top: float, width: float, height: float) -> tuple[Shape, ...]:
    x, y = left + width / 2, top + height / 2
    return (
        _box("white", left - 2, top - 2, left + width + 2, top + height + 2),
        _box("glass", left, top, left + width, top + height),
        line("white", 1.8, x, top, x, top + height),
        line("white", 1.8, left, y, left + width, y),
    )


HOUSE: tuple[Drawing, ...] = (
    (
        _box("bark", 68, 14, 78, 40),
        _box("main", 12, 44, 88, 98),
        polygon("bark", 2, 48, 50, 8, 98, 48),
        _box("wood", 42, 66, 60, 98),
        ellipse("glow", 56, 83, 1.8, 1.8),
        *_window(20, 58, 14, 16),
        *_window(68, 58, 14, 16),
    ),
    (
        _box("main", 24, 34, 76, 98),
        polygon("iron", 16, 36, 50, 4, 84, 36),
        _box("wood", 42, 76, 58, 98),
        *_window(32, 44, 12, 14),
        *_window(56, 44, 12, 14),
        *_window(29, 72, 9, 12),
        *_window(62, 72, 9, 12),
    ),
    (
        _box("dark", 56, 46, 97, 96),
        polygon("bark", 50, 48, 64, 28, 100, 28, 100, 48),
        _box("main", 6, 44, 58, 98),
        polygon("wood", 0, 48, 32, 16, 64, 48),
        _box("bark", 24, 70, 40, 98),
        ellipse("glass", 32, 54, 6, 6),
        *_window(70, 60, 16, 14),
    ),
)

TREE: tuple[Drawing, ...] = (
    (
        line("bark", (9, 15), 50, 56, 50, 97),
        ellipse("dark", 28, 46, 22, 20),
        ellipse("dark", 72, 46, 22, 20),
        ellipse("main", 50, 28, 28, 25),
        ellipse("main", 38, 48, 19, 17),
        ellipse("main", 64, 50, 18, 15),
        ellipse("light", 42, 22, 8, 6),
    ),
    (
        line("bark", (8, 11), 50, 76, 50, 98),
        polygon("dark", 50, 40, 82, 84, 18, 84),
        polygon("main", 50, 22, 76, 62, 24, 62),
        polygon("main", 50, 3, 70, 40, 30, 40),
    ),
    (
        line("bark", (7, 11), 56, 36, 52, 64, 46, 97),
        blob("dark", 56, 34, 40, 18, 22, 20, 8, 34, 30, 32),
        blob("dark", 56, 34, 72, 18, 88, 22, 98, 38, 76, 34),
        blob("main", 56, 34, 44, 36, 30, 44, 24, 60, 42, 50),
        blob("main", 56, 34, 70, 38, 82, 48, 86, 62, 70, 50),
        blob("main", 56, 36, 48, 22, 52, 6, 62, 4, 66, 22),
        ellipse("hair", 51, 41, 4, 4),
        ellipse("hair", 60, 42, 4, 4),
    ),
)


def _petals(x: float, y: float, number: int, reach: float, rx: float, ry: float) -> Drawing:
    turns = [360 * k / number for k in range(number)]
    return tuple(
        ellipse(
            "main" if k % 2 else "dark",
            x + reach * math.cos(math.radians(turn)),
            y + reach * math.sin(math.radians(turn)),
            rx,
            ry,
            turn,
        )
        for k, turn in enumerate(turns)
    )


FLOWER: tuple[Drawing, ...] = (
    (
        line("leaf", 5, 50, 36, 52, 70, 50, 98),
        blob("leaf", 51, 84, 66, 64, 82, 66, 68, 80),
        blob("leaf", 51, 92, 34, 72, 20, 76, 34, 88),
        *_petals(50, 30, 8, 18, 12, 8),
        ellipse("glow", 50, 30, 10, 10),
    ),
    (
        line("leaf", 5, 50, 40, 48, 70, 50, 98),
        blob("leaf", 50, 94, 58, 66, 74, 48, 70, 76),
        blob("leaf", 50, 94, 42, 70, 26, 54, 30, 80),
        blob("dark", 30, 12, 34, 40, 50, 52, 44, 24),
        blob("dark", 70, 12, 66, 40, 50, 52, 56, 24),
        blob("main", 50, 6, 64, 28, 60, 48, 50, 54, 40, 48, 36, 28),
    ),
    (
        polygon("wood", 34, 74, 66, 74, 62, 98, 38, 98),
        _box("bark", 32, 70, 68, 77),
        line("leaf", 4, 48, 72, 42, 54, 34, 40),
        line("leaf", 4, 52, 72, 58, 52, 66, 36),
        line("leaf", 4, 50, 72, 50, 40, 50, 24),
        *_petals(32, 40, 6, 8, 8, 6),
        *_petals(68, 38, 6, 8, 8, 6),
        *_petals(50, 18, 6, 8, 8, 6),
        *(ellipse("glow", x, y, 5, 5) for x, y in ((32, 40), (68, 38), (50, 18))),
    ),
)


def _cap_spots(*xyr: float) -> Drawing:
    return tuple(
        ellipse("white", x, y, r, r * 0.8)
        for x, y, r in zip(xyr[::3], xyr[1::3], xyr[2::3], strict=True)
    )


MUSHROOM: tuple[Drawing, ...] = (
    (
        blob("cream", 38, 50, 62, 50, 62, 76, 68, 94, 50, 98, 32, 94, 38, 76),
        ellipse("wood", 50, 54, 34, 8),
        blob("main", 6, 54, 14, 24, 36, 8, 64, 8, 86, 24, 94, 54, 72, 58, 50, 59, 28, 58),
        *_cap_spots(32, 28, 8, 62, 22, 7, 50, 44, 7, 78, 42, 7, 18, 46, 5),
    ),
    (
        blob("cream", 42, 40, 58, 40, 58, 76, 62, 94, 50, 97, 38, 94, 42, 76),
        blob("main", 20, 56, 26, 22, 42, 4, 58, 4, 74, 22, 80, 56, 66, 50, 50, 54, 34, 50),
        *_cap_spots(40, 28, 5, 60, 34, 6, 50, 14, 4),
    ),
    (
        blob("cream", 26, 52, 42, 52, 42, 80, 46, 94, 34, 98, 22, 94, 26, 76),
        blob("main", 4, 54, 10, 30, 34, 14, 58, 30, 66, 54, 34, 60),
        *_cap_spots(24, 34, 6, 46, 38, 6),
        blob("cream", 68, 74, 80, 74, 80, 88, 82, 96, 74, 98, 66, 96, 68, 88),
        blob("main", 54, 76, 60, 60, 74, 54, 88, 60, 94, 76, 74, 80),
        *_cap_spots(70, 65, 4, 82, 69, 3.5),
    ),
)


def _head(x: float, y: float) -> Drawing:
    face = (
        ellipse("hair", 0, -2, 13.5, 13),
        ellipse("skin", 0, 2, 11.5, 11.5),
        blob("hair", -12, -2, -8, -13, 8, -13, 12, -2, 4, -6, -6, -6),
        ellipse("black", -4, 3, 1.6, 1.9),
        ellipse("black", 4, 3, 1.6, 1.9),
    )
    return moved(face, x, y)


PERSON: tuple[Drawing, ...] = (
    (
        line("cloth", (12, 9), 44, 62, 42, 94),
        line("cloth", (12, 9), 56, 62, 58, 94),
        line("black", 8, 40, 95, 36, 96),
        line("black", 8, 60, 95, 64, 96),
        line("dark", (10, 8), 36, 38, 28, 52, 28, 62),
        line("dark", (10, 8), 64, 38, 72, 52, 72, 62),
        ellipse("skin", 28, 64, 4.5, 4.5),
        ellipse("skin", 72, 64, 4.5, 4.5),
        blob("main", 34, 36, 50, 31, 66, 36, 65, 66, 50, 69, 35, 66),
        *_head(50, 17),
    ),
    (
        line("cloth", (12, 9), 46, 62, 32, 76, 22, 92),
        line("cloth", (12, 9), 54, 62, 66, 76, 66, 94),
        line("black", 8, 22, 94, 28, 96),
        line("black", 8, 66, 95, 73, 95),
        line("dark", (10, 8), 36, 38, 22, 48, 20, 60),
        ellipse("skin", 20, 62, 4.5, 4.5),
        blob("main", 34, 36, 50, 31, 66, 36, 64, 66, 50, 69, 36, 66),
        line("dark", (10, 8), 62, 40, 74, 52, 84, 44),
        ellipse("skin", 86, 42, 4.5, 4.5),
        *_head(52, 17),
    ),
    (
        line("skin", (9, 7), 44, 76, 43, 94),
        line("skin", (9, 7), 56, 76, 57, 94),
        line("black", 8, 41, 95, 37, 96),
        line("black", 8, 59, 95, 63, 96),
        line("main", (10, 8), 38, 40, 24, 32, 16, 18),
        line("main", (10, 8), 62, 40, 76, 32, 84, 18),
        ellipse("skin", 15, 15, 4.5, 4.5),
        ellipse("skin", 85, 15, 4.5, 4.5),
        blob("main", 37, 37, 50, 32, 63, 37, 60, 54, 74, 80, 50, 85, 26, 80, 40, 54),
        blob("hair", 36, 36, 36, 8, 50, 2, 64, 8, 64, 36),
        *_head(50, 18),
    ),
)

LETTERS = ("h", "k", "l", "o", "s", "t", "x", "z")
"""Letters that a sign can show."""

_STROKES: dict[str, tuple[tuple[float, ...], ...]] = {
    "h": ((-1, -1, -1, 1), (1, -1, 1, 1), (-1, 0, 1, 0)),
    "k": ((-1, -1, -1, 1), (1, -1, -1, 0.15), (-0.4, -0.2, 1, 1)),
    "l": ((-0.8, -1, -0.8, 1), (-0.8, 1, 0.9, 1)),
    "o": ((0, -1, 0.75, -0.7, 1, 0, 0.75, 0.7, 0, 1, -0.75, 0.7, -1, 0, -0.75, -0.7, 0, -1),),
    "s": (
        (0.9, -0.75, 0.2, -1, -0.8, -0.75, -0.7, -0.15, 0.6, 0.15, 0.9, 0.65, 0.2, 1, -0.9, 0.75),
    ),
    "t": ((-1, -1, 1, -1), (0, -1, 0, 1)),
    "x": ((-1, -1, 1, 1), (1, -1, -1, 1)),
    "z": ((-1, -1, 1, -1), (1, -1, -1, 1), (-1, 1, 1, 1)),
}


def _letter(letter: str, paint: str, x: float, y: float) -> Drawing:
    """A letter 30 wide and 36 high around ``(x, y)``."""
    return tuple(
        line(
            paint,
            8,
            *(
                value
                for u, v in zip(stroke[::2], stroke[1::2], strict=True)
                for value in (x + 14 * u, y + 17 * v)
            ),
        )
        for stroke in _STROKES[letter]
    )


def sign(letter: str) -> tuple[Drawing, ...]:
    """Return the drawings of a sign that shows one of `LETTERS`: a board, and a disc."""
    return (
        (
            line("wood", 7, 50, 60, 50, 98),
            _box("main", 12, 4, 88, 66),
            _box("white", 20, 11, 80, 59),
            *_letter(letter, "black", 50, 35),
        ),
        (
            line("iron", 6, 50, 64, 50, 98),
            ellipse("main", 50, 36, 35, 35),
            ellipse("white", 50, 36, 27.5, 27.5),
            *moved(_letter(letter, "black", 0, 0), 50, 36, 0.92),
        ),
    )
