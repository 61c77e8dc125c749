"""Sweeps of the same pictures side by side: dB gained, and differences picture by picture."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from linksim.experiments.faults import Fault
from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.estimates import Estimate, mean, percentiles
from linksim.experiments.results.metrics import ANSWER_MATCH, METRICS, dependent
from linksim.experiments.results.parts import world_of
from linksim.experiments.results.sweeps import SweepResults

DIFFERENCES = tuple(name for name, metric in METRICS.items() if metric.each)
"""Figures that every picture has at every SNR, and that so can be compared picture by picture.

PSNR is compared on the pictures that are lossless in neither.
"""

_RESAMPLED = 1000
_DRAWN = ("data", "scenes", "images", "seed", "query", "questions")  # decide pictures, questions


def check_same_pictures(results: Mapping[str, SweepResults]) -> None:
    """Make sure that all sweeps sent the same pictures and asked the same questions.

    Raises:
        Fault: saying which two differ, and in what.
    """
    (first, reference), *others = results.items()
    for label, found in others:
        if not _same_pictures(reference, found):
            ours, theirs = reference.configuration, found.configuration
            differing = ", ".join(
                f"{name} {ours.get(name)} and {theirs.get(name)}"
                for name in _DRAWN
                if ours.get(name) != theirs.get(name)
            )
            if (one := world_of(reference.inputs)) != (other := world_of(found.inputs)):
                differing = f"scenes of the {one} world and of the {other}"
            raise Fault(
                f"{first} and {label} are of other pictures or questions "
                f"({differing or 'under the same options'}); compare sweeps of the same ones"
            )


def _same_pictures(one: SweepResults, other: SweepResults) -> bool:
    """Compare the first pictures, as many as both have: --precision may end one of them earlier."""
    for name in ("text", "name"):
        pairs = zip(one.questions[name], other.questions[name], strict=False)
        if any(ours != theirs for ours, theirs in pairs):
            return False
    ours, theirs = one.shown.get("original"), other.shown.get("original")
    if ours is None or theirs is None or ours.shape[1:] != theirs.shape[1:]:
        return True  # codecs take pictures of different sizes
    count = min(len(ours), len(theirs))
    return np.array_equal(ours[:count], theirs[:count])


def figures(results: SweepResults, name: str) -> np.ndarray:
    """Return one of `DIFFERENCES` for each picture at each SNR.

    Returns:
        float64 ``[P, N]``; NaN where it is not known, or nothing was measured.

    Raises:
        ValueError: if it is another metric.
    """
    each = METRICS[name].each
    if each is None:
        raise ValueError(f"{name} is no figure of a picture")
    found = np.full((len(results.snr_db), len(results.questions["wanted"])), np.nan)
    for row, counted, point in zip(found, results.counted, range(len(found)), strict=True):
        row[:counted] = each(results.sent(point))
    return found


def _paired(one: SweepResults, other: SweepResults, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a figure of both, for the pictures that both have; see `figures`."""
    ours, theirs = figures(one, name), figures(other, name)
    count = min(ours.shape[1], theirs.shape[1])
    return ours[:, :count], theirs[:, :count]


def difference(better: SweepResults, other: SweepResults, name: str, snr_db: float) -> Estimate:
    """Return by how much a figure of one is above the other's at an SNR, paired.

    The interval is that of the differences, picture by picture; see `dependent` for mosaics.

    Raises:
        ValueError: if nothing was measured at this SNR, or they are of different pictures.
    """
    if not _same_pictures(better, other):
        raise ValueError("these sweeps asked different questions")
    one, two = _paired(better, other, name)
    apart = one[_point(better, snr_db)] - two[_point(other, snr_db)]
    return dependent(mean(apart), apart, better.questions)


def matches(results: SweepResults, snr_db: float) -> np.ndarray:
    """Return which questions are answered as for the original, bool ``[N]``.

    Raises:
        ValueError: if nothing was measured at this SNR.
    """
    answers: np.ndarray = results.pictures["answers"][_point(results, snr_db)]
    return np.asarray(answers == results.questions["wanted"])


def check_have_ebno(results: Mapping[str, Drawable]) -> None:
    """Make sure that all sweeps know Eb/N0.

    Raises:
        Fault: naming one that sends no bits.
    """
    for label, found in results.items():
        if not np.isfinite(found.ebno_db).all():
            raise Fault(f"--ebno: {label} sends no bits, so that it has no Eb/N0; leave one out")


def common_snr(results: Mapping[str, SweepResults]) -> list[float]:
    """Return the SNRs at which all sweeps were measured, to a thousandth of a dB."""
    axes = [set(np.round(found.snr_db, 3).tolist()) for found in results.values()]
    return sorted(set.intersection(*axes))


def gain_db(
    plain: SweepResults, other: SweepResults, target: float, ebno: bool = False
) -> Estimate:
    """Return by how many dB less Es/N0 (or Eb/N0) the other reaches an answer match.

    The interval is the bootstrap's (Efron 1979): questions are drawn again, the same ones for both.

    Returns:
        NaN if one of them does not reach it.
    """
    axes = plain.axis_db(ebno), other.axis_db(ebno)
    tables = list(zip(axes, _paired(plain, other, ANSWER_MATCH), strict=True))
    questions = tables[0][1].shape[1]
    rng = np.random.default_rng(1)
    gains = []
    for number in range(_RESAMPLED + 1):
        drawn = rng.integers(questions, size=questions) if number else np.arange(questions)
        needs = [needed_db(snr, _means(table[:, drawn]), target) for snr, table in tables]
        gains.append(needs[0] - needs[1])
    if np.isnan(gains[1:]).all():
        return Estimate(gains[0], np.nan, np.nan)
    low, high = percentiles(gains[1:])
    return Estimate(gains[0], float(low), float(high))


def match_rates(results: SweepResults) -> np.ndarray:
    """Return the answer match at each SNR, float64 ``[P]``."""
    return _means(figures(results, ANSWER_MATCH))


def needed_db(snr_db: np.ndarray, rates: np.ndarray, target: float) -> float:
    """Return the SNR from which on a rate stays at or above a target; NaN if it never does.

    Between points it is taken to run straight.

    >>> needed_db(np.array([0.0, 1.0, 2.0]), np.array([0.2, 0.4, 0.8]), 0.6)
    1.5
    """
    order = np.argsort(snr_db)
    snr_db, rates = snr_db[order], rates[order]
    below = np.nonzero(rates < target)[0]
    if not len(below):
        return float(snr_db[0])
    last = int(below[-1])
    if last + 1 == len(rates):
        return float("nan")
    share = (target - rates[last]) / (rates[last + 1] - rates[last])
    return float(snr_db[last] + share * (snr_db[last + 1] - snr_db[last]))


def _means(table: np.ndarray) -> np.ndarray:
    """Return means over the pictures that were measured; 0 where none was."""
    known = ~np.isnan(table)
    return np.asarray(np.where(known, table, 0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _point(results: SweepResults, snr_db: float) -> int:
    (points,) = np.nonzero(np.isclose(results.snr_db, snr_db, rtol=0, atol=1e-3))
    if not len(points):
        raise ValueError(f"nothing was measured at {snr_db:g} dB")
    return int(points[0])
