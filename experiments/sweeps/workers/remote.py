"""Tasks as Dask's workers run them: one at a time, on the threads that they are told.

A scheduler reads what is sent to its workers, and so imports this module: frameworks and models are
imported where they are used.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.tasks import Arrays, Facts, Order, Sender, Task

if TYPE_CHECKING:
    from linksim.experiments.sweeps.measurement import PreparedGroup

_AT_WORK = threading.Lock()


@dataclass(frozen=True)
class Encoded:
    """A batch of encoded pictures on its way from task to task."""

    groups: list[PreparedGroup]

    def __sizeof__(self) -> int:
        """Return bytes, by which Dask decides where to go on with it."""
        return sum(g.images.nbytes + g.wanted.states.nbytes for g in self.groups)


def facts(order: Order) -> Facts:
    """See `linksim.experiments.sweeps.work.facts`."""
    from linksim.experiments.sweeps import work

    with _working(order.sender):
        return work.facts(order)


def encode(sender: Sender, numbers: range) -> Encoded:
    """See `linksim.experiments.sweeps.work.encode`."""
    from linksim.experiments.sweeps import work

    with _working(sender):
        return Encoded(work.encode(sender, numbers))


def perform(task: Task, encoded: Encoded) -> Arrays:
    """See `linksim.experiments.sweeps.work.perform`."""
    from linksim.experiments.sweeps import work

    with _working(task.order.sender):
        return work.perform(task, encoded.groups)


def in_one_piece(order: Order, tasks: list[Task]) -> None:
    """Do tasks with nobody to hand them out, and forget what came of them."""
    from linksim.experiments.sweeps import work

    with _working(order.sender):
        for _ in work.LocalCrew().results(tasks):
            pass


def nothing() -> None:
    """Do nothing: what this takes is what handing out a task takes."""


@contextmanager
def _working(sender: Sender) -> Iterator[None]:
    """Take the process for a task.

    Raises:
        Fault: if other versions would compute here than where the order was given.
    """
    from linksim.experiments.sweeps.work import known_versions

    if (ours := known_versions()) != sender.versions:
        raise Fault(f"--scheduler: a worker has {ours}, and this process {sender.versions}")
    with _AT_WORK:
        for kind in ("INTRAOP", "INTEROP"):  # TensorFlow looks when it is loaded, which is later
            os.environ.setdefault(f"TF_NUM_{kind}_THREADS", str(sender.threads))
        yield
