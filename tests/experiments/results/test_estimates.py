import numpy as np
import pytest
from scipy import stats

from linksim.experiments.results.estimates import (
    clopper_pearson,
    mean,
    mean_of_shared,
    rate,
    rate_from_sums,
)


def test_independent_trials_give_the_exact_binomial_interval() -> None:
    wrong = np.array([1] * 7 + [0] * 93)
    exact = stats.binomtest(7, 100).proportion_ci(0.95, "exact")
    estimate = rate(wrong, 1.0)
    assert estimate.value == pytest.approx(0.07)
    assert estimate.low == pytest.approx(exact.low, abs=2e-3)
    assert estimate.high == pytest.approx(exact.high, abs=2e-3)


def test_no_errors_at_all_still_have_an_upper_bound_from_clusters() -> None:
    estimate = rate(np.zeros(50), 6144.0)
    assert (estimate.value, estimate.low) == (0, 0)
    assert estimate.high == pytest.approx(stats.binomtest(0, 50).proportion_ci().high)


def test_errors_that_come_together_widen_the_interval() -> None:
    together = rate(np.array([100] * 5 + [0] * 95), 100.0)
    spread = rate(np.random.default_rng(0).binomial(100, 0.05, 100), 100.0)
    assert together.value == pytest.approx(spread.value, rel=0.1)
    assert together.high - together.low > 5 * (spread.high - spread.low)


def test_sums_over_equal_clusters_are_enough() -> None:
    wrong = np.random.default_rng(2).binomial(60, 0.1, size=80)
    from_sums = rate_from_sums(int(wrong.sum()), int((wrong**2).sum()), 80, 60)
    from_clusters = rate(wrong, 60.0)
    for part in ("value", "low", "high"):
        assert getattr(from_sums, part) == pytest.approx(getattr(from_clusters, part), rel=1e-12)


@pytest.mark.parametrize("correlated", [True, False])
def test_the_interval_covers_the_truth_as_often_as_it_says(correlated: bool) -> None:
    rng, covered, runs = np.random.default_rng(0), 0, 400
    for _ in range(runs):
        if correlated:
            wrong = rng.binomial(60, rng.choice([0.02, 0.4], size=80))
            truth = 0.21
        else:
            wrong, truth = rng.binomial(60, 0.1, size=80), 0.1
        estimate = rate(wrong, 60.0)
        covered += estimate.low <= truth <= estimate.high
    assert covered / runs > 0.91


@pytest.mark.parametrize("correlated", [True, False])
def test_clusters_of_unequal_size_are_covered_as_often(correlated: bool) -> None:
    rng, covered, runs = np.random.default_rng(0), 0, 400
    for _ in range(runs):
        trials = rng.integers(1, 40, size=80)
        whole = trials * (rng.random(80) < 0.2)
        wrong = whole if correlated else rng.binomial(trials, 0.2)
        estimate = rate(wrong, trials)
        covered += estimate.low <= 0.2 <= estimate.high
    assert covered / runs > 0.91


def test_large_clusters_that_fail_where_small_ones_do_not_widen_the_interval() -> None:
    trials = np.array([10] * 10 + [1] * 900)
    estimate = rate(np.where(trials == 10, 10, 0), trials)
    variance = (10 * 9**2 + 900 * 0.1**2) / 1000**2 * 910 / 909
    worth = 0.1 * 0.9 / variance  # between the largest clusters that make up all trials, and all
    assert 1000 / 10 < worth < 910
    assert estimate.high == pytest.approx(clopper_pearson(0.1 * worth, worth).high)


def test_clusters_without_trials_count_for_nothing() -> None:
    assert rate(np.array([1, 0, 2, 0]), np.array([4, 0, 4, 0])) == rate(np.array([1, 2]), 4.0)
    assert np.isnan(rate(np.zeros(3), np.zeros(3)).value)


def test_nothing_measured_is_not_a_number() -> None:
    assert np.isnan(rate(np.array([]), 1.0).value)
    assert np.isnan(mean(np.array([np.nan])).value)


def test_ends_of_the_range() -> None:
    assert clopper_pearson(0, 10).low == 0
    assert clopper_pearson(10, 10).high == 1


def test_the_mean_has_students_interval() -> None:
    values = np.random.default_rng(1).normal(3, 2, 40)
    low, high = stats.t.interval(0.95, 39, values.mean(), stats.sem(values))
    estimate = mean(values)
    assert (estimate.low, estimate.high) == (pytest.approx(low), pytest.approx(high))


def _of_sources(draws: np.random.Generator, shared: float) -> tuple[np.ndarray, list[list[str]]]:
    """Return values of 60 samples of four sources each, of 100 whose effects are drawn around 0."""
    effects = draws.normal(0, shared, 100)
    picked = np.array([draws.permutation(100)[:4] for _ in range(60)])
    values = effects[picked].mean(axis=1) + draws.normal(0, 1, 60)
    return values, [[str(source) for source in sources] for sources in picked]


def test_values_that_share_sources_are_known_less_well_than_they_seem() -> None:
    draws = np.random.default_rng(11)
    held = {"shared": 0, "alone": 0}
    for _ in range(300):
        values, sources = _of_sources(draws, 4.0)
        for name, found in (("shared", mean_of_shared(values, sources)), ("alone", mean(values))):
            held[name] += found.low <= 0 <= found.high
    assert held["alone"] < 0.8 * 300
    assert held["shared"] > held["alone"] + 0.08 * 300


def test_values_of_sources_of_their_own_have_the_interval_of_a_mean() -> None:
    values = np.random.default_rng(2).normal(3, 1, 20)
    alone, shared = mean(values), mean_of_shared(values, [[str(n)] for n in range(20)])
    assert shared.value == pytest.approx(alone.value)
    assert shared.low == pytest.approx(alone.low)
    assert shared.high == pytest.approx(alone.high)
