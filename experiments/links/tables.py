"""A link's curves as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linksim.experiments.links.adaptation import AdaptedCurve, shown_curves
from linksim.experiments.links.results import (
    OUTAGE,
    TB_BLER,
    THROUGHPUT,
    TRANSMISSIONS,
    Curve,
    LinkResults,
    Tally,
    estimate,
    rates_of,
)
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.text_out import align, folded, printable, screen_width

if TYPE_CHECKING:
    from linksim.experiments.links.simulation import Place

_RATES = {
    "bler": "BLER",
    "ber": "BER",
    "raw_ber": "raw BER",
    **{f"{TB_BLER}_{n}": f"TB BLER after {n}" for n in (1, 2, 3)},
    TB_BLER: "TB BLER",
    TRANSMISSIONS: "transmissions",
    OUTAGE: "outage",
    THROUGHPUT: "bits/symbol",
}
"""Columns of what is estimated; after the last transmission the error rate is TB BLER."""

_PER_LINK = (TRANSMISSIONS, THROUGHPUT)


def link_table(results: LinkResults) -> str:
    """Return the curves of a link as `curves_table` does; of one that adapts, that alone."""
    first, *_ = shown_curves(results)
    if isinstance(first, AdaptedCurve):
        return adapted_table(first)
    return curves_table(results.curves)


def adapted_table(curve: AdaptedCurve) -> str:
    """Return at each SNR the scheme that is taken, and what comes of it."""
    rates = [name for name in _columns([curve]) if name.startswith(TB_BLER) or name in _PER_LINK]
    found = zip(*(map(format_estimate, curve.rate(name)) for name in rates), strict=True)
    head = ["Es/N0 dB", "scheme", "modulation", *(_RATES[name] for name in rates)]
    rows = [
        [f"{snr:.2f}", str(scheme.about["code"]), str(scheme.about["modulation"]), *said]
        for snr, scheme, said in zip(curve.snr_db, curve.schemes, found, strict=True)
    ]
    return folded([head, *rows], keys=2)


def curves_table(curves: Sequence[Curve]) -> str:
    """Return curves as one table, a row for each SNR, intervals in brackets.

    Where the screen has no room for that, each curve has tables of its own.
    """
    rates = _columns(curves)
    rows = [[*_names(one), *row] for one in curves for row in _rows(one, rates)]
    table = align([["code", "modulation", *_head(rates)], *rows])
    if len(table.split("\n", 1)[0]) <= screen_width():
        return table
    return "\n\n".join(map(_curve_table, curves))


def _curve_table(curve: Curve) -> str:
    rates = _columns([curve])
    rows = [_head(rates), *_rows(curve, rates)]
    return f"{printable(', '.join(_names(curve)))}\n{folded(rows, keys=1)}"


def _columns(curves: Sequence[Curve]) -> list[str]:
    """Return what is estimated for some curve; what comes after the last transmission, once."""
    had = {name for one in curves for name in rates_of(one.about)}
    last = {f"{TB_BLER}_{one.about['rounds']}" for one in curves if "rounds" in one.about}
    return [name for name in _RATES if name in had - last]


def _names(curve: Curve) -> list[str]:
    return [str(curve.about["code"]), str(curve.about["modulation"])]


def _head(rates: Sequence[str]) -> list[str]:
    return ["Es/N0 dB", "Eb/N0 dB", "blocks", "wrong", *(_RATES[name] for name in rates)]


def _rows(curve: Curve, names: Sequence[str]) -> list[list[str]]:
    """Return a row for each SNR: axes, counts and rates; nothing for a rate that it has not."""
    had, points = rates_of(curve.about), len(curve.snr_db)
    said = (
        list(map(format_estimate, curve.rate(name))) if name in had else [""] * points
        for name in names
    )
    rates = zip(*said, strict=True)
    axes = zip(curve.snr_db, curve.ebno_db, strict=True)
    return [
        [
            *(f"{snr:.2f}", f"{ebno:.2f}"),
            *map(str, reversed(_blocks(counted))),
            *found,
        ]
        for (snr, ebno), counted, found in zip(axes, curve.tallies, rates, strict=True)
    ]


def point_line(place: Place, counted: Tally) -> str:
    """Return the running estimate of a point, in a line."""
    about = place.setup.about
    bler = format_estimate(
        estimate(counted, "bler" if "bler" in rates_of(about) else TB_BLER, about)
    )
    wrong, all_of_them = _blocks(counted)
    return (
        f"{about['code']} {about['modulation']} {place.snr_db:.2f} dB: BLER {bler}, "
        f"{wrong} of {all_of_them} blocks wrong"
    )


def _blocks(counted: Tally) -> tuple[int, int]:
    """Return wrong blocks, and all; where messages alone are counted, those."""
    names = ("block_errors", "blocks") if "blocks" in counted else ("message_errors", "messages")
    wrong, every = (counted[name] for name in names)
    return wrong, every
