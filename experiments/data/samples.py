"""What a sweep sends: scenes of the embedded world, or pictures from a folder of one's own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from linksim.experiments.data.scenes import scene_truth
from linksim.experiments.data.truth import Truth, framed_truth
from linksim.experiments.faults import Fault
from linksim.source.pictures import SUFFIXES, Framing, check_once, load_picture
from linksim.source.refused import Refused
from linksim.source.scenes import (
    SIDE,
    ask,
    ask_about_animals,
    draw_animals,
    draw_scene,
)
from linksim.source.sizes import Size
from linksim.source.text_files import UnreadableText, one_line, read_table
from linksim.source.zoo.preset import SMALL

LEAST_SIDE = 8  # pixels of a picture that is scaled
_KEPT = 256  # pictures that were scaled, to be sent again
_MOST_SAID = 80  # characters of a name
HELD_OUT = 2**32
"""Evaluation draws scenes from seeds at and above this number, training below it."""


MOST_ANSWER = 200  # characters
MOST_CHARACTERS = 500
"""Longest question that is taken."""


@dataclass(frozen=True)
class Sample:
    """A picture with a question about it.

    Attributes:
        image: float32 ``[3, H, W]`` in 0..1.
        question: its text.
        truth: the right answer; empty where it is unknown.
        family: of the question; empty where there is none.
        name: where the picture is from, of a folder its path in it; bytes of it that are no UTF-8
            as ``\\xff``.
        told: the question that the sender is told; None for the user's own.
    """

    image: torch.Tensor
    question: str
    truth: str
    family: str
    name: str
    told: str | None = None

    @property
    def sender_question(self) -> str:
        """What the sender goes by."""
        return self.question if self.told is None else self.told


class Samples(Protocol):
    """A numbered set of samples."""

    @property
    def notes(self) -> Sequence[str]:
        """What was passed over, in lines for the user."""

    def __len__(self) -> int: ...

    def size(self, number: int) -> Size:
        """Return height and width of a sample's picture, as it stands upright."""

    def sample(self, number: int, framing: Framing | int) -> Sample:
        """Return one sample; a number is the side of its picture's middle square."""


class SceneSamples:
    """Held-out scenes, each with one question; sample n depends on seed, kinds and n alone.

    Args:
        count: number of samples.
        seed: from 0.
        kinds: one of `linksim.experiments.configuration.SCENES`, of what is shown and asked about.

    Attributes:
        world: that scenes are of, one of `linksim.source.zoo.preset.WORLDS`.
        side: of their pictures, in pixels.
    """

    notes: tuple[str, ...] = ()
    world = SMALL
    side = SIDE

    def __init__(self, count: int, seed: int, kinds: str = "all") -> None:
        self._count, self._seed, self._kinds = count, seed, kinds

    def __len__(self) -> int:
        return self._count

    def size(self, number: int) -> Size:
        return self.side, self.side

    def sample(self, number: int, framing: Framing | int) -> Sample:
        scene = self._scene(number)
        question = self._asks(scene, self._draws(number, 1))
        image = torch.from_numpy(scene.image.transpose(2, 0, 1).astype(np.float32) / 255)
        wanted = framing if isinstance(framing, Framing) else Framing.square(framing)
        height, width = wanted.of((self.side, self.side))
        if wanted.size is None:
            image = image[:, :height, :width]
        if image.shape[1:] != (height, width):
            image = torch.nn.functional.interpolate(
                image[None], (height, width), mode="bicubic", antialias=True
            )[0].clamp(0, 1)
        return Sample(image, question.text, question.answer, question.family, f"scene {number}")

    def truth(self, number: int, framing: Framing | int) -> Truth:
        """Return what is in a sample's picture; see `KnownSamples.truth`."""
        wanted = framing if isinstance(framing, Framing) else Framing.square(framing)
        return framed_truth(self._truth(self._scene(number)), (self.side, self.side), wanted)

    def other_question(self, number: int) -> str:
        """Return a question of another family about a sample's picture."""
        scene, draws = self._scene(number), self._draws(number, 2)
        own = self._asks(scene, self._draws(number, 1))
        while (other := self._asks(scene, draws)).family == own.family:
            pass
        return str(other.text)

    def _scene(self, number: int) -> Any:
        draw = draw_animals if self._kinds == "animals" else draw_scene
        return draw(HELD_OUT + self._seed, number)

    def _asks(self, scene: Any, draws: np.random.Generator) -> Any:
        return (ask_about_animals if self._kinds == "animals" else ask)(scene, draws)

    def _truth(self, scene: Any) -> Truth:
        return scene_truth(scene)

    def _draws(self, number: int, purpose: int) -> np.random.Generator:
        key = [HELD_OUT + self._seed, purpose]
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, number, 0]))


Row = tuple[Path, str, str, str]
"""A row about a picture on disk: it, a question, its answer and family, where they are known."""


class FolderSamples:
    """Pictures on disk, each with a question.

    Attributes:
        rows: what they are, in their order.
        notes: what was passed over, in lines for the user.
        folder: that they are called after their paths in; None for their names alone.
    """

    def __init__(
        self, rows: Sequence[Row], notes: Sequence[str] = (), folder: Path | None = None
    ) -> None:
        self.rows, self.notes, self.folder = tuple(rows), tuple(notes), folder
        self._load = lru_cache(maxsize=_KEPT)(load_picture)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def questions(self) -> list[str]:
        """The question of every sample."""
        return [question for _, question, _, _ in self.rows]

    def name(self, number: int) -> str:
        """Return how a sample's picture is called."""
        path = self.rows[number][0]
        called = path.relative_to(self.folder).as_posix() if self.folder else path.name
        return os.fsencode(called).decode("utf-8", "backslashreplace")

    def size(self, number: int) -> Size:
        return check_once(self.rows[number][0], 1)

    def sample(self, number: int, framing: Framing | int) -> Sample:
        path, question, truth, family = self.rows[number]
        scaled = not isinstance(framing, Framing) or framing.size is not None
        read = self._load if scaled else load_picture  # those of their own size may be large
        return Sample(read(path, framing), question, truth, family, self.name(number))


def given_questions(samples: Samples) -> list[str]:
    """Return the questions that a user's data set asks; none of drawn scenes, which are short."""
    return getattr(samples, "questions", [])


def folder_samples(
    folder: Path, query: str | None, questions: Path | None, most: int, least: int = LEAST_SIDE
) -> FolderSamples:
    """Pair the pictures of a folder with one query, or with the rows of a questions file.

    Of a folder and the folders in it every file is taken that is called like a picture, in the
    order of their paths, part by part; what is hidden (``._a.png``, say, or ``.trash/a.png``) is
    passed over, and so is what is called like a picture and is no file. Links to folders are not
    followed.

    Args:
        query: asked about every picture; None where nobody asks.
        questions: CSV with columns ``picture``, ``question`` and, where known, ``answer``.
        most: number of samples that are kept.
        least: pixels that both sides of a picture must have.

    Raises:
        Fault: naming the option that is wrong.
        UnreadablePicture: if a file is no picture.
    """
    if not folder.is_dir():
        remedy = "give scenes, vqa:FOLDER, coco:FOLDER or pictures' folder"
        raise Fault(f"--data {folder}: no such folder; {remedy}")
    if query is not None and questions is not None:
        raise Fault("--query, --questions: give one of them")
    if questions is not None:
        rows = _question_rows(folder, questions)[:most]
        return checked_samples(rows, folder=folder, least=least)
    pictures, passed = pictures_in(folder)
    notes = [f"--data {folder}: {passed} hidden files or folders passed over"] if passed else []
    if not pictures:
        aside = f"; {passed} hidden files or folders passed over" if passed else ""
        raise Fault(f"--data {folder}: no pictures in it ({', '.join(SUFFIXES)}){aside}")
    asked = "" if query is None else checked_query(query)
    rows = [(path, asked, "", "") for path in pictures[:most]]
    return checked_samples(rows, notes, folder, least)


def pictures_in(folder: Path) -> tuple[list[Path], int]:
    """Return the pictures of a folder and of those in it, and how many were passed over.

    Which and in which order, `folder_samples` says.
    """
    named = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    pictures = [path for path in named if path.is_file() and not _hidden(path, folder)]
    return pictures, len(named) - len(pictures)


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def checked_samples(
    rows: Sequence[Row],
    notes: Sequence[str] = (),
    folder: Path | None = None,
    least: int = LEAST_SIDE,
) -> FolderSamples:
    """Return samples whose pictures were decoded once: a bad file shows before work begins.

    Args:
        rows, notes, folder: see `FolderSamples`.
        least: pixels that both sides of a picture must have.

    Raises:
        UnreadablePicture: if a file is missing or no picture.
    """
    for path in dict.fromkeys(row[0] for row in rows):
        check_once(path, least)
    return FolderSamples(rows, notes, folder)


def checked_query(query: str) -> str:
    """Return the query on one line, without surrounding space.

    Raises:
        Fault: if nothing is left, or it is no text or too long to be a question.
    """
    if len(query) > MOST_CHARACTERS:
        raise Fault(f"--query: longer than {MOST_CHARACTERS} characters; ask a shorter question")
    try:
        question = one_line(query)
    except Refused as error:
        raise Fault(f"--query: {error}; ask in plain text") from None
    if not question:
        raise Fault(
            '--query: the question is empty; ask one, like --query "what colour is the car?"'
        )
    return question


def _question_rows(folder: Path, file: Path) -> list[Row]:
    try:
        table = read_table(file, ("picture", "question"), ("answer",))
    except UnreadableText as error:
        raise Fault(f"--questions {error}") from None
    if not table:
        raise Fault(f"--questions {file}: holds no question; give a row for each")
    return [_question_row(folder, f"--questions {file}, line {line}", row) for line, row in table]


def _question_row(folder: Path, place: str, row: Mapping[str, str]) -> Row:
    name, path = row["picture"], folder / row["picture"]
    if not name or not _lies_in(folder, path):
        said = name if len(name) <= _MOST_SAID else name[:_MOST_SAID] + "…"
        raise Fault(f"{place}: no picture {said!r} in {folder}")
    question, answer = one_line(row["question"]), one_line(row.get("answer", ""))
    if not 0 < len(question) <= MOST_CHARACTERS:
        raise Fault(f"{place}: the question is {'too long' if question else 'empty'}")
    if len(answer) > MOST_ANSWER:  # each takes as much room in results as the longest
        raise Fault(f"{place}: the answer is too long")
    return path, question, answer.lower(), ""


def _lies_in(folder: Path, path: Path) -> bool:
    """Tell whether a path is that of a file in a folder; one that no file can have is not."""
    try:
        return path.is_file() and folder.resolve() in path.resolve().parents
    except (OSError, ValueError):  # too long, or with a NUL in it
        return False
