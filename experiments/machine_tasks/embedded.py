"""Evaluators for scenes: this project's own detector and CLIP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from linksim.experiments.machine_tasks.classification import ClassScores
from linksim.experiments.machine_tasks.detection import BoxScores, found_of
from linksim.experiments.results.finds import Found
from linksim.source.scenes import KINDS
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.detector import Detector, load_detector
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import Preset

_LEAST = 0.01  # score of a find; AP weighs the sure ones against the unsure by itself


class SceneDetection(BoxScores):
    """Finds kinds of things."""

    model = "embedded detector"

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def look(self, images: torch.Tensor) -> list[Found]:
        return [found_of(found) for found in self._detector.detect(images, KINDS, _LEAST)]


class SceneClassification(ClassScores):
    """Names the kind of thing whose caption is most similar to the picture."""

    model = "embedded CLIP, zero-shot"

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        article = {kind: "an" if kind[0] in "aeiou" else "a" for kind in KINDS}
        self._texts = clip.embed_texts([f"a picture of {article[kind]} {kind}" for kind in KINDS])

    def look(self, images: torch.Tensor) -> list[str]:
        nearest = (self._clip.embed_images(images) @ self._texts.T).argmax(dim=1)
        return [KINDS[place] for place in nearest.tolist()]


LOADERS: dict[str, Callable[[Preset, torch.device], Any]] = {
    "detection": lambda preset, device: SceneDetection(load_detector(preset, device)),
    "classification": lambda preset, device: SceneClassification(load_clip(preset, device)),
}
"""Evaluators by task; nothing finds masks in scenes."""
