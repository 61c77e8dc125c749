"""LTE's turbo code (TS 36.212 5.1.2, 5.1.3.2, 5.1.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from linksim.phy.circular_buffer import encoded_places, turbo_preference, turbo_start
from linksim.phy.families.family import ITERATIONS, BlockSizes, CodeOptions, between, one_of
from linksim.phy.families.mother_code import MotherCode


@dataclass(frozen=True)
class Turbo(MotherCode):
    """The turbo code, which ends with 12 tail bits and brings its own interleaver.

    As few blocks as 5.1.2 makes of a message, each with its CRC and, where its length is none of
    the code's, with filler bits; all of one length, where 5.1.2 has two.
    """

    def mother_bits(self, code: CodeOptions, information_bits: int) -> int:
        return encoded_places(information_bits).size

    def preference(self, code: CodeOptions, information_bits: int) -> np.ndarray:
        return turbo_preference(information_bits, code.rv)

    def ring(self, code: CodeOptions, sizes: BlockSizes, rv: int) -> tuple[int, int]:
        return turbo_start(sizes.information, rv), self.mother_bits(code, sizes.information)


TURBO = Turbo(
    "LTE turbo with its rate matching (TS 36.212); iterations=6, decoder=logmap|maxlog (scaled\n"
    "by 3/4), rv=0 (to 3, where in the circular buffer sending begins)",
    rates=(Fraction(1, 6), Fraction(9, 10)),
    information=(40, 6144),
    native="turbo",
    sionna="turbo",
    crc=24,
    iterations=6,
    options={
        "iterations": ITERATIONS,
        "decoder": one_of("logmap", "maxlog"),
        "rv": between(0, 3),
    },
    interleaved=True,
)
