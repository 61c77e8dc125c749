"""The score of classification: how often what a picture is taken for is in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksim.experiments.data.truth import Truth
from linksim.experiments.results.estimates import Estimate, rate


class ClassScores:
    """Accuracy: the share of pictures whose most likely class is one of those in truth."""

    scores: tuple[str, ...] = ("accuracy",)

    def score(self, truths: Sequence[Truth], answers: Sequence[str]) -> dict[str, Estimate]:
        pairs = zip(truths, answers, strict=True)
        return {"accuracy": rate(np.array([said in truth.labels for truth, said in pairs]), 1.0)}
