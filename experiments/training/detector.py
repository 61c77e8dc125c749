"""Training of the embedded detector: a tiny OWL-ViT over all kinds of scenes.

Minderer et al., "Simple open-vocabulary object detection with vision transformers", ECCV 2022. Its
tower begins as the embedded CLIP's. The patch under a thing's centre answers for the thing: it says
which of the labels fit (focal loss) and where the box is (L1 and generalised IoU).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torchvision.ops import box_convert, generalized_box_iou_loss, sigmoid_focal_loss

from linksim.experiments.data.scenes import images_of
from linksim.experiments.training.detector_worlds import SMALL, DetectorWorld, Label, SeenScene
from linksim.experiments.training.owlvit import begin_with_clip, build_detector

_FOCAL = {"alpha": 0.75, "gamma": 2.0, "reduction": "sum"}
_WEIGHTS = {"label": 2.0, "distance": 5.0, "overlap": 2.0}  # of the loss


@dataclass(frozen=True)
class DetectorBatch:
    """Pictures, the labels' texts, and the truth of the patches that answer for a thing.

    Attributes:
        images: float32 ``[B, 3, side, side]`` in 0..1.
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
    """Focal loss over all labels, L1 and generalised IoU of the boxes; all kinds of scenes.

    Attributes:
        world: whose things are found.
    """

    learning_rate = 1e-3
    world = SMALL

    def __init__(self, visual: Any, seed: int, device: str, batch_size: int = 32) -> None:
        torch.manual_seed(seed)
        self.tokenizer = self.world.tokenizer()
        self.model = build_detector(self.tokenizer, self.world.size).to(device)
        begin_with_clip(self.model, visual)
        self._labels = self.world.labels()
        self._seed, self._device, self.batch_size = seed, torch.device(device), batch_size

    def draw(self, step: int) -> DetectorBatch:
        scenes = self.world.draw(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        labels = self._choose(rng)
        texts = [_worded(label.name, rng, self.world.plural) for label in labels]
        encoded = self.tokenizer(texts, padding="longest", return_tensors="pt")
        found = truth(scenes, labels, self.world)
        return DetectorBatch(images_of(scenes), encoded["input_ids"], *found)

    def _choose(self, rng: np.random.Generator) -> Sequence[Label]:
        """Return the labels that a batch is asked for."""
        return self._labels

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
        features, embedded = self._encode(images, tokens)
        patches = features.flatten(1, 2)
        queries = embedded[None].expand(len(images), -1, -1)
        logits, _ = self.model.class_predictor(patches, queries, None)
        return logits, self.model.box_predictor(patches, features)

    def _encode(
        self, images: torch.Tensor, tokens: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the pictures' features ``[B, rows, columns, width]``, and the labels'."""
        features, _ = self.model.image_embedder(pixel_values=images * 2 - 1)
        embedded = self.model.owlvit.get_text_features(
            input_ids=tokens, attention_mask=(tokens != 0).long()
        ).pooler_output
        return features, embedded


def truth(
    scenes: Sequence[SeenScene], labels: Sequence[Label], world: DetectorWorld = SMALL
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ``places``, ``fits`` and ``boxes`` of a `DetectorBatch`."""
    things = [(number, thing) for number, scene in enumerate(scenes) for thing in scene.things]
    places = [(number, world.patch_under(thing.centre)) for number, thing in things]
    fits = [[label.fits(thing) for label in labels] for _, thing in things]
    boxes = torch.tensor([thing.box for _, thing in things], dtype=torch.float32) / world.size.side
    return (
        torch.tensor(places),
        torch.tensor(fits, dtype=torch.float32),
        box_convert(boxes, "xyxy", "cxcywh"),
    )


def _worded(name: str, rng: np.random.Generator, plural: Callable[[str], str]) -> str:
    """Word a label plainly, with an article or in the plural."""
    article = "an" if name[0] in "aeiou" else "a"
    *before, last = name.split()
    forms = (name, name, f"{article} {name}", " ".join([*before, plural(last)]))
    return forms[rng.integers(len(forms))]
