"""Whether a detector finds in painted pictures what their captions name.

A caption says what is there and not where. So a find is right as long as its caption names more
things of its label than surer finds have shown, wherever it is; precision is then averaged over
recalls and labels as COCO does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from linksim.experiments.results.average_precision import Matches, average_precision
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.training.detector_worlds import Label
from linksim.experiments.training.wide_batches import draw_wide
from linksim.experiments.training.wide_detector import WIDE
from linksim.source.world import Scene, caption
from linksim.source.zoo.detector import Detections, Detector
from linksim.source.zoo.diffusion import Diffusion

_SEED = 2**32 + 1_000_000  # of the scenes that score
_AT_ONCE = 16
_LEAST = 0.01  # score from which a find counts


@dataclass(frozen=True)
class Painted:
    """Average precision in pictures painted from noise and captions.

    Attributes:
        things: of the things named, by colour and kind.
        kinds: of their kinds alone.
        floor: of the things that the next picture's caption names.
    """

    things: Estimate
    kinds: Estimate
    floor: Estimate


def score_painted(diffusion: Diffusion, detector: Detector, scenes: int = 256) -> Painted:
    """Paint captions of held-out scenes, and look for what they name."""
    drawn, rng = draw_wide(_SEED, 0, scenes), np.random.default_rng(_SEED)
    texts = [caption(scene, rng) for scene in drawn]
    images = torch.cat(
        [diffusion.paint(texts[i : i + _AT_ONCE]).cpu() for i in range(0, scenes, _AT_ONCE)]
    )
    kinds = [label for label in WIDE.plain_labels() if label.name in WIDE.kinds]
    things = [Label(f"{c} {kind.name}", kind.kinds, c) for kind in kinds for c in WIDE.colours]
    found = {
        name: _detect(detector, images, each)
        for name, each in (("things", things), ("kinds", kinds))
    }
    return Painted(
        _precision(found["things"], drawn, things),
        _precision(found["kinds"], drawn, kinds),
        _precision(found["things"], [*drawn[1:], drawn[0]], things),
    )


def _detect(detector: Detector, images: torch.Tensor, labels: Sequence[Label]) -> list[Detections]:
    names = [label.name for label in labels]
    parts = torch.split(images, _AT_ONCE)
    return [found for part in parts for found in detector.detect(part, names, _LEAST)]


def _precision(
    found: Sequence[Detections], scenes: Sequence[Scene], labels: Sequence[Label]
) -> Estimate:
    named = [match_named(found, scenes, label) for label in labels]
    return average_precision([each for each in named if each.things.any()])["ap50"]


def match_named(found: Sequence[Detections], scenes: Sequence[Scene], label: Label) -> Matches:
    """Match what is found of a label with what scenes name, wherever it is."""
    things = np.array([sum(map(label.fits, scene.things)) for scene in scenes])
    finds = [
        (score, picture, place < things[picture])
        for picture, each in enumerate(found)
        for place, score in enumerate(
            s
            for s, name in zip(each.scores.tolist(), each.labels, strict=True)
            if name == label.name
        )
    ]
    finds.sort(key=lambda find: -find[0])
    right = np.array([[ok for _, _, ok in finds]], dtype=bool)
    pictures = np.array([picture for _, picture, _ in finds], dtype=int)
    return Matches(label.name, pictures, right, ~right, things)
