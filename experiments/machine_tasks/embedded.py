"""Evaluators for scenes: this project's own detector and CLIP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from linksim.experiments.data.worlds import kinds_of
from linksim.experiments.machine_tasks.classification import ClassScores
from linksim.experiments.machine_tasks.detection import BoxScores, found_of
from linksim.experiments.results.finds import Found
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.detector import Detector, load_detector
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import Preset

_LEAST = 0.01  # score of a find; AP weighs the sure ones against the unsure by itself


class SceneDetection(BoxScores):
    """Finds these kinds of things."""

    model = "embedded detector"

    def __init__(self, detector: Detector, kinds: Sequence[str]) -> None:
        self._detector, self._kinds = detector, kinds

    def look(self, images: torch.Tensor) -> list[Found]:
        return [found_of(found) for found in self._detector.detect(images, self._kinds, _LEAST)]


class SceneClassification(ClassScores):
    """Names, of these kinds of things, that whose caption is most similar to the picture."""

    model = "embedded CLIP, zero-shot"

    def __init__(self, clip: Clip, kinds: Sequence[str]) -> None:
        self._clip, self._kinds = clip, kinds
        article = {kind: "an" if kind[0] in "aeiou" else "a" for kind in kinds}
        self._texts = clip.embed_texts([f"a picture of {article[kind]} {kind}" for kind in kinds])

    def look(self, images: torch.Tensor) -> list[str]:
        nearest = (self._clip.embed_images(images) @ self._texts.T).argmax(dim=1)
        return [self._kinds[place] for place in nearest.tolist()]


def _detection(preset: Preset, device: torch.device) -> SceneDetection:
    return SceneDetection(load_detector(preset, device), kinds_of(preset.world))


def _classification(preset: Preset, device: torch.device) -> SceneClassification:
    return SceneClassification(load_clip(preset, device), kinds_of(preset.world))


LOADERS: dict[str, Callable[[Preset, torch.device], Any]] = {
    "detection": _detection,
    "classification": _classification,
}
"""Evaluators by task; nothing finds masks in scenes."""
