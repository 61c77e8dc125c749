"""Unequal protection: the parts of a message over physical layers of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from linksim.phy import PhySpec
from linksim.phy.channel import IMAGE
from linksim.phy.checks import instance_of
from linksim.source import Message

HEADER, HEADER_RATE = "header", Fraction(1, 3)
"""The part of a stream that is protected unasked, because without it the rest says nothing."""

_SEEDS_APART = 2**48


def seed_apart(seed: int, number: int) -> int:
    """Return the seed of a picture's physical layer of this number: draws of its own."""
    return (seed + number * _SEEDS_APART) % 2**64


def fades_as_a_whole(spec: PhySpec) -> bool:
    """Tell whether the channel keeps its gain for everything that is sent for a picture."""
    return spec.channel.name != "awgn" and spec.channel.coherence == IMAGE


def split(message: Message, spec: PhySpec) -> list[tuple[slice, PhySpec]]:
    """Return the runs of a message's numbers, each with the physical layer that carries it.

    Parts that ``spec.rates`` does not name keep the code rate of ``spec.code``; neighbours of equal
    rate travel together. Without rates the message travels whole.

    Raises:
        ValueError: if a part that is named is not there, or parts would fade apart from each other
            where the channel keeps its gain for a whole picture.
    """
    rates = _rates_of([name for name, _ in message.parts], spec)
    if spec.rates and fades_as_a_whole(spec):
        raise ValueError("protect: parts would fade one by one; use --coherence block, or a number")
    plain = replace(spec, rates=())
    if not spec.rates:
        return [(slice(0, int(message.values.shape[1])), plain)]
    return [
        (run, replace(plain, code=replace(plain.code, rate=rate)))
        for run, rate in _runs(message, rates)
    ]


def stream_rates(parts: Sequence[str], spec: PhySpec) -> dict[str, Fraction]:
    """Return the code rate of every part of a stream.

    Parts that ``spec.rates`` does not name keep the code rate of ``spec.code``. But `HEADER`, where
    a stream has it, gets `HEADER_RATE` if it is not named and the code has rates so low; to have it
    otherwise, name it.

    Raises:
        ValueError: if a part that is named is not there.
    """
    rates = _rates_of(parts, spec)
    if HEADER in parts and HEADER not in dict(spec.rates):
        offered = spec.code.family.rates[0] <= HEADER_RATE
        rates[HEADER] = min(spec.code.rate, HEADER_RATE) if offered else spec.code.rate
    return rates


def _rates_of(parts: Sequence[str], spec: PhySpec) -> dict[str, Fraction]:
    named = dict(instance_of(PhySpec, spec, "spec", "PhySpec(CodeSpec.parse('ldpc'))").rates)
    for name in named:
        if name not in parts:
            known = f"it has {', '.join(parts)}" if parts else "this codec's has none"
            raise ValueError(f"protect: {name} is no part of the message; {known}")
    return {part: named.get(part, spec.code.rate) for part in parts}


def _runs(message: Message, rates: dict[str, Fraction]) -> Iterator[tuple[slice, Fraction]]:
    start = stop = 0
    current: Fraction | None = None
    for name, count in message.parts:
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
        ValueError: saying what is wrong.

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
            raise ValueError(f"{text}: write PART=RATE,…, like strong=1/3,weak=3/4") from None
        if not name or name in rates or not 0 < value <= 1:
            raise ValueError(f"{text}: give each part one rate, above 0 and at most 1")
        rates[name] = value
    return tuple(rates.items())
