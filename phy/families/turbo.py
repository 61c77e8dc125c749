"""LTE's turbo code (TS 36.212 5.1.3.2, 5.1.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from linksim.phy.circular_buffer import turbo_preference, turbo_start
from linksim.phy.families.family import ITERATIONS, BlockSizes, CodeOptions, between
from linksim.phy.families.mother_code import MotherCode

_TAIL_BITS = 12


@dataclass(frozen=True)
class Turbo(MotherCode):
    """The turbo code, which ends with 12 tail bits and brings its own interleaver."""

    def mother_bits(self, code: CodeOptions, information_bits: int) -> int:
        return 3 * information_bits + _TAIL_BITS

    def preference(self, code: CodeOptions, information_bits: int) -> np.ndarray:
        return turbo_preference(information_bits, code.rv)

    def ring(self, code: CodeOptions, sizes: BlockSizes, rv: int) -> tuple[int, int]:
        return turbo_start(sizes.information, rv), self.mother_bits(code, sizes.information)


TURBO = Turbo(
    "LTE turbo with its rate matching (TS 36.212); iterations=6, rv=0 (to 3, where in the\n"
    "circular buffer sending begins)",
    rates=(Fraction(1, 6), Fraction(9, 10)),
    information=(40, 6144),
    native="turbo",
    sionna="turbo",
    crc=24,
    iterations=6,
    options={"iterations": ITERATIONS, "rv": between(0, 3)},
    interleaved=True,
)
