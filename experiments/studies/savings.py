"""Bytes saved at equal AP, with intervals over pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksim.experiments.data.truth import Truth
from linksim.experiments.machine_tasks.rates import Curve, bd_metric, bd_rate
from linksim.experiments.results.average_precision import Matches, match, precision
from linksim.experiments.results.estimates import percentiles, resamples
from linksim.experiments.studies.rate_points import Point

_RESAMPLES = 300
_SEED = 0  # of the bootstrap


@dataclass(frozen=True)
class Found:
    """A method's points, ready to be weighed picture by picture again and again."""

    sizes: list[np.ndarray]
    matches: list[list[Matches]]

    @staticmethod
    def of(points: Sequence[Point], truths: Sequence[Truth]) -> Found:
        return Found([p.size for p in points], [match(truths, p.found) for p in points])

    def without(self, known: int) -> Found:
        """Return the same with so many bytes less for each picture."""
        return Found([size - known for size in self.sizes], self.matches)

    def at(self, weights: np.ndarray) -> Curve:
        """Return mean bytes against AP, where the AP still rises."""
        rates = [float(weights @ size / weights.sum()) for size in self.sizes]
        scores = [float(np.nanmean([precision(m, weights) for m in ms])) for ms in self.matches]
        return rising(rates, scores)


def rising(rates: Sequence[float], scores: Sequence[float]) -> Curve:
    """Return the points that no cheaper point equals: what one would use the method at."""
    kept: list[tuple[float, float]] = []
    for rate, score in sorted(zip(rates, scores, strict=True)):
        if not kept or score > kept[-1][1]:
            kept.append((rate, score))
    return Curve([rate for rate, _ in kept], [score for _, score in kept])


LOWER_IS_BETTER = {
    "accuracy": False,
    **dict.fromkeys(("fid_clip", "fid", "lpips", "dists"), True),
}
"""Scores that methods are compared in at equal bytes."""


def gain(
    anchor_sizes: Sequence[float],
    sizes: Sequence[float],
    anchor: Sequence[float],
    test: Sequence[float],
    lower_is_better: bool,
) -> str:
    """Return by how much a score is above the anchor's at equal bytes, as text, or why not."""
    sign = -1.0 if lower_is_better else 1.0
    curves = [
        rising(rates, [sign * score for score in scores])
        for rates, scores in ((anchor_sizes, anchor), (sizes, test))
    ]
    delta = bd_metric(*curves)
    return f"{sign * delta.value:+.3f}" if not delta.reason else f"none: {delta.reason}"


def saving(anchor: Found, test: Found) -> list[str]:
    """Return the percentage of bytes by which a method differs, and its interval, as text.

    The interval is the bootstrap's: pictures are drawn again, the same ones for both.
    """
    pictures = len(anchor.sizes[0])
    ones = np.ones(pictures)
    delta = bd_rate(anchor.at(ones), test.at(ones))
    if delta.reason:
        return ["none", delta.reason]
    draws = resamples(pictures, _RESAMPLES, _SEED).astype(float)
    low, high = percentiles([bd_rate(anchor.at(w), test.at(w)).value for w in draws])
    return [f"{delta.value:+.1f}", f"[{low:+.1f}, {high:+.1f}]"]
