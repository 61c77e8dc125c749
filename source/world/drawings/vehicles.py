"""Drawings of cars, trucks, boats, planes, bicycles and balloons."""

from __future__ import annotations

import math

from linksim.source.world.shapes import Drawing, Shape, blob, ellipse, line, moved, polygon


def _wheel(x: float, y: float, radius: float) -> tuple[Shape, ...]:
    return (
        ellipse("black", x, y, radius, radius),
        ellipse("steel", x, y, radius * 0.55, radius * 0.55),
        ellipse("iron", x, y, radius * 0.2, radius * 0.2),
    )


CAR: tuple[Drawing, ...] = (
    (
        blob("main", 16, 54, 28, 32, 40, 27, 60, 27, 72, 34, 84, 54),
        polygon("glass", 27, 50, 35, 34, 48, 33, 48, 50),
        polygon("glass", 53, 50, 53, 33, 64, 34, 74, 50),
        blob("main", 3, 60, 8, 51, 30, 49, 70, 49, 92, 52, 98, 62, 96, 74, 50, 77, 5, 74),
        line("dark", 2, 50, 52, 50, 72),
        ellipse("glow", 94, 59, 3, 4),
        *_wheel(24, 74, 12),
        *_wheel(76, 74, 12),
    ),
    (
        line("iron", 2.5, 54, 34, 62, 54),
        blob("dark", 26, 52, 30, 36, 36, 38, 40, 52),
        polygon("glass", 50, 34, 58, 34, 70, 54, 64, 54),
        blob("main", 2, 58, 10, 49, 36, 52, 60, 54, 84, 52, 98, 60, 98, 74, 50, 77, 4, 74),
        polygon("light", 6, 62, 94, 64, 94, 67, 6, 65),
        ellipse("glow", 94, 60, 3, 3.4),
        *_wheel(22, 75, 13),
        *_wheel(78, 75, 13),
    ),
    (
        polygon("black", 12, 76, 28, 76, 28, 92, 12, 92),
        polygon("black", 72, 76, 88, 76, 88, 92, 72, 92),
        blob("main", 18, 52, 26, 28, 38, 22, 62, 22, 74, 28, 82, 52),
        polygon("glass", 26, 48, 33, 30, 67, 30, 74, 48),
        blob("main", 8, 58, 16, 50, 50, 48, 84, 50, 92, 58, 92, 80, 50, 84, 8, 80),
        polygon("black", 34, 62, 66, 62, 64, 74, 36, 74),
        ellipse("glow", 20, 63, 7, 6),
        ellipse("glow", 80, 63, 7, 6),
        line("steel", 4, 12, 80, 88, 80),
    ),
)

TRUCK: tuple[Drawing, ...] = (
    (
        polygon("iron", 2, 70, 98, 70, 98, 78, 2, 78),
        polygon("main", 2, 16, 62, 16, 62, 71, 2, 71),
        *(polygon("dark", x, 22, x + 3, 22, x + 3, 66, x, 66) for x in (12, 26, 40, 52)),
        polygon("main", 66, 34, 84, 34, 97, 52, 98, 73, 66, 73),
        polygon("glass", 72, 39, 82, 39, 91, 52, 72, 52),
        ellipse("glow", 95, 63, 3, 4),
        *_wheel(16, 78, 11),
        *_wheel(42, 78, 11),
        *_wheel(82, 78, 11),
    ),
    (
        polygon("iron", 2, 68, 98, 68, 98, 76, 2, 76),
        blob("wood", 6, 50, 18, 32, 36, 30, 52, 36, 58, 52),
        polygon("main", 0, 44, 62, 44, 58, 70, 8, 70),
        line("dark", 3, 16, 48, 20, 66),
        line("dark", 3, 32, 48, 33, 66),
        line("dark", 3, 48, 48, 47, 66),
        polygon("main", 66, 28, 84, 28, 92, 48, 98, 52, 98, 72, 66, 72),
        polygon("glass", 71, 33, 81, 33, 87, 48, 71, 48),
        ellipse("glow", 95, 60, 3, 4),
        *_wheel(22, 77, 13),
        *_wheel(80, 77, 13),
    ),
)

BOAT: tuple[Drawing, ...] = (
    (
        line("wood", 4, 48, 72, 48, 4),
        blob("white", 52, 8, 74, 30, 86, 60, 52, 62),
        blob("cream", 44, 16, 34, 36, 16, 60, 44, 62),
        blob("main", 2, 70, 50, 67, 98, 70, 86, 90, 70, 95, 28, 95, 12, 88),
        line("light", 4, 8, 74, 92, 74),
    ),
    (
        polygon("dark", 50, 14, 64, 14, 63, 38, 51, 38),
        polygon("black", 50, 14, 64, 14, 64, 20, 50, 20),
        polygon("white", 22, 36, 80, 36, 84, 62, 18, 62),
        ellipse("glass", 34, 49, 6, 6),
        ellipse("glass", 51, 49, 6, 6),
        ellipse("glass", 68, 49, 6, 6),
        blob("main", 0, 62, 50, 64, 100, 58, 92, 84, 80, 94, 20, 94, 6, 80),
        line("light", 4, 6, 70, 92, 67),
    ),
    (
        line("wood", (4, 3), 60, 62, 84, 24),
        ellipse("wood", 86, 21, 6, 9, 32),
        blob("dark", 0, 54, 50, 62, 100, 52, 90, 72, 50, 78, 8, 70),
        polygon("wood", 28, 60, 42, 62, 42, 67, 28, 65),
        polygon("wood", 60, 62, 74, 60, 74, 65, 60, 67),
        blob("main", -1, 54, 26, 66, 50, 69, 76, 66, 101, 52, 92, 80, 74, 92, 26, 92, 8, 80),
    ),
)

PLANE: tuple[Drawing, ...] = (
    (
        polygon("dark", 46, 44, 58, 44, 44, 22, 36, 22),
        polygon("dark", 4, 48, 0, 20, 14, 20, 28, 44),
        blob("main", 2, 48, 20, 40, 70, 38, 92, 44, 99, 52, 90, 60, 60, 64, 20, 58),
        blob("glass", 82, 42, 92, 45, 96, 50, 84, 50),
        *(ellipse("white", x, 48, 2.6, 3) for x in (36, 46, 56, 66)),
        polygon("deep", 40, 56, 62, 56, 40, 86, 28, 86),
        polygon("deep", 4, 50, 20, 51, 10, 62, 0, 62),
    ),
    (
        polygon("deep", 4, 50, 0, 30, 12, 30, 22, 48),
        blob("main", 2, 52, 20, 48, 56, 40, 78, 44, 86, 54, 78, 64, 50, 66, 16, 58),
        ellipse("glass", 52, 44, 9, 7),
        polygon("dark", 34, 34, 74, 34, 74, 28, 34, 28),
        line("wood", 3, 44, 32, 42, 58),
        line("wood", 3, 68, 32, 66, 58),
        polygon("dark", 28, 60, 76, 60, 76, 67, 28, 67),
        line("iron", 3, 66, 64, 70, 76),
        ellipse("black", 70, 78, 6, 6),
        ellipse("iron", 88, 54, 4, 4),
        ellipse("steel", 90, 54, 2, 20),
    ),
    (
        polygon("dark", 48, 40, 96, 64, 96, 72, 50, 62),
        polygon("dark", 52, 40, 4, 64, 4, 72, 50, 62),
        polygon("deep", 48, 80, 70, 92, 70, 98, 50, 93),
        polygon("deep", 52, 80, 30, 92, 30, 98, 50, 93),
        blob("main", 50, 2, 58, 14, 59, 50, 55, 84, 50, 97, 45, 84, 41, 50, 42, 14),
        blob("glass", 50, 9, 56, 17, 50, 21, 44, 17),
        ellipse("iron", 26, 56, 3.5, 7),
        ellipse("iron", 74, 56, 3.5, 7),
    ),
)


def _tyre(x: float, y: float) -> tuple[Shape, ...]:
    around = [(math.cos(k * math.pi / 10), math.sin(k * math.pi / 10)) for k in range(21)]
    rim = tuple(value for c, s in around for value in (x + 20 * c, y + 20 * s))
    spokes = (
        line("steel", 1.6, x - 19 * c, y - 19 * s, x + 19 * c, y + 19 * s) for c, s in around[:10:3]
    )
    return (*spokes, line("black", 5, *rim))


BICYCLE: tuple[Drawing, ...] = (
    (
        *_tyre(22, 70),
        *_tyre(78, 70),
        line("main", 7, 22, 70, 36, 40, 66, 40),
        line("main", 7, 22, 70, 47, 70),
        line("main", 7, 47, 70, 66, 40),
        line("main", 7, 47, 70, 34, 32),
        line("main", 7, 78, 70, 66, 34, 64, 26),
        line("iron", 5, 60, 26, 72, 24, 76, 30),
        blob("black", 24, 30, 44, 28, 44, 34, 28, 36),
        ellipse("iron", 47, 70, 5, 5),
    ),
    (
        *_tyre(22, 70),
        *_tyre(78, 70),
        line("main", 8, 22, 70, 34, 52, 50, 64, 66, 42),
        line("main", 7, 36, 56, 32, 30),
        line("main", 7, 78, 70, 66, 34, 64, 18),
        line("iron", 5, 52, 20, 66, 16),
        blob("black", 22, 28, 42, 26, 42, 32, 26, 34),
        polygon("wood", 68, 28, 88, 28, 85, 44, 71, 44),
        ellipse("iron", 50, 66, 5, 5),
    ),
)

BALLOON: tuple[Drawing, ...] = (
    (
        blob("main", 50, 2, 74, 10, 84, 34, 74, 54, 60, 70, 40, 70, 26, 54, 16, 34, 26, 10),
        blob("light", 50, 3, 60, 14, 64, 36, 56, 70, 44, 70, 36, 36, 40, 14),
        line("wood", 1.8, 38, 70, 42, 84),
        line("wood", 1.8, 62, 70, 58, 84),
        polygon("wood", 39, 83, 61, 83, 59, 98, 41, 98),
    ),
    (
        line("iron", 1.8, 50, 70, 46, 80, 54, 90, 50, 99),
        polygon("dark", 50, 62, 57, 72, 43, 72),
        blob("main", 50, 2, 72, 10, 80, 32, 68, 54, 50, 66, 32, 54, 20, 32, 28, 10),
        ellipse("light", 39, 22, 7, 10, 25),
    ),
    (
        *(
            part
            for x, y, paint in ((30, 34, "dark"), (70, 34, "dark"), (50, 24, "main"))
            for part in (
                line("iron", 1.6, x, y + 20, 50, 97),
                *moved(
                    (
                        blob(
                            paint, 0, -24, 16, -18, 22, 0, 12, 18, 0, 25, -12, 18, -22, 0, -16, -18
                        ),
                    ),
                    x,
                    y,
                ),
                ellipse("light", x - 8, y - 8, 4, 6, 25),
            )
        ),
    ),
)
