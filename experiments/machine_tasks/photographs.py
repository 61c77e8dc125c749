"""Evaluators for photographs: torchvision's detectors and classifier, with the user's weights.

Ren et al., "Faster R-CNN", NeurIPS 2015; He et al., "Mask R-CNN", ICCV 2017; He et al., "Deep
residual learning for image recognition", CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torchvision import models
from torchvision.models import detection

from linksim.experiments.machine_tasks.classification import ClassScores
from linksim.experiments.machine_tasks.detection import BoxScores, MaskScores
from linksim.experiments.results.finds import Found
from linksim.link.bridge import to_numpy
from linksim.source.zoo.loading import load_weights
from linksim.source.zoo.preset import ModelUnavailable, Preset

FASTER_RCNN = "fasterrcnn_resnet50_fpn"
MASK_RCNN = "maskrcnn_resnet50_fpn"
RESNET = "resnet50"
"""Names of torchvision's builders, and of the weights' files before ``.safetensors``."""

_KINDS: list[str] = detection.FasterRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]
_CLASSES: list[str] = models.ResNet50_Weights.IMAGENET1K_V1.meta["categories"]


class _Finder:
    """Finds COCO's kinds of things.

    Args:
        finder: a detection model of torchvision, frozen.
    """

    model: str

    def __init__(self, finder: torch.nn.Module) -> None:
        self._finder = finder

    @torch.no_grad()
    def look(self, images: torch.Tensor) -> list[Found]:
        device = next(self._finder.parameters()).device
        return [_found(one) for one in self._finder(list(images.to(device)))]


class PhotographDetection(_Finder, BoxScores):
    """Finds boxes."""

    model = "Faster R-CNN, ResNet-50 FPN"


class PhotographSegmentation(_Finder, MaskScores):
    """Finds masks."""

    model = "Mask R-CNN, ResNet-50 FPN"


class PhotographClassification(ClassScores):
    """Names ImageNet's most likely class."""

    model = "ResNet-50"

    def __init__(self, classifier: torch.nn.Module) -> None:
        self._classifier = classifier
        self._prepared = models.ResNet50_Weights.IMAGENET1K_V1.transforms(antialias=True)

    @torch.no_grad()
    def look(self, images: torch.Tensor) -> list[str]:
        images = images.to(next(self._classifier.parameters()).device)
        likeliest = self._classifier(self._prepared(images)).argmax(dim=1)
        return [_CLASSES[place] for place in likeliest.tolist()]


def _found(output: dict[str, torch.Tensor]) -> Found:
    """Return one picture's output of a detection model; masks are where a pixel is likely."""
    masks = to_numpy(output["masks"][:, 0] > 0.5) if "masks" in output else None
    labels = tuple(_KINDS[place] for place in output["labels"].tolist())
    boxes, scores = (to_numpy(output[name]).astype(float) for name in ("boxes", "scores"))
    return Found(boxes, labels, scores, masks)


def _finder(name: str, preset: Preset, device: torch.device) -> torch.nn.Module:
    build = getattr(detection, name)
    return filled(build(weights=None, weights_backbone=None), name, preset, device)


def _classifier(preset: Preset, device: torch.device) -> torch.nn.Module:
    return filled(models.resnet50(weights=None), RESNET, preset, device)


def filled(
    model: torch.nn.Module, name: str, preset: Preset, device: torch.device
) -> torch.nn.Module:
    """Fill a model of torchvision from ``NAME.safetensors`` under --models, and freeze it.

    Raises:
        ModelUnavailable: if the file is missing, damaged or made for another model.
    """
    load_weights(model, weights_of(name, preset), preset)
    return model.to(device).eval().requires_grad_(False)


def weights_of(name: str, preset: Preset) -> Path:
    """Return the file of weights that the user has to bring.

    Raises:
        ModelUnavailable: if it is missing.
    """
    file = preset.models / f"{name}.safetensors"
    if not file.is_file():
        raise ModelUnavailable(
            f"{preset.name}: {file} is missing; put the published weights of {name} there, saved "
            "as safetensors, or name the folder that holds them with --models"
        )
    return file


LOADERS: dict[str, Callable[[Preset, torch.device], Any]] = {
    "detection": lambda p, device: PhotographDetection(_finder(FASTER_RCNN, p, device)),
    "segmentation": lambda p, device: PhotographSegmentation(_finder(MASK_RCNN, p, device)),
    "classification": lambda p, device: PhotographClassification(_classifier(p, device)),
}
"""Evaluators by task."""
