"""Convolutional codes with nested puncturing; see `linksim.phy.puncturing`."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from linksim.phy.families.family import CodeOptions, between
from linksim.phy.families.mother_code import MotherCode
from linksim.phy.puncturing import FAMILIES, convolutional_preference


def generators(code: CodeOptions) -> tuple[str, ...]:
    """Return the generators of a convolutional code: from rate 1/2 on, two are enough."""
    family = FAMILIES[code.constraint]
    return family.generators[:2] if code.rate >= Fraction(1, 2) else family.generators


@dataclass(frozen=True)
class Convolutional(MotherCode):
    """Convolutional codes, driven back to state 0 by constraint length − 1 more inputs."""

    def mother_bits(self, code: CodeOptions, information_bits: int) -> int:
        return len(generators(code)) * (information_bits + code.constraint - 1)

    def preference(self, code: CodeOptions, information_bits: int) -> np.ndarray:
        return convolutional_preference(generators(code), information_bits)


CONVOLUTIONAL = Convolutional(
    "convolutional code with Viterbi decoding; constraint=7 (3 to 8)\n"
    "patterns of rates 12/13, 12/14 … 12/36, between them part of the next; repeats below",
    rates=(Fraction(1, 6), Fraction(9, 10)),
    information=(8, 6144),
    native="convolutional",
    sionna="convolutional",
    crc=16,
    options={"constraint": between(3, 8)},
)
