"""What one codec saves against another over a range of qualities, after Bjøntegaard.

G. Bjøntegaard, "Calculation of average PSNR differences between RD-curves", VCEG-M33, 2001. Curves
are interpolated by monotone piecewise cubics (PCHIP) over the logarithm of the rate, and compared
where both are: over the qualities that both reach (`bd_rate`) or the rates at which both work
(`bd_metric`).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import bjontegaard
import numpy as np

METHOD = "pchip"
"""Interpolation, by its name in the package bjontegaard."""


@dataclass(frozen=True)
class Curve:
    """How good a codec is at several rates.

    Attributes:
        rates: above 0, in any unit that both curves share.
        qualities: a metric at each rate.
    """

    rates: Sequence[float]
    qualities: Sequence[float]


@dataclass(frozen=True)
class Delta:
    """An average difference, or the reason why there is none.

    Attributes:
        value: NaN where there is none.
        reason: empty where there is a value.
    """

    value: float
    reason: str = ""


def bd_rate(anchor: Curve, test: Curve, lower_is_better: bool = False) -> Delta:
    """Return by how many percent the rate of ``test`` differs at equal quality; -50 is half.

    Args:
        lower_is_better: of the metric, as LPIPS; its curve must fall with the rate then.
    """
    sign = -1.0 if lower_is_better else 1.0
    return _compared(bjontegaard.bd_rate, anchor, test, sign)


def bd_metric(anchor: Curve, test: Curve, lower_is_better: bool = False) -> Delta:
    """Return by how much the metric of ``test`` is above the anchor's at equal rate."""
    sign = -1.0 if lower_is_better else 1.0
    delta = _compared(bjontegaard.bd_psnr, anchor, test, sign)
    return Delta(sign * delta.value, delta.reason)


def _compared(compare: object, anchor: Curve, test: Curve, sign: float) -> Delta:
    rows = []
    for name, curve in (("anchor", anchor), ("test", test)):
        points = np.array(sorted(zip(curve.rates, curve.qualities, strict=True)), dtype=float)
        if reason := _unfit(points, sign):
            return Delta(np.nan, f"the {name}'s curve {reason}")
        rows += [points[:, 0], sign * points[:, 1]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of little overlap, which is an answer too
        options = {"method": METHOD, "require_matching_points": False, "min_overlap": 0}
        value = float(compare(*rows, **options))  # type: ignore[operator]
    return Delta(value) if np.isfinite(value) else Delta(np.nan, "the curves do not overlap")


def _unfit(points: np.ndarray, sign: float) -> str:
    """Say why a curve, sorted by rate, can't be interpolated both ways; nothing if it can."""
    if len(points) < 2:
        return "has fewer than two points"
    if not np.isfinite(points).all() or (points[:, 0] <= 0).any():
        return "has a rate not above 0, or what is no number"
    if (np.diff(points[:, 0]) <= 0).any():
        return "has a rate twice"
    if (np.diff(sign * points[:, 1]) <= 0).any():
        return "does not get better with every rate"
    return ""
