"""What a sweep sends: scenes of the embedded world, or pictures from a folder of one's own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from linksim.experiments.faults import Fault
from linksim.source.pictures import SUFFIXES, check_picture, load_picture
from linksim.source.scenes import ask, ask_about_animals, draw_animals, draw_scene

HELD_OUT = 2**32
"""Evaluation draws scenes from seeds at and above this number, training below it."""


MOST_ANSWER = 200  # characters
MOST_CHARACTERS = 500
"""Longest question that is taken."""


@dataclass(frozen=True)
class Sample:
    """A picture with a question about it.

    Attributes:
        image: float32 ``[3, side, side]`` in 0..1.
        question: its text.
        truth: the right answer; empty where it is unknown.
        family: of the question; empty where there is none.
        name: where the picture is from.
    """

    image: torch.Tensor
    question: str
    truth: str
    family: str
    name: str


class Samples(Protocol):
    """A numbered set of samples."""

    def __len__(self) -> int: ...

    def sample(self, number: int, side: int) -> Sample:
        """Return one sample, its picture resized to ``side``."""


class SceneSamples:
    """Held-out scenes, each with one question; sample n depends on seed, kinds and n alone.

    Args:
        count: number of samples.
        seed: from 0.
        kinds: one of `linksim.experiments.configuration.SCENES`, of what is shown and asked about.
    """

    def __init__(self, count: int, seed: int, kinds: str = "all") -> None:
        self._count, self._seed, self._kinds = count, seed, kinds

    def __len__(self) -> int:
        return self._count

    def sample(self, number: int, side: int) -> Sample:
        animals = self._kinds == "animals"
        scene = (draw_animals if animals else draw_scene)(HELD_OUT + self._seed, number)
        philox = np.random.Philox(key=[HELD_OUT + self._seed, 1], counter=[0, 0, number, 0])
        question = (ask_about_animals if animals else ask)(scene, np.random.Generator(philox))
        image = torch.from_numpy(scene.image.transpose(2, 0, 1).astype(np.float32) / 255)
        if image.shape[-1] != side:
            image = torch.nn.functional.interpolate(
                image[None], (side, side), mode="bicubic", antialias=True
            )[0].clamp(0, 1)
        return Sample(image, question.text, question.answer, question.family, f"scene {number}")


Row = tuple[Path, str, str, str]
"""Of pictures on disk: a picture, a question, its answer and its family, where they are known."""


class FolderSamples:
    """Pictures on disk, each with a question."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = list(rows)
        self._load = lru_cache(maxsize=256)(load_picture)

    def __len__(self) -> int:
        return len(self._rows)

    def sample(self, number: int, side: int) -> Sample:
        path, question, truth, family = self._rows[number]
        return Sample(self._load(path, side), question, truth, family, path.name)


def folder_samples(
    folder: Path, query: str | None, questions: Path | None, most: int
) -> FolderSamples:
    """Pair the pictures of a folder with one query, or with the rows of a questions file.

    Args:
        query: asked about every picture.
        questions: CSV with columns ``picture``, ``question`` and, where known, ``answer``.
        most: number of samples that are kept.

    Raises:
        Fault: naming the option that is wrong.
        UnreadablePicture: if a file is no picture.
    """
    if not folder.is_dir():
        raise Fault(f"--data {folder}: no such folder; give scenes, vqa:FOLDER or pictures' folder")
    if (query is None) == (questions is None):
        raise Fault(
            f"--data {folder}: give either --query or --questions with pictures of your own"
        )
    if questions is not None:
        return checked_samples(_question_rows(folder, questions)[:most])
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not pictures:
        raise Fault(f"--data {folder}: no pictures in it ({', '.join(SUFFIXES)})")
    return checked_samples([(path, checked_query(query or ""), "", "") for path in pictures[:most]])


def checked_samples(rows: Sequence[Row]) -> FolderSamples:
    """Return samples whose pictures' headers were looked at: a bad file shows before work begins.

    Raises:
        UnreadablePicture: if a file is missing or no picture.
    """
    for path in dict.fromkeys(row[0] for row in rows):
        check_picture(path)
    return FolderSamples(rows)


def checked_query(query: str) -> str:
    """Return the query without surrounding space.

    Raises:
        Fault: if nothing is left, or it is too long to be a question.
    """
    if len(query) > MOST_CHARACTERS:
        raise Fault(f"--query: longer than {MOST_CHARACTERS} characters; ask a shorter question")
    if not query.strip():
        raise Fault(
            '--query: the question is empty; ask one, like --query "what colour is the car?"'
        )
    return query.strip()


def _question_rows(folder: Path, file: Path) -> list[Row]:
    try:
        with file.open(newline="", encoding="utf-8") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Fault(f"--questions {file}: can't be read as CSV ({error})") from None
    if not rows or not {"picture", "question"} <= set(rows[0]):
        raise Fault(f"--questions {file}: needs a header with picture,question[,answer] and a row")
    found = []
    for line, row in enumerate(rows, start=2):
        name, question = row["picture"] or "", (row["question"] or "").strip()
        path = folder / name
        if not name or not path.is_file() or folder.resolve() not in path.resolve().parents:
            raise Fault(f"--questions {file}, line {line}: no picture {name!r} in {folder}")
        if not 0 < len(question) <= MOST_CHARACTERS:
            what = "too long" if question else "empty"
            raise Fault(f"--questions {file}, line {line}: the question is {what}")
        answer = (row.get("answer") or "").strip().lower()
        if len(answer) > MOST_ANSWER:  # each takes as much room in results as the longest
            raise Fault(f"--questions {file}, line {line}: the answer is too long")
        found.append((path, question, answer, ""))
    return found
