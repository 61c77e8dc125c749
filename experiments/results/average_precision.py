"""Average precision as COCO defines it, with an interval over pictures.

pycocotools matches what is found with what is there, picture by picture and once. The precision is
then averaged here, with a weight for each picture, so that a bootstrap costs no new matching.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from pycocotools import mask as run_lengths
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from linksim.experiments.data.truth import Truth
from linksim.experiments.results.estimates import Estimate, percentiles, resamples
from linksim.experiments.results.finds import Found, found_in, truth_in

_RESAMPLES = 400
_MOST_FOUND = 100  # of each label in a picture, as in COCO
_RECALLS = np.linspace(0, 1, 101)
_SEED = 0  # of the bootstrap


@dataclass(frozen=True)
class Matches:
    """What was found of one label in all pictures, the surest first.

    Attributes:
        label: of the things.
        pictures: int ``[D]``, where each find is.
        right: bool ``[T, D]``: it is a thing, at each least overlap 0.5, 0.55, … 0.95.
        wrong: bool ``[T, D]``: it is none; a find may be neither, if it is in a crowd.
        things: int ``[pictures]``, how many there are in truth.
    """

    label: str
    pictures: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    things: np.ndarray


def match(truths: Sequence[Truth], found: Sequence[Found], masks: bool = False) -> list[Matches]:
    """Match finds with things by pycocotools, for each label that is there in truth.

    Args:
        masks: match by pixels in place of boxes.

    Raises:
        ValueError: if there are not as many pictures found in as there are truths, or masks lack.
    """
    if len(truths) != len(found):
        raise ValueError(f"{len(found)} pictures were looked at, {len(truths)} have a truth")
    labels = sorted({label for truth in truths for label in truth.labels})
    with contextlib.redirect_stdout(io.StringIO()):
        judge = COCOeval(
            _dataset(truths, labels, masks),
            _dataset(found, labels, masks),
            "segm" if masks else "bbox",
        )
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.params.maxDets = [_MOST_FOUND]
        judge.params.imgIds = list(range(1, len(truths) + 1))
        judge.evaluate()
    pictures = len(truths)
    rows = [judge.evalImgs[i * pictures : (i + 1) * pictures] for i in range(len(labels))]
    return [_pooled(label, row) for label, row in zip(labels, rows, strict=True)]


def _dataset(pictures: Sequence[Truth | Found], labels: Sequence[str], masks: bool) -> COCO:
    """Return pictures as pycocotools has them; it takes numbers from 1, as 0 means no match."""
    places = {label: place for place, label in enumerate(labels, start=1)}
    entries: list[dict[str, Any]] = []
    for number, picture in enumerate(pictures, start=1):
        for index, label in enumerate(picture.labels):
            if label in places:
                entry = _entry(picture, index, masks)
                entry |= {"image_id": number, "category_id": places[label], "id": len(entries) + 1}
                entries.append(entry)
    dataset = COCO()
    dataset.dataset = {
        "images": [{"id": number, **_size(p)} for number, p in enumerate(pictures, start=1)],
        "categories": [{"id": place, "name": label} for label, place in places.items()],
        "annotations": entries,
    }
    dataset.createIndex()
    return dataset


def _entry(picture: Truth | Found, index: int, masks: bool) -> dict[str, Any]:
    left, top, right, bottom = map(float, picture.boxes[index])
    width, height = right - left, bottom - top
    entry = {"bbox": [left, top, width, height], "area": width * height, "iscrowd": 0}
    if isinstance(picture, Found):
        entry["score"] = float(picture.scores[index])
    elif picture.crowds is not None:
        entry["iscrowd"] = int(picture.crowds[index])
    if masks:
        if picture.masks is None:
            raise ValueError("segmentation needs masks, and a picture comes without")
        pixels = np.asfortranarray(picture.masks[index].astype(np.uint8))
        return entry | {"segmentation": run_lengths.encode(pixels), "area": float(pixels.sum())}
    return entry


def _size(picture: Truth | Found) -> dict[str, int]:
    height, width = (0, 0) if picture.masks is None else picture.masks.shape[-2:]
    return {"height": height, "width": width}


def _pooled(label: str, rows: Sequence[dict[str, Any] | None]) -> Matches:
    """Pool the pictures' matches of one label, in the order that pycocotools takes them in."""
    things = np.array([0 if row is None else np.sum(row["gtIgnore"] == 0) for row in rows])
    there = [(place, row) for place, row in enumerate(rows) if row is not None]
    scores = np.concatenate([np.array(row["dtScores"], dtype=float) for _, row in there])
    order = np.argsort(-scores, kind="stable")
    matched = np.concatenate([row["dtMatches"] for _, row in there], axis=1)[:, order] > 0
    ignored = np.concatenate([row["dtIgnore"] for _, row in there], axis=1)[:, order] > 0
    pictures = np.concatenate([np.full(len(row["dtScores"]), place) for place, row in there])
    return Matches(label, pictures[order], matched & ~ignored, ~matched & ~ignored, things)


def precision(matches: Matches, weights: np.ndarray) -> np.ndarray:
    """Return a label's average precision at each least overlap, ``[T]``; NaN where it is nowhere.

    Args:
        weights: of the pictures, as how many of it each counts.
    """
    total = float(weights @ matches.things)
    if not total:
        return np.full(len(matches.right), np.nan)
    if not len(matches.pictures):
        return np.zeros(len(matches.right))
    counts = weights[matches.pictures]
    right = np.cumsum(matches.right * counts, axis=1)
    wrong = np.cumsum(matches.wrong * counts, axis=1)
    precise = right / (right + wrong + np.spacing(1))
    highest = np.maximum.accumulate(precise[:, ::-1], axis=1)[:, ::-1]
    highest = np.pad(highest, ((0, 0), (0, 1)))  # a recall that is never reached counts 0
    places = [np.searchsorted(row, _RECALLS, side="left") for row in right / total]
    reached = np.stack([row[place] for row, place in zip(highest, places, strict=True)])
    return np.asarray(reached.mean(axis=1))


def average_precision(matches: Sequence[Matches]) -> dict[str, Estimate]:
    """Return COCO's ``ap`` (overlaps 0.5 to 0.95) and ``ap50``, both in 0..1, means over labels.

    Intervals are of the bootstrap over pictures (percentiles, as many draws each time); NaN where
    no thing is in any picture.
    """
    if not matches:
        return dict.fromkeys(("ap", "ap50"), Estimate(np.nan, np.nan, np.nan))
    pictures = len(matches[0].things)
    value = _both(matches, np.ones(pictures))
    drawn = np.stack(
        [_both(matches, weights) for weights in resamples(pictures, _RESAMPLES, _SEED)]
    )
    low, high = percentiles(drawn)
    estimates = map(Estimate, value.tolist(), low.tolist(), high.tolist())
    return dict(zip(("ap", "ap50"), estimates, strict=True))


@lru_cache(maxsize=256)
def precision_of_texts(
    truths: tuple[str, ...], found: tuple[str, ...], masks: bool
) -> dict[str, Estimate]:
    """Return `average_precision` of pictures as results hold them; finds may be masks.

    Raises:
        ValueError: if a text is none of `linksim.experiments.results.finds`.
    """
    pictures = [found_in(text) for text in found]
    return average_precision(match([truth_in(text) for text in truths], pictures, masks))


def _both(matches: Sequence[Matches], weights: np.ndarray) -> np.ndarray:
    table = np.stack([precision(of_label, weights) for of_label in matches])
    there = table[~np.isnan(table[:, 0])]
    return np.array([there.mean(), there[:, 0].mean()]) if len(there) else np.full(2, np.nan)
