"""Schedules of trainings in several steps, from TOML files: UO-ISC's phases, DISCOVER's stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar

from linksim.source.refused import Refused
from linksim.source.text_files import UnreadableText, read_toml

_SHIPPED = Path(str(files("linksim.experiments.training"))) / "schedules"
SECTIONS = ("phase-0", "phase-1", "phase-2")
LATER_SECTIONS = ("phase-3", "phase-4")
"""Of the head that learns which tokens a question needs, and of the prior of indices; a schedule
may be without the last, or both."""

STAGES = ("stage-0", "stage-1", "stage-2")
_WHOLE = ("steps", "batch_size", "revive_every")
_SHARES = ("relevance_from", "relevance_share", "revive_until", "drop", "warp")


@dataclass(frozen=True)
class _Numbers:
    """What every table holds.

    Attributes:
        steps, batch_size, learning_rate: of the training.

    Raises:
        Refused: if a number is out of range.
    """

    steps: int
    batch_size: int
    learning_rate: float

    def __post_init__(self) -> None:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise Refused(f"{name} = {value!r}: give a number")
            if name in _WHOLE and (not isinstance(value, int) or value < 1):
                raise Refused(f"{name} = {value}: give a whole number above 0")
            if not 0 <= value <= (1 if name in _SHARES else 1e9):
                raise Refused(f"{name} = {value}: out of range")
        if not self.learning_rate:
            raise Refused("learning rates must be above 0")


@dataclass(frozen=True)
class Stage(_Numbers):
    """One stage of DISCOVER: 0 is the beginning, its base codec alone; 1 and 2 are the paper's."""


@dataclass(frozen=True)
class Phase(_Numbers):
    """One phase of UO-ISC: 0 is the beginning, by reconstruction alone; 1 and 2 are Algorithm 1's.

    3 and 4 are beyond the paper, of a codec that is frozen: a head learns which tokens are needed,
    and a prior what indices say of one another.

    Attributes:
        l1, vq, relevance, adversarial: weights of the loss (λ1, λ2, 1 and λ3 in the paper);
            an adversarial weight makes the phase one with a discriminator.
        opponent_learning_rate: of the discriminator.
        relevance_from: share of the steps before relevance joins.
        relevance_share: share of each batch that the relevance loss looks at.
        warp: share of the pictures that are warped, see `linksim.experiments.training.warping`.
        drop: largest share of its tokens that is not sent of every fourth picture.
        revive_every, revive_until: steps between moving unused codewords, and the share of the
            steps in which that is done.

    Raises:
        Refused: if a number is out of range.
    """

    l1: float
    vq: float
    relevance: float
    relevance_from: float
    relevance_share: float
    revive_every: int
    revive_until: float
    warp: float = 0.0
    drop: float = 0.0
    adversarial: float = 0.0
    opponent_learning_rate: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.adversarial and not self.opponent_learning_rate:
            raise Refused("learning rates must be above 0")


_Table = TypeVar("_Table", bound=_Numbers)


def load_schedule(name: str) -> tuple[Phase, ...]:
    """Read UO-ISC's phases from a shipped schedule by name, or a ``.toml`` file of one's own.

    Raises:
        Refused: if there is no such schedule, or the file is not one.
    """
    table = _read(name)
    later = takewhile(table.__contains__, LATER_SECTIONS)
    return tuple(_of(Phase, name, table, section) for section in (*SECTIONS, *later))


def load_stages(name: str) -> tuple[Stage, ...]:
    """Read DISCOVER's stages as `load_schedule` reads UO-ISC's phases.

    >>> [stage.steps for stage in load_stages("discover-paper")][1:]
    [300000, 50000]
    """
    table = _read(name)
    return tuple(_of(Stage, name, table, section) for section in STAGES)


def _read(name: str) -> dict[str, Any]:
    path = Path(name) if name.endswith(".toml") else _SHIPPED / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in _SHIPPED.glob("*.toml")))
        raise Refused(f"{name}: unknown schedule; one of {known}, or a .toml of your own")
    try:
        return read_toml(path)
    except UnreadableText as error:
        raise Refused(f"{name}: not a readable schedule ({error.reason})") from None


def _of(kind: type[_Table], name: str, table: dict[str, Any], section: str) -> _Table:
    given = table.get(section)
    if not isinstance(given, dict):
        raise Refused(f"{name}: the schedule lacks the table [{section}]")
    known = {field.name: field.default is MISSING for field in fields(kind)}
    if unknown := [key for key in given if key not in known]:
        raise Refused(
            f"{name}, [{section}]: {unknown[0][:40]!r} is no key of a {kind.__name__.lower()}"
        )
    if lacking := [key for key, needed in known.items() if needed and key not in given]:
        raise Refused(f"{name}, [{section}]: lacks {lacking[0]}")
    try:
        return kind(**given)
    except Refused as error:
        raise Refused(f"{name}, [{section}]: {error}") from None


def scenes_before(phases: Sequence[Phase], number: int) -> int:
    """Return how many scenes the phases before phase ``number`` draw.

    >>> scenes_before(load_schedule("embedded"), 0)
    0
    """
    return sum(phase.steps * phase.batch_size for phase in phases[:number])
