"""Training of the wide world's detector: as the small one's, on its tower, in bfloat16."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from linksim.experiments.training.detector import DetectorRecipe
from linksim.experiments.training.detector_scores import score_detector
from linksim.experiments.training.detector_worlds import DetectorWorld, Label
from linksim.experiments.training.owlvit import DetectorSize
from linksim.experiments.training.tower import WIDTH
from linksim.experiments.training.wide_batches import PATCH, draw_wide
from linksim.source.world import ANIMALS, BACKGROUNDS, COLOURS, KINDS, SIDE, vocabulary
from linksim.source.world.language import plural
from linksim.source.zoo.detector import Detector

WIDE = DetectorWorld(
    draw_wide,
    DetectorSize(SIDE, PATCH, WIDTH),
    KINDS,
    tuple(COLOURS),
    BACKGROUNDS,
    {
        "animal": ANIMALS,
        "vehicle": ("car", "truck", "boat", "plane", "bicycle", "balloon"),
        "thing": KINDS,
    },
    vocabulary(),
    plural,
)
"""The world of 128×128 pictures."""

_COLOURED = 64  # of the labels with a colour, in a batch


class WideDetectorRecipe(DetectorRecipe):
    """Focal loss over the labels without a colour and some of those with one, and of the boxes.

    Boxes are told in single precision: bfloat16 keeps a place to half a pixel.
    """

    learning_rate = 6e-4
    averaging = 0.9995
    world = WIDE

    def _choose(self, rng: np.random.Generator) -> Sequence[Label]:
        coloured = [label for label in self._labels if label.colour]
        chosen = rng.permutation(len(coloured))[:_COLOURED]
        rest = [label for label in self._labels if not label.colour]
        return [*rest, *(coloured[place] for place in chosen)]

    def _encode(
        self, images: torch.Tensor, tokens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.autocast(self._device.type, torch.bfloat16):
            features, embedded = super()._encode(images, tokens)
        return features.float(), embedded.float()


def score_wide_detector(detector: Detector, scenes: int = 512) -> str:
    """Return average precisions, and recall and precision at the threshold, as a table."""
    return score_detector(detector, scenes, WIDE)
