"""VQA v2, from a folder with the files as they are published.

Goyal et al., "Making the V in VQA Matter" (2017): questions about COCO pictures, ten answers each.
The truth here is the answer that most gave, ``multiple_choice_answer``; VQA's own accuracy also
counts the others: wholly if three of the ten gave them, else in part.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from linksim.experiments.data.published import Unpublished, field, published_values
from linksim.experiments.data.samples import (
    HELD_OUT,
    MOST_ANSWER,
    MOST_CHARACTERS,
    FolderSamples,
    checked_samples,
)
from linksim.experiments.data.vqa_animals import about_animals
from linksim.experiments.faults import Fault
from linksim.source.refused import Refused
from linksim.source.text_files import one_line

PREFIX = "vqa:"
"""Before the folder, in ``--data``."""

TRAINING, EVALUATION = "train2014", "val2014"
SPLITS = (TRAINING, EVALUATION)

_MOST_ROWS = 2_000_000  # the largest split has 443 757
_MOST_BYTES = 2**31  # of a JSON file; the largest has 0.4 GB


@dataclass(frozen=True, slots=True)
class VqaRow:
    """A question about a picture.

    Attributes:
        number: ``question_id``.
        picture: ``image_id``.
        question: its text.
        truth: the answer that most people gave, in lower case.
        family: ``yes/no``, ``number`` or ``other``.
        animal: whether question or answer name an animal.
    """

    number: int
    picture: int
    question: str
    truth: str
    family: str
    animal: bool


def questions_file(folder: Path, split: str) -> Path:
    """Return where the questions of a split lie."""
    return folder / f"v2_OpenEnded_mscoco_{split}_questions.json"


def annotations_file(folder: Path, split: str) -> Path:
    """Return where the answers of a split lie."""
    return folder / f"v2_mscoco_{split}_annotations.json"


def picture_file(folder: Path, split: str, picture: int) -> Path:
    """Return where a picture lies."""
    return folder / split / f"COCO_{split}_{picture:012d}.jpg"


def read_split(folder: Path, split: str) -> list[VqaRow]:
    """Read the questions of a split and their answers, by question number.

    The files are read value by value: memory is taken for what is used of them alone, 130 MB for
    train2014 with its 444 thousand questions.

    Raises:
        Fault: if a file is missing or damaged, or the two do not belong together.
    """
    asked: dict[int, tuple[int, str]] = {}
    for number, picture, question in _fields(questions_file(folder, split), "questions"):
        asked[number] = (picture, question)
    rows = []
    answers = annotations_file(folder, split)
    for number, picture, family, truth in _fields(answers, "annotations"):
        seen, question = asked.pop(number, (None, ""))
        if seen != picture:
            raise _fault(answers, f"question {number} is not that of the questions file")
        animal = about_animals(question, truth)
        rows.append(VqaRow(number, picture, question, truth, family, animal))
    if asked:
        raise _fault(answers, f"lacks answers to {len(asked)} questions")
    if not rows:
        raise _fault(answers, "has no answers in it")
    return sorted(rows, key=lambda row: row.number)


def vqa_samples(folder: Path, most: int, seed: int, kinds: str) -> FolderSamples:
    """Draw questions of val2014, with their pictures.

    Args:
        most: number of samples that are kept.
        seed: they are drawn by it.
        kinds: ``animals`` for those alone that are about animals, or ``all``.

    Raises:
        Fault: if the folder is not as published.
        UnreadablePicture: if a picture that was drawn is missing or none.
    """
    rows = [row for row in read_split(folder, EVALUATION) if row.animal or kinds == "all"]
    if not rows:
        raise Fault(f"--scenes {kinds}: no question of --data {PREFIX}{folder} is about them")
    rng = np.random.Generator(np.random.Philox(key=[HELD_OUT + seed, 2]))
    drawn = [rows[i] for i in rng.permutation(len(rows))[:most]]
    return checked_samples(
        [
            (picture_file(folder, EVALUATION, row.picture), row.question, row.truth, row.family)
            for row in drawn
        ]
    )


def _fields(file: Path, key: str) -> Iterator[tuple[Any, ...]]:
    """Yield what is used of a file's values, each checked."""
    if not file.is_file():
        raise _fault(file, "is missing; `linksim data vqa --check FOLDER` says what is there")
    if file.stat().st_size > _MOST_BYTES:
        raise _fault(file, f"is larger than {_MOST_BYTES >> 20} MB")
    take: Callable[[Any], tuple[Any, ...]] = _question if key == "questions" else _annotation
    yield from published_values(file, key, take, _MOST_ROWS, _fault)


def _question(value: Any) -> tuple[int, int, str]:
    question = _text(field(value, "question"), MOST_CHARACTERS)
    return _number(field(value, "question_id")), _number(field(value, "image_id")), question


def _annotation(value: Any) -> tuple[int, int, str, str]:
    # Few differ: interned, they are stored once.
    family, truth = (
        sys.intern(_text(field(value, name), MOST_ANSWER).strip().lower())
        for name in ("answer_type", "multiple_choice_answer")
    )
    numbers = _number(field(value, "question_id")), _number(field(value, "image_id"))
    return *numbers, family, truth


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 10**12:
        raise Unpublished(f"{str(value)[:40]!r} is no number of a question or picture")
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise Unpublished(f"{str(value)[:40]!r} is no text of 1 to {longest} characters")
    try:
        return one_line(value)
    except Refused as error:
        raise Unpublished(f"{value[:40]!r} {error}") from None


def _fault(file: Path, problem: str) -> Fault:
    return Fault(f"--data {PREFIX}{file.parent}: {file.name} {problem}")
