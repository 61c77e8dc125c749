"""How well a detector finds the things in held-out scenes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksim.experiments.data.scenes import images_of
from linksim.experiments.data.truth import Truth
from linksim.experiments.machine_tasks.detection import found_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.average_precision import Matches, average_precision, match
from linksim.experiments.results.estimates import rate
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.text_out import align
from linksim.experiments.training.detector_worlds import SMALL, DetectorWorld, Label, SeenScene
from linksim.source.zoo.detector import Detector

_SEED = 2**32 + 1_000_000  # of the scenes that score
_LEAST = 0.01  # score from which a find counts where precision is averaged over all recalls


def score_detector(detector: Detector, scenes: int = 1024, world: DetectorWorld = SMALL) -> str:
    """Return average precisions, and recall and precision at the threshold, as a table."""
    drawn, labels = world.draw(_SEED, 0, scenes // GROUP * GROUP), world.labels()
    kinds = [label for label in labels if label.name in world.kinds]
    matches = find(detector, drawn, kinds)
    worst = min(matches, key=lambda m: average_precision([m])["ap50"].value)
    rows = [["score", "value"]]
    for name, estimate in average_precision(matches).items():
        rows.append([f"{name.upper()}, kinds of things", format_estimate(estimate)])
    of_worst = average_precision([worst])["ap50"]
    rows.append([f"AP50 of the worst kind, {worst.label}", format_estimate(of_worst)])
    for name, some in (
        ("colour and kind", [label for label in labels if label.colour and len(label.kinds) == 1]),
        ("animal, vehicle", [label for label in labels if label.name in ("animal", "vehicle")]),
    ):
        estimate = average_precision(find(detector, drawn, some))["ap50"]
        rows.append([f"AP50, {name}", format_estimate(estimate)])
    return align([*rows, *_at_threshold(detector, drawn, kinds)])


def find(
    detector: Detector, scenes: Sequence[SeenScene], labels: Sequence[Label], least: float = _LEAST
) -> list[Matches]:
    """Match what the detector finds by some labels with the things that these fit."""
    found = []
    for first in range(0, len(scenes), GROUP):
        images = images_of(scenes[first : first + GROUP])
        found += detector.detect(images, [label.name for label in labels], least)
    truths = []
    for scene in scenes:
        pairs = [(t.box, la.name) for t in scene.things for la in labels if la.fits(t)]
        boxes = np.array([box for box, _ in pairs], dtype=float).reshape(-1, 4)
        truths.append(Truth(boxes, tuple(name for _, name in pairs)))
    return match(truths, [found_of(detections) for detections in found])


def _at_threshold(
    detector: Detector, scenes: Sequence[SeenScene], kinds: Sequence[Label]
) -> list[list[str]]:
    """Return rows: the share of things that are found, and of finds that are things."""
    matches = find(detector, scenes, kinds, detector.threshold)
    size = len(scenes)
    right, wrong = np.zeros(size), np.zeros(size)
    for of_kind in matches:
        right += np.bincount(of_kind.pictures, of_kind.right[0], size)
        wrong += np.bincount(of_kind.pictures, of_kind.wrong[0], size)
    things = np.sum([of_kind.things for of_kind in matches], axis=0)
    at = f"at threshold {detector.threshold:g}"
    return [
        [f"recall {at}", format_estimate(rate(right, things))],
        [f"precision {at}", format_estimate(rate(right, right + wrong))],
    ]
