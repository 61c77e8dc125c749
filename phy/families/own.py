"""Codes of a user's own, as a family: one block length, one rate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from linksim.phy.families.family import CodeFamily, CodeOptions
from linksim.phy.own_code import OwnCode


@dataclass(frozen=True)
class Own(CodeFamily):
    """The family of one code.

    Attributes:
        coded_bits: n, of a codeword.
    """

    coded_bits: int = field(kw_only=True)

    def lengths(self, code: CodeOptions, information: int, bits_per_symbol: int) -> tuple[int, int]:
        return information, bits_per_symbol * math.ceil(self.coded_bits / bits_per_symbol)

    def lacks(self, engine: str, code: CodeOptions, information: int) -> str:
        if engine in ("gpu", "hybrid", "sionna"):
            return f"runs linksim's own codes; for {code.name} use native"
        return ""


def own_family(code: OwnCode) -> Own:
    """Return what a code of a user's own can do."""
    rates, sizes = (code.rate, code.rate), (code.k, code.k)
    return Own("a code of one's own", rates, sizes, coded_bits=code.n)
