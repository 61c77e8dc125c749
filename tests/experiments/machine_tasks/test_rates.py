"""BD-rate and BD-metric of curves whose difference is known."""

import math

import numpy as np
import pytest

from linksim.experiments.machine_tasks.rates import Curve, bd_metric, bd_rate

RATES = [0.1, 0.2, 0.35, 0.8, 1.5]
QUALITIES = [20.0, 24.0, 27.5, 31.0, 33.0]
ANCHOR = Curve(RATES, QUALITIES)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.0, 1.25, 2.0])
def test_a_rate_scaled_by_a_factor_differs_by_it(factor: float) -> None:
    scaled = Curve([factor * rate for rate in RATES], QUALITIES)
    delta = bd_rate(ANCHOR, scaled)
    assert delta.value == pytest.approx(100 * (factor - 1), abs=1e-6)
    assert delta.reason == ""


@pytest.mark.parametrize("shift", [-1.5, 0.0, 3.0])
def test_a_metric_shifted_differs_by_the_shift(shift: float) -> None:
    shifted = Curve(RATES, [quality + shift for quality in QUALITIES])
    assert bd_metric(ANCHOR, shifted).value == pytest.approx(shift, abs=1e-9)


def test_a_metric_of_which_less_is_better_keeps_its_sign() -> None:
    falling = Curve(RATES, [1.0 - quality / 100 for quality in QUALITIES])
    worse = Curve([2 * rate for rate in RATES], falling.qualities)
    assert bd_rate(falling, worse, lower_is_better=True).value == pytest.approx(100, abs=1e-6)
    raised = Curve(RATES, [value + 0.1 for value in falling.qualities])
    assert bd_metric(falling, raised, lower_is_better=True).value == pytest.approx(0.1)


def test_curves_on_straight_lines_of_log_rate_are_compared_where_both_are() -> None:
    # Quality is 10 log10(rate) and 10 log10(rate) + 2, over ranges that meet only in part.
    rates, others = np.geomspace(1, 100, 7), np.geomspace(10, 1000, 4)
    one = Curve(rates.tolist(), (10 * np.log10(rates)).tolist())
    two = Curve(others.tolist(), (10 * np.log10(others) + 2).tolist())
    assert bd_metric(one, two).value == pytest.approx(2)
    assert bd_rate(one, two).value == pytest.approx(100 * (10**-0.2 - 1))


def test_the_order_of_points_does_not_matter() -> None:
    order = [3, 0, 4, 1, 2]
    mixed = Curve([RATES[i] for i in order], [QUALITIES[i] + 1 for i in order])
    assert bd_metric(ANCHOR, mixed).value == pytest.approx(1)


@pytest.mark.parametrize(
    ("curve", "reason"),
    [
        (Curve([0.1], [20]), "fewer than two points"),
        (Curve([], []), "fewer than two points"),
        (Curve(RATES, [20, 24, 23, 31, 33]), "does not get better with every rate"),
        (Curve(RATES, [20, 24, 24, 31, 33]), "does not get better with every rate"),
        (Curve(RATES, QUALITIES[::-1]), "does not get better with every rate"),
        (Curve([0.1, 0.1, 0.2, 0.3, 0.4], QUALITIES), "has a rate twice"),
        (Curve([0.0, 0.1, 0.2, 0.3, 0.4], QUALITIES), "not above 0"),
        (Curve(RATES, [20, math.nan, 27, 31, 33]), "no number"),
        (Curve(RATES, [20, 24, 27, 31, math.inf]), "no number"),
    ],
)
def test_what_can_not_be_compared_has_a_reason(curve: Curve, reason: str) -> None:
    for compare in (bd_rate, bd_metric):
        for pair, name in (((ANCHOR, curve), "test"), ((curve, ANCHOR), "anchor")):
            delta = compare(*pair)
            assert math.isnan(delta.value)
            assert delta.reason.startswith(f"the {name}'s curve")
            assert reason in delta.reason


def test_curves_that_do_not_meet_have_no_difference() -> None:
    above = Curve(RATES, [quality + 50 for quality in QUALITIES])
    assert bd_rate(ANCHOR, above).reason == "the curves do not overlap"
    assert bd_metric(ANCHOR, above).value == pytest.approx(50)
    far = Curve([1000 * rate for rate in RATES], QUALITIES)
    assert bd_metric(ANCHOR, far).reason == "the curves do not overlap"
    assert math.isnan(bd_metric(ANCHOR, far).value)
