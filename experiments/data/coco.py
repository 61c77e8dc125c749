"""Photographs with boxes and masks, from a folder in COCO's layout.

Lin et al., "Microsoft COCO: Common objects in context", ECCV 2014. A folder holds, for each split,
``annotations/instances_SPLIT.json`` and the pictures in ``SPLIT/``; what is called ``val…`` is for
measuring, ``train…`` for training. Categories count by their names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from linksim.experiments.data.coco_masks import WrongMask, mask_of
from linksim.experiments.data.published import Unpublished, field, published_values
from linksim.experiments.data.samples import (
    HELD_OUT,
    LEAST_SIDE,
    MOST_ANSWER,
    FolderSamples,
    checked_query,
    checked_samples,
)
from linksim.experiments.data.truth import Truth, framed_truth
from linksim.experiments.faults import Fault
from linksim.source.pictures import Framing, check_once
from linksim.source.sizes import Size
from linksim.source.text_files import one_line

PREFIX = "coco:"
"""Before the folder, in ``--data``."""

TRAINING, EVALUATION = "train", "val"
"""What the names of splits begin with."""

_MOST_BYTES = 2**31  # of a JSON file; train2017's has 0.5 GB
_MOST_VALUES = 5_000_000  # train2017 has 860 001 annotations


@dataclass(frozen=True, slots=True)
class Thing:
    """An annotation: label, box in pixels (left, top, right, bottom), whether it is a crowd.

    ``outline`` is its ``segmentation`` as COCO writes it, None without one.
    """

    label: str
    box: tuple[float, float, float, float]
    crowd: bool
    outline: Any


@dataclass(frozen=True, slots=True)
class CocoPicture:
    """A photograph: where it lies, its height and width, and what is in it."""

    path: Path
    size: Size
    things: tuple[Thing, ...]

    def truth(self, masks: bool = False) -> Truth:
        """Return what is in it.

        Args:
            masks: whether pixels are wanted; they are None unless every thing has them.

        Raises:
            Fault: for a mask that is none of its picture's.
        """
        boxes = np.array([thing.box for thing in self.things], dtype=float).reshape(-1, 4)
        crowds = np.array([thing.crowd for thing in self.things], dtype=bool)
        pixels = self._masks() if masks else None
        labels = tuple(thing.label for thing in self.things)
        return Truth(boxes, labels, pixels, crowds if crowds.any() else None)

    def _masks(self) -> np.ndarray | None:
        if any(thing.outline is None for thing in self.things):
            return None
        try:
            drawn = [mask_of(thing.outline, self.size) for thing in self.things]
        except WrongMask as error:
            raise Fault(f"{self.path.name}: a mask of it can't be read ({error})") from None
        return np.stack(drawn) if drawn else np.zeros((0, *self.size), dtype=bool)


@dataclass(frozen=True)
class CocoSplit:
    """The pictures of a split that are there, by their numbers, and what is said of others."""

    pictures: tuple[CocoPicture, ...]
    notes: tuple[str, ...] = ()


class CocoSamples(FolderSamples):
    """Photographs of which it is known what is in them, each with the same question, or none."""

    def __init__(self, split: CocoSplit, question: str, folder: Path) -> None:
        rows = [(picture.path, question, "", "") for picture in split.pictures]
        super().__init__(rows, split.notes, folder)
        self._pictures = split.pictures

    def truth(self, number: int, framing: Framing | int) -> Truth:
        """Return what is in a sample's picture; see `KnownSamples.truth`."""
        wanted = framing if isinstance(framing, Framing) else Framing.square(framing)
        picture = self._pictures[number]
        return framed_truth(picture.truth(masks=True), picture.size, wanted)


def coco_samples(
    folder: Path, most: int, seed: int, query: str | None = None, least: int = LEAST_SIDE
) -> CocoSamples:
    """Draw photographs of the split that is for measuring.

    Args:
        most: number of samples that are kept.
        seed: they are drawn by it.
        query: asked about every picture; None where nobody asks.
        least: pixels that both sides of a picture must have.

    Raises:
        Fault: if the folder is not in COCO's layout.
        UnreadablePicture: if a picture that was drawn is none.
    """
    question = "" if query is None else checked_query(query)
    split = read_coco(folder, EVALUATION)
    draws = np.random.Generator(np.random.Philox(key=[HELD_OUT + seed, 4]))
    order = draws.permutation(len(split.pictures))[:most]
    drawn = [split.pictures[number] for number in order]
    checked_samples([(picture.path, "", "", "") for picture in drawn], least=least)
    return CocoSamples(CocoSplit(tuple(drawn), split.notes), question, folder)


def read_coco(folder: Path, split: str) -> CocoSplit:
    """Read the pictures of a split and what is in them.

    Pictures whose files are missing, or are of another size than the annotations say, are passed
    over, and said so.

    Args:
        folder: in COCO's layout.
        split: `TRAINING` or `EVALUATION`.

    Raises:
        Fault: if there is no such split, or it is damaged or without pictures.
    """
    file = _annotations_file(folder, split)
    place = folder / file.stem.removeprefix("instances_")
    named = {number: fields for number, *fields in _read(file, "images", _image)}
    labels = dict(_read(file, "categories", _category))
    things: dict[int, list[Thing]] = {number: [] for number in named}
    for picture, category, box, crowd, outline in _read(file, "annotations", _annotation):
        if picture not in things or category not in labels:
            raise _fault(file, f"an annotation names picture {picture} or category {category}, "
                         "which it does not have")  # fmt: skip
        things[picture].append(Thing(labels[category], box, crowd, outline))
    pictures = [
        CocoPicture(place / name, size, tuple(things[number]))
        for number, (name, size) in sorted(named.items())
    ]
    return _there(pictures, file)


def _there(pictures: Sequence[CocoPicture], file: Path) -> CocoSplit:
    """Pass over pictures that are not there, or are others than were annotated."""
    found = [picture for picture in pictures if picture.path.is_file()]
    alike = [p for p in found if check_once(p.path, 1) == p.size]
    if not alike:
        raise _fault(file, f"none of its {len(pictures)} pictures is in {pictures[0].path.parent}"
                     if pictures else "has no pictures in it")  # fmt: skip
    notes = []
    if missing := len(pictures) - len(found):
        notes.append(f"{file.name}: {missing} of {len(pictures)} pictures are missing, passed over")
    if other := len(found) - len(alike):
        notes.append(f"{file.name}: {other} pictures of other sizes than annotated passed over")
    return CocoSplit(tuple(alike), tuple(notes))


def _annotations_file(folder: Path, split: str) -> Path:
    if not folder.is_dir():
        raise Fault(f"--data {PREFIX}{folder}: no such folder")
    found = sorted((folder / "annotations").glob(f"instances_{split}*.json"))
    if len(found) != 1:
        what = ", ".join(file.name for file in found) or "none"
        raise Fault(
            f"--data {PREFIX}{folder}: needs one file annotations/instances_{split}….json, "
            f"there is {what}"
        )
    if found[0].stat().st_size > _MOST_BYTES:
        raise _fault(found[0], f"is larger than {_MOST_BYTES >> 20} MB")
    return found[0]


def _read(file: Path, key: str, take: Callable[[Any], Any]) -> Iterator[Any]:
    """Yield what is used of a file's values, each checked."""
    return published_values(file, key, take, _MOST_VALUES, _fault)


def _image(value: Any) -> tuple[int, str, Size]:
    name = field(value, "file_name")
    if not isinstance(name, str) or Path(name).name != name or name in ("", ".", ".."):
        raise Unpublished(f"{str(name)[:40]!r} is no name of a file")
    return _whole(value, "id"), name, (_whole(value, "height"), _whole(value, "width"))


def _category(value: Any) -> tuple[int, str]:
    name = field(value, "name")
    if not isinstance(name, str) or not 0 < len(name) <= MOST_ANSWER:
        raise Unpublished(f"{str(name)[:40]!r} is no name")
    return _whole(value, "id"), one_line(name).lower()


def _annotation(value: Any) -> tuple[int, int, tuple[float, ...], bool, Any]:
    box = field(value, "bbox")
    numbers = isinstance(box, list) and len(box) == 4 and all(map(_is_number, box))
    if not numbers or min(box[2:]) < 0:
        raise Unpublished(f"{str(box)[:40]!r} is no box")
    left, top, width, height = map(float, box)
    crowd = value.get("iscrowd", 0) in (1, True)
    ids = _whole(value, "image_id"), _whole(value, "category_id")
    return *ids, (left, top, left + width, top + height), crowd, value.get("segmentation")


def _whole(value: Any, name: str) -> int:
    found = field(value, name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 10**15:
        raise Unpublished(f"{name} {str(found)[:40]!r} is no number")
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e9


def _fault(file: Path, problem: str) -> Fault:
    return Fault(f"--data {PREFIX}{file.parent.parent}: {file.name} {problem}")
