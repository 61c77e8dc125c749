"""Rate-compatible punctured convolutional codes (Hagenauer 1988), one family per constraint length.

A family's generators give three bits per input, of which a rate from 1/2 on uses the first two. Of
every period of 12 inputs one bit of each is sent first, then the other one of one step, and of one
step more, until all are in; then the third bits in the same way. So the patterns are nested: rates
12/13, 12/14 … 12/24, where two generators are whole, and 12/25 … 12/36. A rate between two of them
sends all of the higher one's pattern, and the next step's bit in some periods, evenly spread.

The first two generators have the largest free distance at rate 1/2, and with the third one the
largest at rate 1/3, but for one less at constraint length 5 (compare Larsen 1973; for 7 they are
those of TS 36.212 5.1.3.1). The patterns come from a search over nested ones, for the largest free
distances at 2/3, 3/4 and 4/5 that patterns of these rates alone have, then for the least SNR by the
union bound, over all rates. The distances are in docs/link.md; only at constraint length 8 three of
them are one less than they could be, which costs 0.1 dB at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

PERIOD = 12
"""Inputs after which a puncturing pattern begins again."""

_GOLDEN_RATIO = (np.sqrt(5) - 1) / 2


class Family(NamedTuple):
    """Generators, and the order in which their bits are sent.

    Attributes:
        generators: three polynomials, newest bit first.
        first: which of the first two generators' bits is sent first, 1 or 2, by step of a period.
        second: steps of a period in the order in which they send the other one too.
        third: steps of a period in the order in which they send the third generator's bit too.
    """

    generators: tuple[str, str, str]
    first: tuple[int, ...]
    second: tuple[int, ...]
    third: tuple[int, ...]


FAMILIES: dict[int, Family] = {
    3: Family(
        ("101", "111", "111"),
        (2, 2, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2),
        (2, 9, 11, 6, 3, 7, 10, 4, 1, 8, 5, 0),
        (0, 5, 8, 2, 10, 4, 6, 1, 9, 3, 7, 11),
    ),
    4: Family(
        ("1101", "1111", "1011"),
        (1, 2, 2, 1, 2, 2, 1, 2, 2, 1, 2, 1),
        (11, 5, 8, 2, 10, 4, 9, 3, 7, 1, 6, 0),
        (0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11),
    ),
    5: Family(
        ("10011", "11101", "10111"),
        (1, 1, 1, 1, 1, 1, 1, 2, 1, 2, 1, 2),
        (3, 6, 8, 4, 11, 1, 2, 5, 10, 7, 9, 0),
        (0, 3, 7, 10, 5, 6, 1, 8, 2, 9, 4, 11),
    ),
    6: Family(
        ("101011", "111101", "100111"),
        (2, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 1),
        (11, 7, 3, 9, 5, 1, 10, 6, 2, 8, 4, 0),
        (0, 5, 4, 10, 1, 9, 6, 8, 2, 3, 7, 11),
    ),
    7: Family(
        ("1111001", "1011011", "1110101"),
        (2, 1, 2, 1, 2, 1, 2, 2, 2, 2, 2, 2),
        (5, 9, 11, 7, 3, 1, 10, 6, 2, 8, 4, 0),
        (0, 1, 7, 6, 2, 8, 5, 4, 10, 11, 3, 9),
    ),
    8: Family(
        ("10100111", "11111001", "11101011"),
        (2, 1, 2, 1, 2, 2, 1, 1, 2, 2, 1, 2),
        (6, 1, 4, 8, 11, 9, 2, 3, 7, 5, 10, 0),
        (0, 6, 1, 8, 9, 10, 5, 4, 3, 11, 2, 7),
    ),
}
"""Families by constraint length."""


def convolutional_preference(generators: Sequence[str], information_bits: int) -> np.ndarray:
    """Return all mother bits in the order in which they are sent, int64 ``[outputs · steps]``.

    Output o of step s is mother bit ``outputs · s + o``. With the first K of them, or more, no two
    blocks are sent alike: each of the K information bits is the newest one in one of them.

    Args:
        generators: of a family, two or three.
        information_bits: K; there are K + constraint length − 1 steps.
    """
    constraint, outputs = len(generators[0]), len(generators)
    step, output = np.divmod(np.arange(outputs * (information_bits + constraint - 1)), outputs)
    round_of_period = _rounds(FAMILIES[constraint])[step % PERIOD, output]
    first = round_of_period == 0
    tail = np.where(first, np.maximum(step - information_bits + 1, 0), 0)
    spread = spreading_keys(np.where(first, step, step // PERIOD))
    return np.lexsort((spread, tail, round_of_period))


def spreading_keys(places: np.ndarray) -> np.ndarray:
    """Return keys by which places are sorted so that the first ones, however many, lie evenly.

    Multiples of the golden ratio, modulo 1: those below any bound are never far apart.
    """
    return np.asarray(places * _GOLDEN_RATIO % 1)


def _rounds(family: Family) -> np.ndarray:
    """Return when each bit of a period is sent, int64 ``[PERIOD, 3]``.

    In round 0 every step sends one bit; in each later one, one step sends another.
    """
    rounds = np.zeros((PERIOD, 3), dtype=np.int64)
    steps = np.arange(PERIOD)
    other = 2 - np.array(family.first)
    rounds[family.second, other[list(family.second)]] = 1 + steps
    rounds[family.third, 2] = 1 + PERIOD + steps
    return rounds
