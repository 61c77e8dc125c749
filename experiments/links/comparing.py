"""Links side by side: by how many dB one needs less than another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from linksim.experiments.links.curves import LinkCurve
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.text_out import folded, printable, shortened


def needed_snr(found: LinkCurve, bler: float, ebno: bool = False) -> Estimate:
    """Return the SNR in dB from which on a link's BLER stays at or below a target.

    Between points the logarithm of the BLER is taken to run straight. The interval's ends are where
    the ends of the BLER's intervals are there.

    Returns:
        NaN for what is not reached, or was reached below the lowest SNR.
    """
    axis, estimates = found.axis_db(ebno), found.curve("bler")
    value, low, high = (
        crossing(axis, [getattr(e, part) for e in estimates], bler)
        for part in ("value", "low", "high")
    )
    return Estimate(value, low, high)


def crossing(axis: np.ndarray, rates: Sequence[float], target: float) -> float:
    """Return the SNR in dB from which on rates stay at or below a target; NaN as `needed_snr`."""
    above = [i for i, rate in enumerate(rates) if not rate <= target]
    if not above or above[-1] + 1 == len(rates):
        return math.nan
    last = above[-1]
    first, second = rates[last], rates[last + 1]
    if not second > 0:  # no error seen: somewhere before this point
        return float(axis[last + 1])
    share = math.log(first / target) / math.log(first / second)
    return float(axis[last] + share * (axis[last + 1] - axis[last]))


def link_gains_table(links: Mapping[str, LinkCurve], bler: float, ebno: bool = False) -> str:
    """Return what SNR each link needs for a BLER, and what it gains over the first.

    A gain's interval holds all differences of two SNRs within both links' intervals.
    """
    (first, plain), *_ = named = [(shortened(printable(label)), f) for label, f in links.items()]
    base = needed_snr(plain, bler, ebno)
    rows = [["link", "bits per symbol", "needs dB", f"gains dB over {first}"]]
    for label, found in named:
        needs = needed_snr(found, bler, ebno)
        gain = Estimate(base.value - needs.value, base.low - needs.high, base.high - needs.low)
        bits = float(found.configuration["information_bits_per_symbol"])
        per_symbol = "varies" if math.isnan(bits) else f"{bits:.4g}"
        said = "" if found is plain else _said(gain, "unknown")
        rows.append([label, per_symbol, _said(needs, "not reached, or below all SNRs"), said])
    return f"{'Eb/N0' if ebno else 'Es/N0'} for a BLER of {bler:g}\n{folded(rows, keys=1)}"


def _said(estimate: Estimate, unknown: str) -> str:
    return unknown if math.isnan(estimate.value) else format_estimate(estimate)
