"""Drawings of four-legged animals."""

from __future__ import annotations

from linksim.source.world.shapes import Drawing, Shape, blob, ellipse, line, moved


def _eye(x: float, y: float, size: float = 2.4) -> tuple[Shape, ...]:
    return (
        ellipse("black", x, y, size, size),
        ellipse("white", x + size * 0.3, y - size * 0.35, size * 0.35, size * 0.35),
    )


# --- Horse ---------------------------------------------------------------------------------------

_HORSE_HEAD: Drawing = (
    line("main", (17, 10), 80, 18, 95, 32),
    blob("main", 75, 17, 77, 3, 83, 13),
    line("deep", 9, 79, 8, 71, 18, 63, 34),
    *_eye(84, 19),
    ellipse("black", 96, 33, 1.3, 1.3),
)


def _horse(far: Drawing, near: Drawing, tail: Shape, front: Drawing) -> Drawing:
    return (*far, tail, ellipse("main", 44, 50, 30, 16), *near, *front)


def _horse_front(dx: float = 0.0, dy: float = 0.0) -> Drawing:
    neck = blob("main", 56, 44, 70, 20, 82, 10, 88, 22, 76, 50, 64, 60)
    return moved((neck, *_HORSE_HEAD), dx, dy)


HORSE: tuple[Drawing, ...] = (
    _horse(
        (
            line("dark", (11, 7), 32, 58, 34, 76, 32, 96),
            line("dark", (11, 7), 66, 58, 70, 76, 68, 96),
        ),
        (
            line("main", (14, 8), 23, 54, 21, 76, 23, 96),
            line("main", (12, 8), 59, 56, 59, 76, 58, 96),
            line("black", 7, 22, 96, 25, 96),
            line("black", 7, 57, 96, 60, 96),
        ),
        line("deep", (9, 4), 17, 42, 7, 54, 8, 78),
        _horse_front(),
    ),
    _horse(
        (
            line("dark", (11, 7), 26, 54, 10, 66, 4, 82),
            line("dark", (11, 7), 66, 56, 84, 62, 88, 78),
        ),
        (
            line("main", (14, 8), 24, 54, 20, 72, 8, 90),
            line("main", (12, 8), 62, 56, 78, 70, 94, 72),
            line("black", 7, 8, 90, 10, 92),
            line("black", 7, 94, 71, 96, 73),
        ),
        line("deep", (9, 4), 17, 42, 4, 38, -2, 50),
        _horse_front(4, -2),
    ),
    _horse(
        (
            line("dark", (11, 7), 32, 58, 34, 76, 32, 96),
            line("dark", (11, 7), 60, 58, 62, 76, 60, 96),
        ),
        (
            line("main", (14, 8), 23, 54, 21, 76, 23, 96),
            line("main", (12, 8), 54, 56, 53, 76, 52, 96),
            line("black", 7, 22, 96, 25, 96),
            line("black", 7, 51, 96, 54, 96),
        ),
        line("deep", (9, 4), 17, 42, 7, 54, 8, 78),
        (
            line("main", (26, 15), 64, 46, 78, 60, 84, 74),
            line("deep", 8, 66, 36, 78, 46, 86, 60),
            blob("main", 82, 66, 90, 56, 90, 70),
            line("main", (16, 10), 84, 74, 88, 92),
            *_eye(86, 76),
        ),
    ),
)

# --- Dog -----------------------------------------------------------------------------------------


def _dog_head(dx: float = 0.0, dy: float = 0.0) -> Drawing:
    head = (
        ellipse("main", 74, 30, 15, 15),
        line("light", (15, 12), 80, 36, 92, 38),
        ellipse("black", 96, 34, 4, 3.4),
        blob("deep", 64, 18, 72, 20, 68, 44, 60, 46, 57, 32),
        *_eye(80, 26, 2.8),
    )
    return moved(head, dx, dy)


DOG: tuple[Drawing, ...] = (
    (
        line("main", (7, 5), 16, 52, 6, 40, 8, 24),
        line("dark", (12, 9), 30, 66, 30, 94),
        line("dark", (12, 9), 66, 66, 67, 94),
        blob("main", 12, 56, 30, 48, 62, 44, 76, 48, 74, 70, 50, 74, 20, 72),
        line("main", (15, 9), 20, 64, 18, 94),
        line("main", (12, 9), 58, 64, 57, 94),
        line("main", (22, 20), 64, 52, 72, 36),
        *_dog_head(),
        line("beak", 5, 64, 47, 76, 49),
    ),
    (
        line("main", (8, 5), 22, 88, 8, 86, 4, 74),
        line("dark", (12, 9), 62, 66, 64, 94),
        blob("main", 24, 92, 26, 70, 42, 48, 62, 40, 72, 52, 66, 76, 52, 94),
        ellipse("main", 34, 82, 15, 14),
        line("main", 9, 36, 94, 48, 94),
        line("main", (13, 9), 60, 60, 58, 94),
        *_dog_head(-4, -4),
        line("beak", 5, 60, 42, 72, 45),
    ),
    (
        line("main", (7, 5), 14, 50, 4, 44, -2, 30),
        line("dark", (12, 8), 24, 62, 10, 74, 2, 86),
        line("dark", (12, 8), 66, 62, 82, 70, 92, 80),
        blob("main", 10, 54, 30, 46, 62, 44, 78, 46, 74, 66, 50, 68, 20, 70),
        line("main", (15, 9), 20, 60, 22, 78, 12, 92),
        line("main", (12, 9), 64, 62, 72, 78, 84, 90),
        line("main", (22, 20), 66, 50, 74, 36),
        *_dog_head(2),
        line("beak", 5, 66, 47, 78, 49),
    ),
)

# --- Cat -----------------------------------------------------------------------------------------


def _cat_face(x: float, y: float) -> Drawing:
    """A cat's face seen from the front, around ``(x, y)``."""
    face = (
        blob("main", -19, -4, -19, -27, -4, -14),
        blob("main", 19, -4, 19, -27, 4, -14),
        blob("blush", -15, -10, -16, -21, -8, -14),
        blob("blush", 15, -10, 16, -21, 8, -14),
        ellipse("main", 0, 0, 21, 17),
        ellipse("glow", -8, -2, 4, 4.6),
        ellipse("glow", 8, -2, 4, 4.6),
        ellipse("black", -8, -2, 1.7, 4),
        ellipse("black", 8, -2, 1.7, 4),
        ellipse("light", -4, 8, 5.5, 4.5),
        ellipse("light", 4, 8, 5.5, 4.5),
        ellipse("blush", 0, 4, 2.6, 2),
    )
    return moved(face, x, y)


CAT: tuple[Drawing, ...] = (
    (
        line("dark", (9, 7), 66, 90, 88, 88, 92, 66, 84, 56),
        blob("main", 26, 92, 28, 62, 40, 42, 60, 42, 72, 62, 74, 92, 50, 96),
        ellipse("light", 50, 66, 9, 14),
        line("main", (11, 10), 42, 66, 42, 93),
        line("main", (11, 10), 58, 66, 58, 93),
        *_cat_face(50, 32),
    ),
    (
        line("main", (8, 7), 14, 54, 4, 40, 8, 18, 16, 10),
        line("dark", (11, 8), 26, 66, 28, 93),
        line("dark", (11, 8), 62, 66, 64, 93),
        blob("main", 8, 58, 24, 48, 60, 48, 74, 52, 72, 72, 46, 74, 14, 72),
        line("dark", 5, 34, 50, 34, 60),
        line("dark", 5, 45, 49, 45, 60),
        line("main", (13, 9), 17, 64, 15, 93),
        line("main", (11, 9), 54, 66, 53, 93),
        *_cat_face(74, 40),
    ),
    (
        line("dark", (9, 7), 14, 84, 2, 76, 6, 62, 16, 60),
        blob("main", 6, 92, 8, 70, 28, 58, 56, 60, 74, 74, 78, 92),
        line("dark", 5, 30, 60, 29, 70),
        line("dark", 5, 41, 59, 41, 70),
        line("main", 10, 56, 92, 84, 92),
        *_cat_face(74, 66),
    ),
)

# --- Rabbit --------------------------------------------------------------------------------------


def _rabbit_ears(x: float, y: float, lean: float) -> Drawing:
    return (
        ellipse("dark", x - 6, y - 18, 5.5, 20, lean - 12),
        ellipse("main", x + 4, y - 18, 6, 21, lean + 6),
        ellipse("blush", x + 5, y - 17, 2.8, 15, lean + 6),
    )


RABBIT: tuple[Drawing, ...] = (
    (
        ellipse("white", 14, 80, 9, 9),
        blob("main", 14, 86, 20, 62, 42, 52, 62, 58, 70, 76, 64, 94, 24, 95),
        ellipse("dark", 34, 80, 16, 14),
        line("main", 9, 26, 93, 46, 93),
        line("main", (10, 8), 62, 74, 64, 93),
        *_rabbit_ears(68, 30, 0),
        ellipse("main", 70, 46, 17, 15),
        ellipse("light", 80, 52, 8, 6.5),
        ellipse("blush", 87, 49, 2.4, 2),
        *_eye(74, 42, 3),
    ),
    (
        line("dark", (12, 9), 38, 74, 38, 95),
        line("dark", (12, 9), 62, 74, 62, 95),
        blob("main", 30, 92, 28, 70, 38, 52, 62, 52, 72, 70, 70, 92, 50, 96),
        ellipse("light", 50, 74, 12, 16),
        line("main", 9, 34, 60, 42, 74),
        line("main", 9, 66, 60, 58, 74),
        line("main", 10, 26, 94, 40, 94),
        line("main", 10, 60, 94, 74, 94),
        ellipse("main", 40, 16, 6, 18, -10),
        ellipse("main", 60, 16, 6, 18, 10),
        ellipse("blush", 40, 17, 2.8, 13, -10),
        ellipse("blush", 60, 17, 2.8, 13, 10),
        ellipse("main", 50, 42, 19, 16),
        *_eye(43, 38, 2.8),
        *_eye(57, 38, 2.8),
        ellipse("light", 46, 49, 5.5, 4.5),
        ellipse("light", 54, 49, 5.5, 4.5),
        ellipse("blush", 50, 45, 2.4, 2),
    ),
    (
        ellipse("white", 8, 56, 9, 9),
        line("dark", (15, 8), 26, 62, 16, 78, 4, 90),
        line("dark", (10, 8), 64, 62, 82, 72, 92, 84),
        blob("main", 8, 62, 20, 46, 46, 42, 68, 48, 72, 62, 54, 72, 24, 76),
        line("main", (18, 9), 26, 64, 24, 82, 8, 94),
        line("main", (11, 8), 60, 62, 74, 78, 80, 92),
        *moved(_rabbit_ears(0, 0, -40), 70, 34),
        ellipse("main", 76, 42, 16, 14),
        ellipse("light", 86, 47, 8, 6.5),
        ellipse("blush", 93, 44, 2.4, 2),
        *_eye(80, 38, 3),
    ),
)

# --- Elephant ------------------------------------------------------------------------------------


def _elephant(trunk: Shape, legs: tuple[float, float, float, float]) -> Drawing:
    a, b, c, d = legs
    return (
        line("dark", (4, 3), 8, 46, 2, 58, 4, 68),
        line("dark", (17, 14), 30, 66, b, 92),
        line("dark", (17, 14), 56, 66, d, 92),
        blob("main", 6, 54, 14, 32, 38, 24, 62, 30, 68, 52, 62, 72, 36, 74, 12, 70),
        line("main", (19, 15), 18, 64, a, 91),
        line("main", (19, 15), 50, 66, c, 91),
        line("light", 5, a - 5, 97, a + 5, 97),
        line("light", 5, c - 5, 97, c + 5, 97),
        trunk,
        ellipse("main", 72, 40, 18, 18),
        line("white", (5, 2), 80, 52, 86, 60, 95, 58),
        blob("dark", 50, 26, 62, 18, 70, 32, 66, 54, 56, 60, 46, 46),
        *_eye(78, 34, 2.4),
    )


ELEPHANT: tuple[Drawing, ...] = (
    _elephant(line("main", (15, 8), 84, 44, 91, 62, 88, 80, 94, 90), (18, 34, 48, 62)),
    _elephant(line("main", (15, 8), 84, 44, 96, 46, 98, 28, 90, 14), (10, 40, 58, 52)),
    _elephant(line("main", (15, 8), 84, 44, 92, 58, 100, 60, 101, 48), (22, 26, 42, 70)),
)

# --- Giraffe -------------------------------------------------------------------------------------


def _spots(*xy: float) -> Drawing:
    return tuple(ellipse("deep", x, y, 3.6, 3.2) for x, y in zip(xy[::2], xy[1::2], strict=True))


def _giraffe_head(x: float, y: float) -> Drawing:
    head = (
        line("deep", 3, -5, -2, -7, -11),
        line("deep", 3, 0, -3, 0, -12),
        ellipse("deep", -7, -12, 2.4, 2.4),
        ellipse("deep", 0, -13, 2.4, 2.4),
        line("main", (13, 9), 0, 0, 15, 6),
        blob("main", -6, -2, -15, -6, -12, 2),
        *_eye(3, -1, 2),
    )
    return moved(head, x, y)


GIRAFFE: tuple[Drawing, ...] = (
    (
        line("dark", (3, 2), 24, 60, 18, 72),
        line("dark", (8, 5), 36, 66, 38, 96),
        line("dark", (8, 5), 58, 66, 60, 96),
        blob("main", 22, 64, 30, 54, 50, 50, 62, 48, 66, 60, 58, 70, 30, 72),
        line("main", (9, 6), 28, 66, 27, 96),
        line("main", (9, 6), 53, 66, 52, 96),
        line("main", (19, 9), 57, 58, 66, 34, 72, 12),
        *_spots(34, 60, 43, 64, 47, 56, 56, 61, 60, 48, 66, 40, 66, 28, 71, 20),
        *_giraffe_head(73, 13),
    ),
    (
        line("dark", (3, 2), 14, 54, 8, 66),
        line("dark", (8, 5), 26, 62, 34, 96),
        line("dark", (8, 5), 50, 62, 44, 96),
        blob("main", 12, 60, 20, 48, 40, 44, 54, 44, 58, 56, 48, 66, 20, 68),
        line("main", (9, 6), 18, 62, 12, 96),
        line("main", (9, 6), 45, 62, 52, 96),
        line("main", (19, 9), 50, 54, 66, 40, 80, 20),
        *_spots(24, 56, 33, 60, 37, 51, 46, 57, 56, 48, 64, 40, 70, 34, 76, 25),
        *_giraffe_head(81, 20),
    ),
)
