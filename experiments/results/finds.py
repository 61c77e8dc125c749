"""What a model finds in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from linksim.link.bridge import to_numpy

if TYPE_CHECKING:
    from linksim.source.zoo.detector import Detections


@dataclass(frozen=True)
class Found:
    """What a model finds in a picture; ``scores`` float ``[n]``, the rest as in `Truth`."""

    boxes: np.ndarray
    labels: tuple[str, ...]
    scores: np.ndarray
    masks: np.ndarray | None = None


def found_of(detections: Detections) -> Found:
    """Return what the detector found as plain arrays."""
    scores, boxes = to_numpy(detections.scores), to_numpy(detections.boxes)
    return Found(boxes.astype(float), tuple(detections.labels), scores.astype(float))
