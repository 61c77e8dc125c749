"""Which tasks a sweep still needs: those that its journal lacks, at points not yet known enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from linksim.experiments.results.estimates import Estimate, rate_from_sums
from linksim.experiments.results.metrics import UNKNOWN
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.sweeps.tasks import Arrays, Crew, Order, Task
from linksim.source.judge import NOBODY


@dataclass(frozen=True)
class Piece:
    """A finished piece of work: some pictures at one point, the ``done``-th of ``total`` pieces.

    Attributes:
        point: as in `Task`.
        measured: see `linksim.experiments.sweeps.measurement.Measurement.measure`.
        pictures: how many are measured at this point, from the first on without a gap.
        wanted: how many are to be.
        match: the answer match over these.
        label: of its sweep.
        of_sweep: ``done`` and ``total`` of its sweep alone.
    """

    point: float
    measured: Arrays
    done: int
    total: int
    pictures: int
    wanted: int
    match: Estimate
    label: str = ""
    of_sweep: tuple[int, int] = (0, 0)


Progress = Callable[[Piece], None]
"""Called after each piece of work."""


class Journal(Protocol):
    """Keeps results by name; see `linksim.experiments.results.parts.Parts`."""

    def save(self, name: str, arrays: Arrays) -> None: ...

    def load(self, name: str) -> Arrays | None: ...


class Point:
    """What is known at one point, as a rule an SNR.

    It is known enough after the first pictures, whole groups of them, over which the 95 % interval
    of the answer match is as narrow as asked for. That depends on these pictures alone: not on
    batches, nor on what else happens to be finished.

    Args:
        images: how many pictures there are.
        precision: half the interval's width, 0 to measure all pictures.
        judged: whether anybody answers the questions; else the answer match is not known.

    Attributes:
        results: by batch, what was measured.
        wanted: how many pictures the point needs, as far as is known.
        seen: how many of these are measured, from the first on without a gap.
    """

    def __init__(self, images: int, precision: float, judged: bool = True) -> None:
        self.results: dict[int, Arrays] = {}
        self.wanted, self.seen = images, 0
        self._precision, self._matches, self._next = precision, 0, 0
        self._judged = judged

    @property
    def match(self) -> Estimate:
        """The answer match over the pictures seen."""
        if not self._judged:
            return UNKNOWN
        return rate_from_sums(self._matches, self._matches, self.seen, 1)

    def see(self, described: dict[int, Arrays]) -> None:
        """Count what is measured and described by now, batch by batch."""
        while self._next in self.results and self._next in described:
            answers = self.results[self._next]["answers"]
            self._count(answers == described[self._next]["wanted"])
            self._next += 1

    def _count(self, matches: np.ndarray) -> None:
        for first in range(0, len(matches), GROUP):
            if self.seen == self.wanted:
                return
            group = matches[first : first + GROUP]
            self.seen += len(group)
            self._matches += int(group.sum())
            if self._precision and self.match.high - self.match.low <= 2 * self._precision:
                self.wanted = self.seen


class Schedule:
    """Says which tasks a sweep needs, and keeps what comes of them.

    Args:
        order: of the sweep.
        images, batch: how many pictures there are, and in a task; the latter whole groups.
        points: of the tasks, see `Task`.
        precision: see `Point`.
        engine: of the physical layer, which names the journal's parts: resumed elsewhere, ``auto``
            may choose another.

    Attributes:
        points: what is known of each.
        described: by batch.
    """

    def __init__(
        self,
        order: Order,
        images: int,
        batch: int,
        points: Sequence[float],
        precision: float,
        engine: str,
        journal: Journal,
        progress: Progress,
    ) -> None:
        self.order = order
        judged = order.sender.models.judge != NOBODY
        self.points = {point: Point(images, precision, judged) for point in points}
        self.described: dict[int, Arrays] = {}
        self._images, self._batch = images, batch
        self._engine, self._journal, self._progress = engine, journal, progress

    @property
    def batches(self) -> list[range]:
        """The pictures of each batch."""
        starts = range(0, self._images, self._batch)
        return [range(first, min(first + self._batch, self._images)) for first in starts]

    def tasks(self, batches: Sequence[range]) -> Iterator[Task]:
        """Yield what is still to be done of batches side by side: all of a point together.

        What the journal has is taken from it first. Whether a point needs one more batch is decided
        when its task is asked for.
        """
        for numbers in batches:
            self._take_stored(numbers)
        for point in (None, *self.points):
            for numbers in batches:
                if self._is_wanted(numbers, point):
                    yield Task(self.order, numbers, point, self._ahead(numbers, point))

    def _take_stored(self, numbers: range) -> None:
        for point in (None, *self.points):
            task = Task(self.order, numbers, point)
            if self._is_wanted(numbers, point):
                stored = self._journal.load(self._name(task))
                if stored is not None:
                    self._take(task, stored)

    def _ahead(self, numbers: range, point: float | None) -> tuple[float, ...]:
        """Return the points after this one that these pictures are still wanted at."""
        if point is None:
            return ()
        points = list(self.points)
        later = points[points.index(point) + 1 :]
        return tuple(other for other in later if self._is_wanted(numbers, other))

    def keep(self, task: Task, arrays: Arrays) -> None:
        """Write a task's result into the journal, and count it."""
        self._journal.save(self._name(task), arrays)
        self._take(task, arrays)

    def _is_wanted(self, numbers: range, point: float | None) -> bool:
        """Tell whether these pictures are needed at a point, or described, and not yet done."""
        number = numbers.start // self._batch
        if point is None:
            needed = any(one.wanted > numbers.start for one in self.points.values())
            return needed and number not in self.described
        return self.points[point].wanted > numbers.start and (
            number not in self.points[point].results
        )

    def _name(self, task: Task) -> str:
        name = f"{task.numbers.start:06d}-{task.numbers.stop:06d}"
        if task.point is None:
            return name
        return f"{name}-{self._engine}-{task.point:+}"

    def _take(self, task: Task, arrays: Arrays) -> None:
        number = task.numbers.start // self._batch
        if task.point is None:
            self.described[number] = arrays
            for point in self.points.values():
                point.see(self.described)
        else:
            point = self.points[task.point]
            point.results[number] = arrays
            point.see(self.described)
            self._tell(task.point, arrays)

    def _tell(self, where: float, arrays: Arrays) -> None:
        needed = {at: -(-point.wanted // self._batch) for at, point in self.points.items()}
        done = sum(min(len(point.results), needed[at]) for at, point in self.points.items())
        point = self.points[where]
        counts = done, sum(needed.values()), point.seen, point.wanted
        self._progress(Piece(where, arrays, *counts, point.match))


def in_turn(schedules: Sequence[Schedule], side_by_side: int) -> Iterator[Task]:
    """Yield the tasks of sweeps of the same pictures, which one sender encodes for all of them.

    Some batches go on side by side, over one sweep's link after the other. Where they are as many
    as there are processes, each has a batch of its own.
    """
    batches = schedules[0].batches
    for first in range(0, len(batches), side_by_side):
        for schedule in schedules:
            yield from schedule.tasks(batches[first : first + side_by_side])


def carry_out(schedules: Sequence[Schedule], crew: Crew, side_by_side: int) -> None:
    """Let a crew do all tasks of sweeps that share a sender.

    Args:
        schedules: of the sweeps.
        crew: who does them.
        side_by_side: how many batches go on at a time.

    Raises:
        Fault: if a task cannot be done, or its result not be written.
    """
    by_order = {schedule.order: schedule for schedule in schedules}
    for task, arrays in crew.results(in_turn(schedules, side_by_side)):
        by_order[task.order].keep(task, arrays)
