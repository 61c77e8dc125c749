"""Training of the embedded detector: a tiny OWL-ViT over all kinds of scenes.

Minderer et al., "Simple open-vocabulary object detection with vision transformers", ECCV 2022. Its
tower begins as the embedded CLIP's. The patch under a thing's centre answers for the thing: it says
which of the labels fit (focal loss) and where the box is (L1 and generalised IoU).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torchvision.ops import box_convert, generalized_box_iou_loss, sigmoid_focal_loss

from linksim.experiments.data.scenes import draw_batch, images_of
from linksim.experiments.data.truth import Truth
from linksim.experiments.machine_tasks.detection import found_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.average_precision import Matches, average_precision, match
from linksim.experiments.results.estimates import rate
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.text_out import align
from linksim.experiments.training.owlvit import (
    begin_with_clip,
    build_detector,
    detector_tokenizer,
)
from linksim.experiments.training.scene_batches import GRID, PATCH
from linksim.source.scenes import ANIMALS, BACKGROUNDS, COLOURS, KINDS, SIDE, Scene, Thing
from linksim.source.scenes.language import plural
from linksim.source.zoo.detector import Detector

BROAD: dict[str, tuple[str, ...]] = {
    "animal": ANIMALS,
    "vehicle": ("car", "boat", "plane"),
    "thing": KINDS,
}
"""Labels coarser than kinds of things, with the kinds that they cover."""

_FOCAL = {"alpha": 0.75, "gamma": 2.0, "reduction": "sum"}
_WEIGHTS = {"label": 2.0, "distance": 5.0, "overlap": 2.0}  # of the loss
_SEED = 2**32 + 1_000_000  # of the scenes that score
_LEAST = 0.01  # score from which a find counts where precision is averaged over all recalls


@dataclass(frozen=True)
class Label:
    """What a label stands for: things of some kinds, of one colour or (empty) of any."""

    name: str
    kinds: tuple[str, ...]
    colour: str = ""

    def fits(self, thing: Thing) -> bool:
        return thing.kind in self.kinds and self.colour in ("", thing.colour)


def training_labels() -> list[Label]:
    """Return the labels that the detector learns; backgrounds and unknown words fit nothing."""
    coarse = {kind: (kind,) for kind in KINDS} | BROAD
    plain = [Label(name, kinds) for name, kinds in coarse.items()]
    coloured = [Label(f"{c} {label.name}", label.kinds, c) for label in plain for c in COLOURS]
    return [*plain, *coloured, *(Label(name, ()) for name in (*BACKGROUNDS, "<unk>"))]


@dataclass(frozen=True)
class DetectorBatch:
    """Pictures, the labels' texts, and the truth of the patches that answer for a thing.

    Attributes:
        images: float32 ``[B, 3, SIDE, SIDE]`` in 0..1.
        tokens: int64 ``[labels, length]``, padded with 0.
        places: int64 ``[things, 2]``, picture and patch.
        fits: float32 ``[things, labels]``, 1 where the label fits the thing.
        boxes: float32 ``[things, 4]``, centre and size as shares of the picture's side.
    """

    images: torch.Tensor
    tokens: torch.Tensor
    places: torch.Tensor
    fits: torch.Tensor
    boxes: torch.Tensor


class DetectorRecipe:
    """Focal loss over all labels, L1 and generalised IoU of the boxes; all kinds of scenes."""

    learning_rate = 1e-3

    def __init__(self, visual: Any, seed: int, device: str, batch_size: int = 32) -> None:
        torch.manual_seed(seed)
        self.tokenizer = detector_tokenizer([f for word in BROAD for f in (word, plural(word))])
        self.model = build_detector(self.tokenizer).to(device)
        begin_with_clip(self.model, visual)
        self._labels = training_labels()
        self._seed, self._device, self.batch_size = seed, device, batch_size

    def draw(self, step: int) -> DetectorBatch:
        scenes = draw_batch(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        texts = [_worded(label.name, rng) for label in self._labels]
        encoded = self.tokenizer(texts, padding="longest", return_tensors="pt")
        return DetectorBatch(images_of(scenes), encoded["input_ids"], *truth(scenes, self._labels))

    def loss(self, batch: DetectorBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        device, things = self._device, len(batch.places)
        picture, patch = batch.places.to(device).unbind(1)
        boxes, fits = batch.boxes.to(device), batch.fits.to(device)
        logits, predicted = self._predict(batch.images.to(device), batch.tokens.to(device))
        wanted = torch.zeros_like(logits)
        wanted[picture, patch] = fits
        mine = predicted[picture, patch]
        losses = {
            "label": sigmoid_focal_loss(logits, wanted, **_FOCAL) / things,
            "distance": F.l1_loss(mine, boxes, reduction="sum") / things,
            "overlap": generalized_box_iou_loss(
                box_convert(mine, "cxcywh", "xyxy"), box_convert(boxes, "cxcywh", "xyxy"), "mean"
            ),
        }
        loss = torch.stack([_WEIGHTS[name] * value for name, value in losses.items()]).sum()
        return loss, {name: value.item() for name, value in losses.items()}

    def _predict(
        self, images: torch.Tensor, tokens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits ``[B, patches, labels]`` and boxes ``[B, patches, 4]``."""
        features, _ = self.model.image_embedder(pixel_values=images * 2 - 1)
        patches = features.flatten(1, 2)
        embedded = self.model.owlvit.get_text_features(
            input_ids=tokens, attention_mask=(tokens != 0).long()
        ).pooler_output
        queries = embedded[None].expand(len(images), -1, -1)
        logits, _ = self.model.class_predictor(patches, queries, None)
        return logits, self.model.box_predictor(patches, features)


def truth(
    scenes: Sequence[Scene], labels: Sequence[Label]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ``places``, ``fits`` and ``boxes`` of a `DetectorBatch`."""
    things = [(number, thing) for number, scene in enumerate(scenes) for thing in scene.things]
    places = [(number, _patch_under(thing.centre)) for number, thing in things]
    fits = [[label.fits(thing) for label in labels] for _, thing in things]
    boxes = torch.tensor([thing.box for _, thing in things], dtype=torch.float32) / SIDE
    return (
        torch.tensor(places),
        torch.tensor(fits, dtype=torch.float32),
        box_convert(boxes, "xyxy", "cxcywh"),
    )


def _patch_under(point: tuple[float, float]) -> int:
    x, y = point
    return int(y // PATCH) * GRID + int(x // PATCH)


def _worded(name: str, rng: np.random.Generator) -> str:
    """Word a label plainly, with an article or in the plural."""
    article = "an" if name[0] in "aeiou" else "a"
    *before, last = name.split()
    forms = (name, name, f"{article} {name}", " ".join([*before, plural(last)]))
    return forms[rng.integers(len(forms))]


def score_detector(detector: Detector, scenes: int = 1024) -> str:
    """Return average precisions, and recall and precision at the threshold, as a table."""
    drawn = draw_batch(_SEED, 0, scenes // GROUP * GROUP)
    labels = training_labels()
    kinds = [label for label in labels if label.name in KINDS]
    matches = _matches(detector, drawn, kinds)
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
        estimate = average_precision(_matches(detector, drawn, some))["ap50"]
        rows.append([f"AP50, {name}", format_estimate(estimate)])
    return align([*rows, *_at_threshold(detector, drawn, kinds)])


def _matches(
    detector: Detector, scenes: Sequence[Scene], labels: Sequence[Label], least: float = _LEAST
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
    detector: Detector, scenes: Sequence[Scene], kinds: Sequence[Label]
) -> list[list[str]]:
    """Return rows: the share of things that are found, and of finds that are things."""
    matches = _matches(detector, scenes, kinds, detector.threshold)
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
