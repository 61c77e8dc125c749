"""Confidence intervals of what a Monte-Carlo run estimates; 95 % unless said otherwise."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its confidence interval."""

    value: float
    low: float
    high: float


def rate(wrong: np.ndarray, trials: np.ndarray | float) -> Estimate:
    """Estimate an error rate from counts per cluster (picture or code block).

    What goes wrong in one cluster goes wrong together, so that clusters, not bits, are independent.
    The rate is all errors over all trials, a ratio of two sums over clusters; its variance is that
    of a ratio estimator (Cochran, Sampling Techniques, equation 6.13). The spread between clusters
    so gives the number of independent trials that the counts are worth. With no spread (no errors
    at all, say) that is the number of clusters, and where some are larger than others, as many of
    the largest as make up all trials. The interval is Clopper and Pearson's (Biometrika 1934) at
    that number.

    Args:
        wrong: errors in each cluster.
        trials: trials in each cluster; one number if all have as many. Clusters without any count
            for nothing.

    Returns:
        NaN for everything when there are no clusters.
    """
    wrong = np.asarray(wrong, dtype=float).ravel()
    trials = np.broadcast_to(np.asarray(trials, dtype=float), wrong.shape)
    wrong, trials = wrong[trials > 0], trials[trials > 0]
    clusters, total = len(wrong), float(trials.sum())
    if not clusters:
        return Estimate(np.nan, np.nan, np.nan)
    value = float(wrong.sum()) / total
    scatter = float(np.square(wrong - value * trials).sum())
    return _clustered(value, scatter, clusters, total, total / float(trials.max()))


def rate_from_sums(wrong: int, squares: int, clusters: int, trials: int) -> Estimate:
    """Estimate as `rate` does where all clusters have as many trials, from sums over clusters.

    Args:
        wrong: sum of the errors in each cluster.
        squares: sum of their squares.
        clusters: their number.
        trials: trials in each cluster.

    >>> abs(rate_from_sums(7, 7, 100, 1).high - clopper_pearson(7, 100).high) < 1e-9
    True
    """
    if not clusters:
        return Estimate(np.nan, np.nan, np.nan)
    value = wrong / (clusters * trials)
    total, scatter = float(clusters * trials), squares - wrong**2 / clusters
    return _clustered(value, scatter, clusters, total, float(clusters))


def _clustered(
    value: float, scatter: float, clusters: int, total: float, fewest: float
) -> Estimate:
    """Return a rate's interval from the clusters' squared distances to it, summed.

    Whole clusters that go wrong at once make the counts worth ``fewest`` trials, and never fewer.
    """
    worth = fewest
    if clusters > 1 and 0 < value < 1:
        variance = clusters / (clusters - 1) * scatter / total**2
        if variance > 0:
            worth = float(np.clip(value * (1 - value) / variance, fewest, total))
    return clopper_pearson(value * worth, worth)


def clopper_pearson(successes: float, trials: float) -> Estimate:
    """Return a proportion with Clopper and Pearson's interval; counts may be fractional.

    >>> clopper_pearson(0, 100).high < 0.037
    True
    """
    tail = (1 - CONFIDENCE) / 2
    low = special.betaincinv(successes, trials - successes + 1, tail) if successes > 0 else 0.0
    high = (
        special.betainccinv(successes + 1, trials - successes, tail) if successes < trials else 1.0
    )
    return Estimate(successes / trials, float(low), float(high))


def mean_of_shared(values: np.ndarray, sources: Sequence[Collection[str]]) -> Estimate:
    """Estimate a mean of values of which some share sources, as mosaics do photographs.

    Two values that share a source are taken to be dependent, whatever the dependence: the variance
    sums the products of their distances to the mean, too (Fafchamps and Gubert 2007; Aronow, Samii
    and Assenova, "Cluster-robust variance estimation for dyadic data", 2015). It is no smaller
    than that of independent values. Student's interval, of as many degrees as there are sources.

    Args:
        values: ``[N]``.
        sources: of each value.

    >>> mean_of_shared(np.array([1.0, 0.0, 1.0, 0.0]), ["ab", "ac", "bc", "ad"]).value
    0.5
    """
    values = np.asarray(values, dtype=float).ravel()
    names = sorted({name for each in sources for name in each})
    has = np.array([[name in each for name in names] for each in sources], dtype=float)
    apart, count = values - values.mean(), len(values)
    together = float(apart @ (has @ has.T > 0) @ apart)
    alone = float(apart @ apart) * count / max(count - 1, 1)
    error = max(together, alone) ** 0.5 / count
    tail = (1 - CONFIDENCE) / 2
    reach = float(-special.stdtrit(max(min(len(names), count) - 1, 1), tail)) * error
    centre = float(values.mean())
    return Estimate(centre, centre - reach, centre + reach)


def wider(one: Estimate, other: Estimate) -> Estimate:
    """Return an estimate with the outer ends of its interval and of another's of the same value.

    >>> wider(Estimate(0.5, 0.4, 0.6), Estimate(0.5, 0.3, 0.55))
    Estimate(value=0.5, low=0.3, high=0.6)
    """
    return Estimate(one.value, min(one.low, other.low), max(one.high, other.high))


def resamples(clusters: int, times: int, seed: int) -> np.ndarray:
    """Return how often a bootstrap (Efron 1979) draws each cluster, int64 ``[times, clusters]``."""
    generator = np.random.Generator(np.random.Philox(seed))
    return generator.multinomial(clusters, np.full(clusters, 1 / clusters), size=times)


def percentiles(drawn: Sequence[float] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends of a bootstrap's interval, over the first axis; NaN values are left out."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail], axis=0)
    return low, high


def mean(values: np.ndarray) -> Estimate:
    """Estimate a mean with Student's interval; NaN values are left out."""
    values = np.asarray(values, dtype=float).ravel()
    values = values[~np.isnan(values)]
    if not len(values):
        return Estimate(np.nan, np.nan, np.nan)
    centre = float(values.mean())
    if len(values) == 1:
        return Estimate(centre, np.nan, np.nan)
    tail = (1 - CONFIDENCE) / 2
    error = values.std(ddof=1) / len(values) ** 0.5
    reach = -special.stdtrit(len(values) - 1, tail) * error
    return Estimate(centre, centre - float(reach), centre + float(reach))
