"""Unequal protection: the parts of a message over physical layers of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from linksim.phy import PhySpec
from linksim.phy.channel import IMAGE
from linksim.source import Message


def split(message: Message, spec: PhySpec) -> list[tuple[slice, PhySpec]]:
    """Return the runs of a message's numbers, each with the physical layer that carries it.

    Parts that ``spec.rates`` does not name keep the code rate of ``spec.code``; neighbours of equal
    rate travel together. Without rates the message travels whole.

    Raises:
        ValueError: if a part that is named is not there, or parts would fade apart from each other
            where the channel keeps its gain for a whole picture.
    """
    names, rates = [name for name, _ in message.parts], dict(spec.rates)
    for name in rates:
        if name not in names:
            known = f"it has {', '.join(names)}" if names else "this codec's has none"
            raise ValueError(f"protect: {name} is no part of the message; {known}")
    if rates and spec.channel.name != "awgn" and spec.channel.coherence == IMAGE:
        raise ValueError("protect: parts would fade one by one; use --coherence block, or a number")
    plain = replace(spec, rates=())
    if not rates:
        return [(slice(0, int(message.values.shape[1])), plain)]
    return [
        (run, replace(plain, code=replace(plain.code, rate=rate)))
        for run, rate in _runs(message, rates, plain.code.rate)
    ]


def _runs(
    message: Message, rates: dict[str, Fraction], other: Fraction
) -> Iterator[tuple[slice, Fraction]]:
    start = stop = 0
    current: Fraction | None = None
    for name, count in message.parts:
        rate = rates.get(name, other)
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
