"""A link's curves as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linksim.experiments.links.results import Curve, LinkResults, Tally, estimate
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.text_out import align, folded, printable, screen_width

if TYPE_CHECKING:
    from linksim.experiments.links.simulation import Place

_RATES = {"bler": "BLER", "ber": "BER", "raw_ber": "raw BER"}


def link_table(results: LinkResults) -> str:
    """Return the curves of a link as `curves_table` does."""
    return curves_table(results.curves)


def curves_table(curves: Sequence[Curve]) -> str:
    """Return curves as one table, a row for each SNR, intervals in brackets.

    Where the screen has no room for that, each curve has tables of its own.
    """
    head = ["Es/N0 dB", "Eb/N0 dB", "blocks", "wrong", *_RATES.values()]
    named = [((str(one.about["code"]), str(one.about["modulation"])), _rows(one)) for one in curves]
    rows = [[*names, *row] for names, found in named for row in found]
    table = align([["code", "modulation", *head], *rows])
    if len(table.split("\n", 1)[0]) <= screen_width():
        return table
    return "\n\n".join(
        f"{printable(', '.join(names))}\n{folded([head, *found], keys=1)}" for names, found in named
    )


def _rows(curve: Curve) -> list[list[str]]:
    """Return a row for each SNR: axes, counts and rates."""
    rates = zip(*(curve.rate(name) for name in _RATES), strict=True)
    axes = zip(curve.snr_db, curve.ebno_db, strict=True)
    return [
        [
            *(f"{snr:.2f}", f"{ebno:.2f}"),
            *(str(counted["blocks"]), str(counted["block_errors"])),
            *map(format_estimate, found),
        ]
        for (snr, ebno), counted, found in zip(axes, curve.tallies, rates, strict=True)
    ]


def point_line(place: Place, counted: Tally) -> str:
    """Return the running estimate of a point, in a line."""
    about = place.setup.about
    bler = format_estimate(estimate(counted, "bler", about))
    return (
        f"{about['code']} {about['modulation']} {place.snr_db:.2f} dB: BLER {bler}, "
        f"{counted['block_errors']} of {counted['blocks']} blocks wrong"
    )
