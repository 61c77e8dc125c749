"""A comparison of sweeps as text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from linksim.experiments.report.tables import format_count, format_estimate
from linksim.experiments.results.comparison import (
    DIFFERENCES,
    common_snr,
    difference,
    figures,
    gain_db,
    match_rates,
    needed_db,
)
from linksim.experiments.results.fidelity import LOSSLESS
from linksim.experiments.results.metrics import ACCURACY, METRICS, USER
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.text_out import folded, printable, shortened


def gains_table(results: Mapping[str, SweepResults], level: float, ebno: bool = False) -> str:
    """Return what SNR each sweep needs for an answer match, and what it gains over the first.

    Args:
        results: of the same pictures, by label.
        level: share of the first one's answer match at its highest SNR that is to be reached.
        ebno: whether SNR is Eb/N0, which charges each for its rate, or Es/N0.
    """
    (first, plain), *_ = named = _named(results)
    judges = {found.configuration["judge"] for found in results.values()}
    if len(judges) > 1:
        return f"Judged by {', '.join(sorted(judges))}: answers are not comparable."
    if not plain.judged:
        return "Nobody judged (--judge none): no answer match to compare."
    highest = int(plain.snr_db.argmax())
    target = level * float(match_rates(plain)[highest])
    rows = [["sweep", "symbols", "needs dB", f"gains dB over {first}"]]
    for label, found in named:
        gains = "" if found is plain else _gain(plain, found, target, ebno)
        symbols = format_count(found.attributes["symbols_per_picture"])
        rows.append([label, symbols, _needs(found, target, ebno), gains])
    axis = "Eb/N0" if ebno else "Es/N0"
    return (
        f"{axis} for an answer match of {target:.3f}, {level:.4g} of what {first} reaches at "
        f"{plain.axis_db(ebno)[highest]:.4g} dB, over {len(plain.questions['text'])} questions\n"
        f"{folded(rows, keys=1)}"
    )


def _named(results: Mapping[str, SweepResults]) -> list[tuple[str, SweepResults]]:
    """Return sweeps with their labels as they are shown."""
    return [(shortened(printable(label)), found) for label, found in results.items()]


def _needed(found: SweepResults, target: float, ebno: bool) -> tuple[float, bool]:
    """Return the SNR that a sweep needs, and whether its lowest one was enough already."""
    axis = found.axis_db(ebno)
    needs = needed_db(axis, match_rates(found), target)
    return needs, needs == axis.min()


def _needs(found: SweepResults, target: float, ebno: bool) -> str:
    needs, at_once = _needed(found, target, ebno)
    return "not reached" if np.isnan(needs) else f"{'≤ ' if at_once else ''}{needs:.2f}"


def _gain(plain: SweepResults, found: SweepResults, target: float, ebno: bool) -> str:
    (first, first_at_once), (other, at_once) = (
        _needed(results, target, ebno) for results in (plain, found)
    )
    if np.isnan(first - other) or (first_at_once and at_once):
        return "unknown"
    if first_at_once or at_once:
        return f"{'≥' if at_once else '≤'} {first - other:.3g}"
    return format_estimate(gain_db(plain, found, target, ebno))


def differences_table(results: Mapping[str, SweepResults]) -> str:
    """Return each sweep's differences to the first at each SNR that all have, paired."""
    (first, plain), *others = _named(results)
    common = common_snr(results)
    if not common:
        return "No SNR is common to all: nothing to compare picture by picture."
    return "\n\n".join(
        f"{label} less {first}, on the same pictures\n{_differences(found, plain, common)}"
        for label, found in others
    )


def _differences(found: SweepResults, plain: SweepResults, common: list[float]) -> str:
    same_judge = found.configuration["judge"] == plain.configuration["judge"]
    known = [
        name
        for name in DIFFERENCES
        if (name != ACCURACY or (plain.questions["truth"] != "").any())
        and (METRICS[name].group != USER or same_judge)
        and not any(np.isnan(figures(one, name)).all() for one in (found, plain))
        and (name != LOSSLESS or any(np.nansum(figures(one, name)) for one in (found, plain)))
    ]
    rows = [["Es/N0 dB", *(METRICS[name].title for name in known)]]
    for snr_db in common:
        cells = [format_estimate(difference(found, plain, name, snr_db)) for name in known]
        rows.append([f"{snr_db:g}", *cells])
    return folded(rows, keys=1)
