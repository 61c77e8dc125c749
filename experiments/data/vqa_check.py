"""What there is of VQA v2 in a folder, and what is missing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from linksim.experiments.data.vqa import (
    SPLITS,
    VqaRow,
    annotations_file,
    picture_file,
    questions_file,
    read_split,
)
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import folded


@dataclass(frozen=True)
class SplitState:
    """What there is of a split.

    Attributes:
        split: its name.
        problem: why it can't be used; empty when it can.
        absent: whether nothing of it is there: not everyone needs both splits.
        rows: its questions, as far as they could be read.
        pictures: how many pictures these are about.
    """

    split: str
    problem: str
    absent: bool
    rows: list[VqaRow]
    pictures: int

    @property
    def usable(self) -> bool:
        return not self.problem


def check_vqa(folder: Path) -> list[SplitState]:
    """Look at each split: its questions and answers are read, its pictures only looked for."""
    return [_check(folder, split) for split in SPLITS]


def describe(states: list[SplitState]) -> str:
    """Return a table of what there is, and a line for each problem."""
    rows = [["split", "questions", "about animals", "pictures", "state"]]
    for state in states:
        counts = (len(state.rows), sum(row.animal for row in state.rows), state.pictures)
        verdict = "not there" if state.absent else "complete" if state.usable else "unusable"
        rows.append([state.split, *map(str, counts), verdict])
    problems = [f"{s.split}: {s.problem}" for s in states if s.problem and not s.absent]
    return "\n".join([folded(rows, keys=1), *problems])


def _check(folder: Path, split: str) -> SplitState:
    files = (questions_file(folder, split), annotations_file(folder, split), folder / split)
    if missing := [file.name for file in files if not file.exists()]:
        absent = len(missing) == len(files)
        return SplitState(split, f"{', '.join(missing)} missing", absent, [], 0)
    try:
        rows = read_split(folder, split)
    except Fault as fault:
        return SplitState(split, str(fault).partition(": ")[2], False, [], 0)
    there = set(os.listdir(folder / split))
    wanted = [picture_file(folder, split, number).name for number in {row.picture for row in rows}]
    lost = sorted(name for name in wanted if name not in there)
    problem = f"{len(lost)} pictures missing, {lost[0]} first" if lost else ""
    return SplitState(split, problem, False, rows, len(wanted) - len(lost))
