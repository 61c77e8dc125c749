"""Bits sent several times, or once: what there is without a code."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from linksim.phy.families.family import CodeOptions
from linksim.phy.families.mother_code import MotherCode
from linksim.phy.puncturing import spreading_keys


@dataclass(frozen=True)
class Repetition(MotherCode):
    """A code whose mother codeword is the information bits."""

    def mother_bits(self, code: CodeOptions, information_bits: int) -> int:
        return information_bits

    def lacks(self, engine: str, code: CodeOptions, information: int) -> str:
        return "" if engine == "gpu" else super().lacks(engine, code, information)

    def preference(self, code: CodeOptions, information_bits: int) -> np.ndarray:
        return np.argsort(spreading_keys(np.arange(information_bits)))


@dataclass(frozen=True)
class Uncoded(Repetition):
    """No code: a message is one block, filled up to a symbol, and keeps its order."""

    @property
    def uncoded(self) -> bool:
        return True

    def nominal_rate(self, code: CodeOptions) -> Fraction:
        return Fraction(1)

    def lengths(self, code: CodeOptions, information: int, bits_per_symbol: int) -> tuple[int, int]:
        _, coded = super().lengths(code, information, bits_per_symbol)
        return coded, coded

    def sent_order(self, code: CodeOptions, information_bits: int, coded_bits: int) -> np.ndarray:
        return np.arange(coded_bits)


REPETITION = Repetition(
    "every bit several times",
    rates=(Fraction(1, 32), Fraction(1)),
    information=(1, 8448),
    native="repetition",
)

UNCODED = Uncoded(
    "uncoded",
    rates=(Fraction(1), Fraction(1)),
    information=(1, 1 << 62),
    native="repetition",
)
