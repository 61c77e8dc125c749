"""Channel bandwidth ratio: channel symbols for each number of a picture.

A picture of height H and width W has 3·H·W numbers; the ratio is what joint source-channel coding
calls k/n, or CBR. Pilots are among the symbols.
"""

from __future__ import annotations

import math
from fractions import Fraction

COLOURS = 3
MOST_CBR = 16


def parse_cbr(text: str) -> Fraction:
    """Read a ratio like ``1/16`` or ``0.0625``.

    Raises:
        ValueError: if it is none above 0, or beyond `MOST_CBR`.
    """
    try:
        ratio = Fraction(text) if len(text) <= 20 else Fraction(0)
    except (ValueError, ZeroDivisionError):
        ratio = Fraction(0)
    if not 0 < ratio <= MOST_CBR:
        raise ValueError("give channel symbols per number of a picture (3·H·W), like 1/16")
    return ratio


def symbols_at(cbr: Fraction, size: tuple[int, int]) -> int:
    """Return the channel symbols that a picture of this size has at a ratio.

    >>> symbols_at(Fraction(1, 16), (512, 768))
    73728
    """
    return math.floor(cbr * COLOURS * size[0] * size[1])
