"""A link's curves as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linksim.experiments.links.results import Curve, LinkResults, Tally, estimate
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.text_out import align

if TYPE_CHECKING:
    from linksim.experiments.links.simulation import Place

_RATES = {"bler": "BLER", "ber": "BER", "raw_ber": "raw BER"}


def link_table(results: LinkResults) -> str:
    """Return the curves of a link as one table, a row for each SNR, intervals in brackets."""
    return curves_table(results.curves)


def curves_table(curves: Sequence[Curve]) -> str:
    """Return curves as `link_table` does."""
    rows = [["code", "modulation", "Es/N0 dB", "Eb/N0 dB", "blocks", "wrong", *_RATES.values()]]
    for curve in curves:
        names = [str(curve.about["code"]), str(curve.about["modulation"])]
        rates = zip(*(curve.rate(name) for name in _RATES), strict=True)
        axes = zip(curve.snr_db, curve.ebno_db, strict=True)
        for (snr, ebno), counted, found in zip(axes, curve.tallies, rates, strict=True):
            counts = [str(counted["blocks"]), str(counted["block_errors"])]
            rows.append(
                [*names, f"{snr:.2f}", f"{ebno:.2f}", *counts, *map(format_estimate, found)]
            )
    return align(rows)


def point_line(place: Place, counted: Tally) -> str:
    """Return the running estimate of a point, in a line."""
    about = place.setup.about
    bler = format_estimate(estimate(counted, "bler", about))
    return (
        f"{about['code']} {about['modulation']} {place.snr_db:.2f} dB: BLER {bler}, "
        f"{counted['block_errors']} of {counted['blocks']} blocks wrong"
    )
