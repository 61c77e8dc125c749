"""Batches of VQA's train2014, without animals."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.data.vqa import PREFIX, TRAINING, VqaRow, picture_file, read_split
from linksim.experiments.faults import Fault
from linksim.source.pictures import load_picture


@dataclass(frozen=True)
class VqaBatch:
    """Pictures, each with a question.

    Attributes:
        rows: what they are.
        images: float32 ``[B, 3, side, side]`` in 0..1.

    Raises:
        ValueError: if a question or its answer names an animal; these are for evaluation.
    """

    rows: Sequence[VqaRow]
    images: torch.Tensor

    def __post_init__(self) -> None:
        for row in self.rows:
            if row.animal:
                raise ValueError(f"a question for training names an animal ({row.question})")

    @property
    def questions(self) -> list[str]:
        return [row.question for row in self.rows]

    @property
    def answers(self) -> list[str]:
        return [row.truth for row in self.rows]


class VqaBatches:
    """Questions in an order drawn anew for each round through them.

    A picture is left out altogether if any of its questions (five or so) names an animal.

    Args:
        folder: of VQA.
        seed: of the order.
        side: of the pictures.

    Raises:
        Fault: if the folder is not as published, lacks a picture, or nothing is left.
    """

    def __init__(self, folder: Path, seed: int, side: int) -> None:
        self.seed = seed
        self._folder, self._side = folder, side
        rows = read_split(folder, TRAINING)
        shown = {row.picture for row in rows if row.animal}
        self.rows = [row for row in rows if row.picture not in shown]
        if not self.rows:
            raise Fault(f"--data {PREFIX}{folder}: every picture of {TRAINING} shows an animal")
        there = set(os.listdir(folder / TRAINING)) if (folder / TRAINING).is_dir() else set()
        for row in self.rows:
            file = picture_file(folder, TRAINING, row.picture)
            if file.name not in there:
                raise Fault(f"--data {PREFIX}{folder}: {TRAINING}/{file.name} is missing")
        self._order = lru_cache(maxsize=2)(self._drawn)

    def draw(self, first: int, size: int) -> VqaBatch:
        """Return samples ``first`` to ``first + size - 1``.

        Raises:
            UnreadablePicture: if a picture is missing or none.
        """
        rounds = [divmod(number, len(self.rows)) for number in range(first, first + size)]
        rows = [self.rows[self._order(turn)[place]] for turn, place in rounds]
        files = [picture_file(self._folder, TRAINING, row.picture) for row in rows]
        return VqaBatch(rows, torch.stack([load_picture(file, self._side) for file in files]))

    def described(self, first: int, last: int) -> str:
        """Return what samples ``first`` to ``last`` are, for a card."""
        return (
            f"VQA v2's {TRAINING}: samples {first} to {last} of seed {self.seed}, of "
            f"{len(self.rows)} questions about pictures of which no question names an animal"
        )

    def _drawn(self, turn: int) -> np.ndarray:
        philox = np.random.Philox(key=[self.seed, 3], counter=[0, 0, turn, 0])
        return np.random.Generator(philox).permutation(len(self.rows))
