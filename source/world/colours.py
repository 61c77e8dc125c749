"""Colours by name, each a range."""

from __future__ import annotations

import numpy as np

COLOURS: dict[str, tuple[tuple[int, int, int], tuple[int, int, int]]] = {
    "red": ((188, 32, 38), (230, 66, 54)),
    "orange": ((230, 116, 24), (250, 156, 58)),
    "yellow": ((236, 196, 40), (250, 226, 96)),
    "green": ((46, 122, 54), (106, 178, 84)),
    "blue": ((42, 82, 184), (88, 146, 228)),
    "purple": ((100, 54, 142), (160, 98, 198)),
    "pink": ((236, 122, 164), (248, 174, 200)),
    "brown": ((96, 62, 40), (140, 94, 62)),
    "black": ((36, 36, 42), (60, 60, 66)),
    "white": ((226, 224, 218), (250, 250, 248)),
}
"""The two ends of each colour's range, RGB."""


def shade_of(name: str, where: float) -> np.ndarray:
    """Return a colour of a named range, float32 RGB in 0..1; ``where`` is 0 to 1 along it.

    >>> shade_of("black", 0.0) * 255
    array([36., 36., 42.], dtype=float32)
    """
    low, high = np.array(COLOURS[name], dtype=np.float32) / np.float32(255)
    return np.asarray(low + np.float32(where) * (high - low), dtype=np.float32)
