"""Unequal protection: the parts of a message over physical layers of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from linksim.phy import PhySpec
from linksim.phy.channel import IMAGE
from linksim.phy.checks import instance_of
from linksim.phy.refused import Refused
from linksim.source import MessageFormat

HEADER, HEADER_RATE = "header", Fraction(1, 3)
"""The part of a stream that is protected unasked, because without it the rest says nothing."""

_SEEDS_APART = 2**48


def seed_apart(seed: int, number: int) -> int:
    """Return the seed of a picture's physical layer of this number: draws of its own."""
    return (seed + number * _SEEDS_APART) % 2**64


def fades_as_a_whole(spec: PhySpec) -> bool:
    """Tell whether the channel keeps its gain for everything that is sent for a picture."""
    return spec.channel.name != "awgn" and spec.channel.coherence == IMAGE


def split(sent: MessageFormat, spec: PhySpec) -> list[tuple[slice, PhySpec]]:
    """Return the runs of the numbers of messages, each with the physical layer that carries it.

    Parts that ``spec.rates`` does not name keep the code rate of ``spec.code``; neighbours of equal
    rate travel together. Without rates the message travels whole.

    Raises:
        Refused: if a part that is named is not there, the code has no such rate, or parts
            would fade apart from each other where the channel keeps its gain for a whole picture.
    """
    rates = _rates_of([name for name, _ in sent.parts], spec)
    if spec.rates and fades_as_a_whole(spec):
        problem = "parts would fade one by one; use a coherence of block, or of a number"
        raise Refused("rates", problem)
    plain = replace(spec, rates=())
    if not spec.rates:
        return [(slice(0, sent.count), plain)]
    return [
        (run, replace(plain, code=replace(plain.code, rate=rate)))
        for run, rate in _runs(sent, rates)
    ]


def stream_rates(parts: Sequence[str], spec: PhySpec) -> dict[str, Fraction]:
    """Return the code rate of every part of a stream.

    Parts that ``spec.rates`` does not name keep the code rate of ``spec.code``. But `HEADER`, where
    a stream has it, gets `HEADER_RATE` if it is not named and the code has rates so low; to have it
    otherwise, name it.

    Raises:
        Refused: if a part that is named is not there, or the code has no such rate.
    """
    rates = _rates_of(parts, spec)
    if HEADER in parts and HEADER not in dict(spec.rates):
        family = spec.code.family
        offered = family.has_rates and family.rates[0] <= HEADER_RATE
        rates[HEADER] = min(spec.code.rate, HEADER_RATE) if offered else spec.code.rate
    return rates


def _rates_of(parts: Sequence[str], spec: PhySpec) -> dict[str, Fraction]:
    check_rates(instance_of(PhySpec, spec, "spec", "PhySpec(CodeSpec.parse('ldpc'))"))
    named = dict(spec.rates)
    for name in named:
        if name not in parts:
            known = f"it has {', '.join(parts)}" if parts else "this codec's has none"
            raise Refused("rates", f"no part of the message; {known}", name)
    return {part: named.get(part, spec.code.rate) for part in parts}


def check_rates(spec: PhySpec) -> None:
    """Make sure that a physical layer's code has all rates that parts are to have.

    Raises:
        Refused: if it does not.
    """
    code, (low, high) = spec.code.name, spec.code.family.rates
    if spec.rates and not spec.code.family.has_rates:
        raise Refused("rates", f"the code {code} has no other rate; leave it out, or take a code")
    for name, rate in spec.rates:
        if not low <= rate <= high:
            raise Refused("rates", f"{code} has rates {low} to {high}", f"{name}={rate}")


def _runs(sent: MessageFormat, rates: dict[str, Fraction]) -> Iterator[tuple[slice, Fraction]]:
    start = stop = 0
    current: Fraction | None = None
    for name, count in sent.parts:
        rate = rates[name]
        if current is not None and rate != current:
            yield slice(start, stop), current
            start = stop
        current, stop = rate, stop + count
    if current is not None:
        yield slice(start, stop), current


def parse_protection(text: str) -> tuple[tuple[str, Fraction], ...]:
    """Read ``PART=RATE,…``.

    Raises:
        Refused: saying what is wrong.

    >>> parse_protection("strong=1/3,weak=3/4")
    (('strong', Fraction(1, 3)), ('weak', Fraction(3, 4)))
    """
    rates: dict[str, Fraction] = {}
    for part in text.split(","):
        name, _, rate = part.partition("=")
        try:
            if len(rate) > 20 or set(rate) - set("0123456789./"):
                raise ValueError
            value = Fraction(rate)
        except (ValueError, ZeroDivisionError):
            problem = "write PART=RATE,…, like strong=1/3,weak=3/4"
            raise Refused("rates", problem, text) from None
        if not name or name in rates or not 0 < value <= 1:
            raise Refused("rates", "give each part one rate, above 0 and at most 1", text)
        rates[name] = value
    return tuple(rates.items())
