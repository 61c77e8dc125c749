"""Channel codes at equal cost: rates chosen so that a message takes a given number of symbols."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from linksim.experiments.constellations import modulation_of
from linksim.experiments.faults import Fault
from linksim.phy import MODULATIONS, CodeSpec, Refused, Segmentation
from linksim.phy.segmentation import segment

_ROUNDS = 20
# Among modulations of as many bits, those that people would take first.
_PLAIN = ("bpsk", "qpsk", "8psk", "16qam", "64qam", "256qam")


@dataclass(frozen=True)
class Fitted:
    """A code and a modulation that take so many symbols for a message.

    Attributes:
        code: as `CodeSpec.parse` reads it.
        modulation: its name.
        symbols: data symbols of a message.
    """

    code: str
    modulation: str
    symbols: int


def fit(code: CodeSpec, modulation: str, message_bits: int, symbols: int) -> Fitted:
    """Return a code at the rate with which a message takes as many symbols as are given.

    It never takes more. What it takes less, at most a symbol for each of its blocks, no rate can
    mend. ``none`` has no rate: it takes the modulation with the fewest bits per symbol that fits,
    whichever is given.

    Raises:
        Fault: if the code has no such rate.
    """
    if code.family.uncoded:
        return _uncoded(code, message_bits, symbols)
    bits = modulation_of(modulation).bits_per_symbol
    found: list[tuple[Segmentation, CodeSpec]] = []
    try:
        tried = replace(code, rate=Fraction(message_bits, symbols * bits))
        for _ in range(_ROUNDS):
            plan = segment(tried, message_bits, bits)
            if plan.symbols <= symbols:
                found.append((plan, tried))
            # As many blocks as this rate leads to, each with its share of the symbols.
            coded = symbols // plan.blocks * bits
            better = replace(code, rate=Fraction(plan.information_bits, coded))
            if better == tried:
                break
            tried = better
    except Refused as refused:
        if not found:
            asked = f"{message_bits} bits in {symbols} symbols of {modulation}"
            raise Fault(f"--efficiency: {asked}: {refused.reason}") from None
    if not found:
        raise Fault(f"--code {code.name}: no rate of it takes {symbols} symbols of {modulation}")
    plan, best = max(found, key=lambda pair: pair[0].symbols)
    return Fitted(str(best), modulation, plan.symbols)


def _uncoded(code: CodeSpec, message_bits: int, symbols: int) -> Fitted:
    for name in _PLAIN:
        plan = segment(code, message_bits, MODULATIONS[name].bits_per_symbol)
        if plan.symbols <= symbols:
            return Fitted(str(code), name, plan.symbols)
    raise Fault(f"--efficiency: uncoded, {message_bits} bits take more than {symbols} symbols")
