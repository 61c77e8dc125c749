"""Pictures inside a page: PNG in data URIs, each but once."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

MOST_SIDE = 256
"""Larger pictures are reduced to so many pixels a side."""

MOST_SHOWN = 8
"""So many pictures of a sweep are shown."""


class Album:
    """Numbered pictures of a page; equal ones share a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def addresses(self) -> list[str]:
        """Return the data URI of each picture."""
        return list(self._numbers)

    def number(self, picture: np.ndarray) -> int:
        """Return the number of a picture, uint8 ``[H, W, 3]``."""
        return self._numbers.setdefault(_address(picture), len(self._numbers))


def _address(picture: np.ndarray) -> str:
    image = Image.fromarray(picture)
    image.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
