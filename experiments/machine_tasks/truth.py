"""What is in a picture, and what a model finds in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksim.link.bridge import to_numpy
from linksim.source.scenes import SIDE, Scene
from linksim.source.zoo.detector import Detections


@dataclass(frozen=True)
class Truth:
    """The things in a picture.

    Attributes:
        boxes: float ``[n, 4]``: left, top, right, bottom in pixels.
        labels: what each is.
        masks: bool ``[n, H, W]``, the pixels of each, or None where they are unknown.
        crowds: bool ``[n]``, which are groups of things, as in COCO; None where none is.
    """

    boxes: np.ndarray
    labels: tuple[str, ...]
    masks: np.ndarray | None = None
    crowds: np.ndarray | None = None


@dataclass(frozen=True)
class Found:
    """What a model finds in a picture; ``scores`` float ``[n]``, the rest as in `Truth`."""

    boxes: np.ndarray
    labels: tuple[str, ...]
    scores: np.ndarray
    masks: np.ndarray | None = None


def scene_truth(scene: Scene, side: int = SIDE) -> Truth:
    """Return the exact truth of a scene that is shown ``side`` pixels wide and high."""
    boxes = np.array([thing.box for thing in scene.things], dtype=float).reshape(-1, 4)
    return Truth(boxes * (side / SIDE), tuple(thing.kind for thing in scene.things))


def found_of(detections: Detections) -> Found:
    """Return what the detector found as plain arrays."""
    scores, boxes = to_numpy(detections.scores), to_numpy(detections.boxes)
    return Found(boxes.astype(float), tuple(detections.labels), scores.astype(float))
