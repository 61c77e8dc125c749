"""What a training is asked for, and what each training does alike."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, TypeVar

import torch

from linksim.experiments.data.inputs import folder_digest
from linksim.experiments.faults import Fault
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.trainer import Callback, Recipe, Run, train
from linksim.source.refused import Refused
from linksim.source.zoo.preset import Preset

Table = TypeVar("Table")

HOME = Path("runs/train")
"""Where weights go, unless told otherwise."""


@dataclass(frozen=True)
class Request:
    """What somebody asks a training for.

    Attributes:
        model: its name in the catalogue.
        preset: gives the models that are built upon.
        device, seed: of the training.
        resume: go on from the checkpoint.
        steps: of the training; None for as many as it takes.
        out: folder for weights and card; None for one of the model's own in `HOME`.
        start: folder of weights to begin with; None for none, or for where they usually are.
        own: options of this model alone, by name; those left out are not in it.
        callback: told of each step.
    """

    model: str
    preset: Preset
    device: torch.device
    seed: int
    resume: bool = False
    steps: int | None = None
    out: Path | None = None
    start: Path | None = None
    own: Mapping[str, Any] = field(default_factory=dict)
    callback: Callback | None = None

    def begin(self, usual: Path | None, remedy: str) -> Path | None:
        """Return the folder of weights to begin with: ``start``, or else the usual one.

        Raises:
            Fault: if it is missing, with what to do.
        """
        start = self.start or usual
        if start and not start.is_dir():
            raise Fault(f"--start {start}: no such folder; {remedy}")
        return start

    def schedule(self, load: Callable[[str], Table], usual: str) -> tuple[str, Table]:
        """Return the name of the schedule that is asked for, and what it holds.

        Raises:
            Fault: if there is no such schedule.
        """
        name = self.own.get("schedule", usual)
        try:
            return name, load(name)
        except Refused as error:
            raise Fault(f"--schedule {error}") from None


@dataclass(frozen=True)
class Job:
    """What to train and where.

    Attributes:
        model: its name on the command line.
        preset: gives the models that are built upon.
        out: folder of the weights; the checkpoint lies in it until training ends.
        steps, seed, device: of the training.
        resume: go on from the checkpoint.
        start: folder of weights to begin with, of trainings that can.
        callback: told of each step.
    """

    model: str
    preset: Preset
    out: Path
    steps: int
    seed: int
    device: torch.device
    resume: bool
    start: Path | None
    callback: Callback | None = field(default=None, kw_only=True)

    @classmethod
    def of(
        cls, asked: Request, home: str, steps: int, start: Path | None = None, **own: Any
    ) -> Self:
        """Return the job that somebody asks for.

        Args:
            asked: for what.
            home: folder in `HOME` for its weights, unless another is asked for.
            steps: how many, unless others are asked for.
            start: folder of weights to begin with.
            own: the fields of a job of this kind.

        Raises:
            Fault: if the folder for its weights holds some, or another training's checkpoint.
        """
        return cls(
            asked.model,
            asked.preset,
            _vacant(asked.out or HOME / home, asked.resume),
            asked.steps or steps,
            asked.seed,
            asked.device,
            asked.resume,
            start,
            callback=asked.callback,
            **own,
        )

    def run(self, recipe: Recipe) -> None:
        """Train a recipe's model.

        Raises:
            Fault: as `train`.
        """
        train(recipe, Run(self.steps, self.out, self.resume, self.options(), self.callback))

    def options(self) -> dict[str, Any]:
        """Return what the outcome depends on, by the names of the options."""
        start = f"{self.start.name} ({folder_digest(self.start)[:12]})" if self.start else ""
        tables = repr(replace(self.preset, models=Path(), trusted=False)).encode()
        return {
            "model": self.model,
            "preset": f"{self.preset.name} ({hashlib.sha256(tables).hexdigest()[:12]})",
            "models": os.path.abspath(self.preset.models),
            "start": start,
            "steps": self.steps,
            "seed": self.seed,
        }

    def with_tables(self, **tables: Any) -> Preset:
        """Return the preset with other tables in it."""
        return replace(self.preset, **tables)

    def command(self) -> str:
        """Return the command that trains the same again."""
        return f"linksim train {self.model} --steps {self.steps} --seed {self.seed}"


def finish(job: Job, card: Card) -> Trained:
    """Write a card beside a training's weights, delete its checkpoint; return what it leaves."""
    card.write(job.out)
    Run(job.steps, job.out).checkpoint.unlink(missing_ok=True)
    return Trained(card.scores, job.out)


def seen(job: Job, batch_size: int) -> str:
    """Return which of the small world's scenes a training has seen, for its card."""
    return f"scenes 0 to {job.steps * batch_size - 1} of seed {job.seed}, all kinds of things"


def _vacant(folder: Path, resume: bool) -> Path:
    if not resume and Run(1, folder).checkpoint.exists():
        raise Fault(
            f"--out {folder}: holds the checkpoint of a training; --resume goes on from it, or "
            "give another folder"
        )
    if not resume and (folder / "CARD.md").exists():
        raise Fault(f"--out {folder}: holds trained weights already; give another folder")
    return folder
