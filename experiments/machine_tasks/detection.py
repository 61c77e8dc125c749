"""The scores of detection and segmentation: COCO's average precision."""

from __future__ import annotations

from collections.abc import Sequence

from linksim.experiments.data.truth import Truth
from linksim.experiments.results.average_precision import average_precision, match
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.finds import Found
from linksim.link.bridge import to_numpy
from linksim.source.zoo.detector import Detections


def found_of(detections: Detections) -> Found:
    """Return what the detector found as plain arrays."""
    scores, boxes = to_numpy(detections.scores), to_numpy(detections.boxes)
    return Found(boxes.astype(float), tuple(detections.labels), scores.astype(float))


class BoxScores:
    """Scores of boxes: AP over overlaps 0.5 to 0.95, and AP50."""

    scores: tuple[str, ...] = ("ap", "ap50")

    def score(self, truths: Sequence[Truth], answers: Sequence[Found]) -> dict[str, Estimate]:
        return average_precision(match(truths, answers))


class MaskScores:
    """Scores of masks: as of boxes, but overlaps are of pixels."""

    scores: tuple[str, ...] = ("mask_ap", "mask_ap50")

    def score(self, truths: Sequence[Truth], answers: Sequence[Found]) -> dict[str, Estimate]:
        estimates = average_precision(match(truths, answers, masks=True))
        return {f"mask_{name}": estimate for name, estimate in estimates.items()}
