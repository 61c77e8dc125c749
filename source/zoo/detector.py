"""An open-vocabulary detector: it finds the things in a picture that any of some labels name.

Two families of transformers' ``AutoModelForZeroShotObjectDetection`` are known: OWL-ViT (Minderer
et al., ECCV 2022), which weighs every label at every patch, and GroundingDINO (Liu et al., ECCV
2024), which reads all labels as one text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torchvision.ops import box_convert, clip_boxes_to_image, nms

from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import check_outline, frozen, load_whole
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.loading import (
    checkpoint_folder,
    explained,
    quiet_libraries,
)
from linksim.source.zoo.preset import ModelUnavailable, Preset
from linksim.source.zoo.tokenizers import load_tokenizer

_SAME_THING = 0.5  # intersection over union of two boxes from which they show one thing


@dataclass(frozen=True)
class Detections:
    """What is found in one picture, the surest first.

    Attributes:
        boxes: float32 ``[n, 4]``: left, top, right, bottom in pixels, within the picture.
        scores: float32 ``[n]`` in 0..1, falling.
        labels: of each box, from those asked for.
    """

    boxes: torch.Tensor
    scores: torch.Tensor
    labels: list[str]


class Family(Protocol):
    """What kinds of detectors differ in."""

    model: Any

    def find(
        self, images: torch.Tensor, labels: Sequence[str]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Yield boxes, scores and labels, for all labels at once or for some after the others.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.

        Yields:
            boxes: ``[B, n, 4]``, centre and size as shares of the picture.
            scores: ``[B, n]`` in 0..1.
            labels: int64 ``[B, n]``, each box's best as a place in ``labels``.
        """


class Detector:
    """Finds things by their labels; its model is frozen by the loader.

    Args:
        family: asks the model.
        threshold: score from which a thing counts as found, where `detect` is given none.
    """

    def __init__(self, family: Family, threshold: float) -> None:
        self._family, self.threshold = family, threshold

    @property
    def device(self) -> torch.device:
        return torch.device(self._family.model.device)

    @torch.no_grad()
    def detect(
        self, images: torch.Tensor, labels: Sequence[str], threshold: float | None = None
    ) -> list[Detections]:
        """Return what is found in each picture, one box for one thing.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.
            labels: what to look for.
            threshold: score from which a thing counts as found.

        Raises:
            ValueError: if there is no label.
        """
        if not labels:
            raise ValueError("a detector needs a label to look for")
        images, least = images.to(self.device), self.threshold if threshold is None else threshold
        parts = zip(*self._family.find(images, labels), strict=True)
        found = [torch.cat(part, dim=1) for part in parts]
        height, width = images.shape[-2:]
        scale = torch.tensor([width, height, width, height], device=self.device)
        corners = box_convert(found[0], "cxcywh", "xyxy") * scale
        corners = clip_boxes_to_image(corners, (height, width))
        rows = zip(corners, found[1], found[2], strict=True)
        return [_picked(*row, labels=labels, least=least) for row in rows]


def _picked(
    boxes: torch.Tensor,
    scores: torch.Tensor,
    places: torch.Tensor,
    *,
    labels: Sequence[str],
    least: float,
) -> Detections:
    """Keep what is sure enough and shows no thing that a surer box shows, the surest first."""
    sure = scores >= least
    boxes, scores, places = boxes[sure].float(), scores[sure].float(), places[sure]
    kept = nms(boxes, scores, _SAME_THING)
    return Detections(boxes[kept], scores[kept], [labels[place] for place in places[kept].tolist()])


class OwlVit:
    """OWL-ViT: labels are read one by one, and each patch says how well they fit.

    Args:
        model: ``OwlViTForObjectDetection``.
        tokenizer: of the labels.
        pictures: image processor, for mean and standard deviation.
    """

    def __init__(self, model: Any, tokenizer: Any, pictures: Any) -> None:
        self.model, self._tokenizer = model, tokenizer
        self._normalise = _Normalise(pictures)
        self._read: tuple[tuple[str, ...], torch.Tensor] | None = None

    def find(
        self, images: torch.Tensor, labels: Sequence[str]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        side = int(self.model.config.vision_config.image_size)
        pixels = self._normalise(images, (side, side), "bicubic")
        features, _ = self.model.image_embedder(pixel_values=pixels)
        patches = features.flatten(1, 2)
        queries = self._embed(tuple(labels)).expand(len(images), -1, -1)
        logits, _ = self.model.class_predictor(patches, queries, None)
        scores, places = logits.sigmoid().max(dim=-1)
        yield self.model.box_predictor(patches, features), scores, places

    def _embed(self, labels: tuple[str, ...]) -> torch.Tensor:
        """Return the labels' embeddings ``[1, labels, width]``; those of the last call are kept."""
        if self._read is None or self._read[0] != labels:
            encoded = self._tokenizer(
                list(labels),
                padding="max_length",
                max_length=int(self.model.config.text_config.max_position_embeddings),
                truncation=True,
                return_tensors="pt",
            ).to(self.model.device)
            outputs = self.model.owlvit.get_text_features(
                input_ids=encoded["input_ids"], attention_mask=encoded["attention_mask"]
            )
            self._read = labels, outputs.pooler_output[None]
        return self._read[1]


class GroundingDino:
    """GroundingDINO: labels form one text, "a. b. c.", and each box weighs the text's tokens.

    A text that is too long for the model is given in parts. Of a label's tokens the mean tells
    which label fits a box best, the highest how surely.

    Args: as of `OwlVit`; the model is a ``GroundingDinoForObjectDetection``.
    """

    def __init__(self, model: Any, tokenizer: Any, pictures: Any) -> None:
        self.model, self._tokenizer = model, tokenizer
        self._normalise = _Normalise(pictures)
        self._size = pictures.size

    def find(
        self, images: torch.Tensor, labels: Sequence[str]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        height, width = images.shape[-2:]
        shortest, longest = (int(self._size[f"{edge}_edge"]) for edge in ("shortest", "longest"))
        scale = min(shortest / min(height, width), longest / max(height, width))
        size = (max(1, round(scale * height)), max(1, round(scale * width)))
        pixels = self._normalise(images, size, "bilinear")
        for first, tokens, spans in self._texts(labels):
            outputs = self.model(
                pixel_values=pixels,
                input_ids=torch.tensor([tokens] * len(images), device=images.device),
            )
            weights = outputs.logits.sigmoid()
            means = torch.stack([weights[..., span].mean(dim=-1) for span in spans], dim=-1)
            highest = torch.stack([weights[..., span].amax(dim=-1) for span in spans], dim=-1)
            places = means.argmax(dim=-1, keepdim=True)
            scores = highest.gather(-1, places).squeeze(-1)
            yield outputs.pred_boxes, scores, first + places.squeeze(-1)

    def _texts(self, labels: Sequence[str]) -> Iterator[tuple[int, list[int], list[slice]]]:
        """Yield parts of the labels: the first's number, all tokens, and where each label is."""
        begin, stop, end = self._tokenizer.convert_tokens_to_ids(["[CLS]", ".", "[SEP]"])
        first, tokens, spans = 0, [begin], list[slice]()
        for number, label in enumerate(labels):
            words = self._words(label)
            if spans and len(tokens) + len(words) + 2 > self.model.config.max_text_len:
                yield first, [*tokens, end], spans
                first, tokens, spans = number, [begin], []
            spans.append(slice(len(tokens), len(tokens) + len(words)))
            tokens += [*words, stop]
        yield first, [*tokens, end], spans

    def _words(self, label: str) -> list[int]:
        """Return a label's tokens, never none; a full stop would end it early."""
        plain = label.lower().replace(".", " ")
        most = int(self.model.config.max_text_len) - 3
        words: list[int] = self._tokenizer(plain, add_special_tokens=False)["input_ids"][:most]
        return words or [int(self._tokenizer.unk_token_id)]


class _Normalise:
    """Resizes pictures in 0..1 and normalises their channels as an image processor says."""

    def __init__(self, pictures: Any) -> None:
        self._mean = torch.tensor(pictures.image_mean).view(1, 3, 1, 1)
        self._std = torch.tensor(pictures.image_std).view(1, 3, 1, 1)

    def __call__(self, images: torch.Tensor, size: tuple[int, int], mode: str) -> torch.Tensor:
        if tuple(images.shape[-2:]) != size:
            images = F.interpolate(images, size, mode=mode, antialias=True).clamp(0, 1)
        return (images - self._mean.to(images.device)) / self._std.to(images.device)


_FAMILIES: dict[str, type[OwlVit] | type[GroundingDino]] = {
    "owlvit": OwlVit,
    "grounding-dino": GroundingDino,
}


def load_detector(preset: Preset, device: torch.device) -> Detector:
    """Load the preset's detector, frozen.

    Raises:
        ModelUnavailable: if the preset names none, or its weights are missing or damaged.
    """
    for key in ("model", "threshold"):
        if key not in preset.detector:
            raise ModelUnavailable(f"{preset.name}: the preset lacks {key} in the table [detector]")
    reference = preset.detector["model"]
    with explained(f"{preset.name}: detector {reference}"), quiet_libraries():
        family = _load_family(checkpoint_folder(reference, preset), device)
        return Detector(family, float(preset.detector["threshold"]))


def _load_family(folder: Path, device: torch.device) -> Family:
    from transformers import (
        AutoConfig,
        AutoImageProcessor,
        AutoModelForZeroShotObjectDetection,
    )

    known = AutoModelForZeroShotObjectDetection
    with foreign():
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    if config.model_type not in _FAMILIES:
        raise Refused(f"it is of the type {config.model_type}, not {' or '.join(_FAMILIES)}")
    built = foreign()(lambda: known.from_config(config, trust_remote_code=False))
    check_outline(built, folder)
    model = frozen(load_whole(known, folder, dtype=torch.float32), device)
    with foreign():
        pictures = AutoImageProcessor.from_pretrained(folder, trust_remote_code=False)
    return _FAMILIES[config.model_type](model, load_tokenizer(folder), pictures)
