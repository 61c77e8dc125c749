"""How a sweep speeds up with worker processes, and what handing out its tasks costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import dask
import numpy as np
import torch

from linksim.experiments.bench.turns import one_core, take_turns
from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.sweeps.execution import Execution, order_for
from linksim.experiments.sweeps.setting import plan_of
from linksim.experiments.sweeps.tasks import Crew, Order, Task
from linksim.experiments.sweeps.work import LocalCrew
from linksim.experiments.sweeps.workers.crew import Workers
from linksim.experiments.sweeps.workers.machine import local_workers, share_of_memory

_SNR_DB = (-5.0, 1.0, 4.0, 20.0)
_EMPTY_TASKS = 1000
_WAIT_S = 60.0
BATCHES = 3
"""For each worker."""


@dataclass(frozen=True)
class Scaling:
    """Times for the same tasks, each process on one thread.

    Attributes:
        batch: pictures in a task.
        tasks: their number in a round.
        start_s: seconds until all workers had started and loaded their models.
        empty_s: seconds of CPU time of the process that hands out tasks, for each of them.
        rounds: seconds of wall time for all tasks, by number of workers, 0 for this process without
            Dask; one entry for each round.
        apart: seconds for the same tasks, each worker doing its share in one piece: what the
            machine itself can.
    """

    batch: int
    tasks: int
    start_s: float
    empty_s: float
    rounds: dict[int, np.ndarray]
    apart: np.ndarray

    def task_s(self) -> float:
        """Return how long one task takes this process, its share of encoding included."""
        return float(np.median(self.rounds[0])) / self.tasks

    def speed_up(self, workers: int) -> float:
        """Return how much faster so many workers are than one, the median over the rounds."""
        return float(np.median(self.rounds[1] / self.rounds[workers]))

    def speed_up_apart(self) -> float:
        """Return how much faster than one all workers are to whom nothing is handed out."""
        return float(np.median(self.rounds[1] / self.apart))

    def cost_of_one_worker(self) -> float:
        """Return what one worker takes over this process without Dask, as a share."""
        return float(np.median(self.rounds[1] / self.rounds[0])) - 1


def plain_sweep(images: int) -> SweepConfiguration:
    """Return the default sweep of `linksim sweep` over so many pictures."""
    snr = ",".join(f"{snr_db:g}" for snr_db in _SNR_DB)
    return SweepConfiguration(snr=snr, engine="native", images=images)


def scaling(configuration: SweepConfiguration, batch: int, most: int) -> Scaling:
    """Measure this process, then 1, 2, … ``most`` workers, in turns.

    Every round does the same tasks, in the order in which a sweep does them: batches of pictures,
    `BATCHES` for each worker that there is, at four SNRs.
    """
    alone = Execution(Path(), batch, torch.device("cpu"), threads=1, resume=False)
    order = order_for(plan_of(configuration), alone)
    starts = range(0, BATCHES * batch * most, batch)
    batches = [range(first, first + batch) for first in starts]
    shares = [_tasks(order, batches[number::most], 1) for number in range(most)]
    here, start = LocalCrew(), time.perf_counter()
    with one_core(), _measured_workers(most) as workers:
        start_s = _start(workers, order, start)
        here.facts(order)
        names = workers.names()

        def work(crew: Crew, among: list[str]) -> Callable[[], object]:
            tasks = _tasks(order, batches, max(len(among), 1))

            def all_tasks() -> None:
                with dask.annotate(workers=among):
                    for _ in crew.results(tasks):
                        pass

            return all_tasks

        crews = {"0": work(here, [])}
        crews |= {str(count): work(workers, names[:count]) for count in range(1, most + 1)}
        rounds = take_turns(
            crews | {"apart": lambda: workers.do_shares(order, shares)}, time.perf_counter
        )
        empty_s = workers.seconds_per_empty_task(_EMPTY_TASKS)
    apart, tasks = rounds.pop("apart"), len(batches) * len(_SNR_DB)
    return Scaling(batch, tasks, start_s, empty_s, {int(n): s for n, s in rounds.items()}, apart)


def _tasks(order: Order, batches: Sequence[range], side_by_side: int) -> list[Task]:
    """Return tasks in the order in which a sweep hands them out."""
    return [
        Task(order, numbers, point, _SNR_DB[place + 1 :])
        for first in range(0, len(batches), side_by_side)
        for place, point in enumerate(_SNR_DB)
        for numbers in batches[first : first + side_by_side]
    ]


def _measured_workers(count: int) -> AbstractContextManager[Workers]:
    return local_workers(count, 1, share_of_memory(count), _WAIT_S, replaced=False)


def _start(workers: Workers, order: Order, start: float) -> float:
    """Wait until all workers have loaded their models; return how long that took."""
    workers.load(order)
    return time.perf_counter() - start
