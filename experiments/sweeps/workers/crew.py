"""Workers on Dask distributed: processes of this machine, or whoever serves a scheduler."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from distributed import CancelledError, Client, Future, KilledWorker, as_completed
from distributed.comm import CommClosedError

from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.tasks import Arrays, Facts, Order, Sender, Task
from linksim.experiments.sweeps.workers import remote
from linksim.experiments.sweeps.workers.watch import Watch

_AHEAD = 2  # tasks per worker that are handed out: one is at work, one waits
_KEPT = 2  # encoded batches per worker: one is at work, the next one is encoded
_LOOK_S = 0.1


class Workers:
    """A crew of worker processes.

    Each batch is encoded by one of them; where another one takes a task of the batch, Dask moves
    what was encoded. A task of a worker that died is done again by another; who joins late is
    given work too.

    Args:
        client: of their scheduler.
        watch: over them, which ends waits that are in vain.
    """

    def __init__(self, client: Client, watch: Watch) -> None:
        self._client, self._watch = client, watch

    def size(self) -> int:
        with self._losses_as_faults():
            return max(len(self.names()), 1)

    def names(self) -> list[str]:
        """Return the addresses of the workers that there are by now."""
        return self._watch.names()

    def facts(self, order: Order) -> Facts:
        before = self._watch.losses.for_memory
        with self._losses_as_faults():
            loading = [self._load(order) for _ in range(self.size())]
            finished = as_completed(loading, with_results=True)
            while not finished.has_ready():
                if self._watch.losses.for_memory > before:
                    raise Fault(
                        f"{self._watch.option}: a worker took more memory than --worker-memory "
                        "when it loaded the models; give more, or take fewer workers"
                    )
                self._look(finished)
            facts: Facts = self._next(finished)[1]
            return facts

    def load(self, order: Order) -> None:
        """Wait until each worker has loaded an order's models."""
        self._gather([self._load(order, name) for name in self.names()])

    def do_shares(self, order: Order, shares: Sequence[list[Task]]) -> None:
        """Let each worker do its share of tasks in one piece, and wait for them."""
        pairs = zip(self.names(), shares, strict=True)
        self._gather(
            [
                self._client.submit(remote.in_one_piece, order, tasks, workers=[name], pure=False)
                for name, tasks in pairs
            ]
        )

    def seconds_per_empty_task(self, count: int) -> float:
        """Return how long this process works for a task in which nothing is done.

        That is its CPU time over so many tasks, the scheduler's too where that runs here.
        """
        start = time.process_time()
        self._gather([self._client.submit(remote.nothing, pure=False) for _ in range(count)])
        return (time.process_time() - start) / count

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Arrays]]:
        tasks, finished = iter(tasks), as_completed(with_results=True)
        running: dict[Future, Task] = {}
        encoded: dict[tuple[Sender, range], Future] = {}
        with self._losses_as_faults():
            while True:
                for task in islice(tasks, self._room(len(running))):
                    batch = encoded.pop(task.batch, None) or self._encode(*task.batch)
                    encoded[task.batch] = batch
                    self._forget(encoded)
                    future = self._perform(task, batch)
                    running[future] = task
                    finished.add(future)
                if not running:
                    return
                future, arrays = self._next(finished)
                yield running.pop(future), arrays

    def _gather(self, futures: list[Future]) -> None:
        with self._losses_as_faults():
            finished = as_completed(futures, with_results=True)
            for _ in futures:
                self._next(finished)

    def _next(self, finished: as_completed) -> tuple[Future, Any]:
        """Return the next future to finish, and its result."""
        while not finished.has_ready():
            self._look(finished)
        future, result = next(finished)
        if future.cancelled():
            raise CancelledError
        return future, result

    def _look(self, finished: as_completed) -> None:
        self._watch.check()
        with finished.thread_condition:
            finished.thread_condition.wait(_LOOK_S)

    def _forget(self, encoded: dict[tuple[Sender, range], Future]) -> None:
        """Let go of the batches that were asked for least lately."""
        while len(encoded) > _KEPT * max(len(self.names()), 1):
            del encoded[next(iter(encoded))]

    def _load(self, order: Order, name: str | None = None) -> Future:
        """Let a worker load an order's models.

        By name only a worker that none replaces: for a name that is gone Dask waits for ever, even
        where others are allowed.
        """
        return self._client.submit(remote.facts, order, workers=name, pure=False)

    def _encode(self, sender: Sender, numbers: range) -> Future:
        return self._client.submit(remote.encode, sender, numbers, pure=False)

    def _perform(self, task: Task, encoded: Future) -> Future:
        return self._client.submit(remote.perform, task, encoded, pure=False)

    def _room(self, running: int) -> int:
        """Return how many tasks more the workers that there are by now can take."""
        return max(_AHEAD * max(len(self.names()), 1) - running, 0)

    @contextmanager
    def _losses_as_faults(self) -> Iterator[None]:
        option, losses = self._watch.option, self._watch.losses
        try:
            yield
        except KilledWorker:
            how = losses.last(", the last one {}") or ", for want of memory as a rule"
            raise Fault(
                f"{option}: four workers died at the same task{how}; take fewer workers, more "
                "--worker-memory or a smaller --batch-size, then go on with --resume"
            ) from None
        except RuntimeError as error:
            if "deserialization of the task graph" not in str(error):
                raise
            raise Fault(f"{option}: the scheduler has no linksim, or another one") from None
        except (CancelledError, CommClosedError):
            raise Fault(
                f"{option}: the scheduler is gone; what was measured is kept: go on with --resume"
            ) from None
