"""Workers on Dask distributed: processes of this machine, or whoever serves a scheduler."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from distributed import CancelledError, Client, Future, KilledWorker, as_completed
from distributed.comm import CommClosedError

from linksim.experiments.execution import remote
from linksim.experiments.execution.tasks import Arrays, Facts, Order, Task
from linksim.experiments.faults import Fault

_AHEAD = 2  # tasks per worker that are handed out: one is at work, one waits
_KEPT = 2  # encoded batches per worker: one is at work, the next one is encoded
_ASK_AGAIN_S = 2.0


class Workers:
    """A crew of worker processes.

    Each batch is encoded by one of them; where another one takes a task of the batch, Dask moves
    what was encoded. A task of a worker that died is done again by another; who joins late is
    given work too.

    Args:
        client: of their scheduler.
        option: that the user chose them by, for what goes wrong.
    """

    def __init__(self, client: Client, option: str) -> None:
        self._client, self._option = client, option
        self._workers, self._asked = 0, -_ASK_AGAIN_S

    def size(self) -> int:
        with self._losses_as_faults():
            return max(len(self.names()), 1)

    def names(self) -> list[str]:
        """Return the addresses of the workers that there are by now."""
        try:
            return list(self._client.nthreads())
        except OSError as error:
            raise CommClosedError from error

    def facts(self, order: Order) -> Facts:
        with self._losses_as_faults():
            loading = [self._facts(order, [name]) for name in self.names()]
            first = next(as_completed(loading or [self._facts(order, None)]))
            facts: Facts = first.result()
            return facts

    def wait_for(self, order: Order, count: int) -> None:
        """Wait for so many workers, and until each has loaded an order's models."""
        self._client.wait_for_workers(count)
        self._client.gather([self._facts(order, [name]) for name in self.names()])

    def do_shares(self, order: Order, shares: Sequence[list[Task]]) -> None:
        """Let each worker do its share of tasks in one piece, and wait for them."""
        pairs = zip(self.names(), shares, strict=True)
        self._client.gather(
            [
                self._client.submit(remote.in_one_piece, order, tasks, workers=[name], pure=False)
                for name, tasks in pairs
            ]
        )

    def seconds_per_empty_task(self, count: int) -> float:
        """Return how long this process works for a task in which nothing is done.

        That is its CPU time over so many tasks, the scheduler's too where that runs here.
        """
        start, finished = time.process_time(), as_completed()
        for _ in range(count):
            finished.add(self._client.submit(remote.nothing, pure=False))
        for future in finished:
            future.result()
        return (time.process_time() - start) / count

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Arrays]]:
        tasks, finished = iter(tasks), as_completed()
        running: dict[Future, Task] = {}
        encoded: dict[tuple[Order, range], Future] = {}
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
                future = next(finished)
                yield running.pop(future), future.result()

    def _forget(self, encoded: dict[tuple[Order, range], Future]) -> None:
        """Let go of the batches that were asked for least lately."""
        while len(encoded) > _KEPT * max(self._workers, 1):
            del encoded[next(iter(encoded))]

    def _facts(self, order: Order, workers: list[str] | None) -> Future:
        return self._client.submit(remote.facts, order, workers=workers, pure=False)

    def _encode(self, order: Order, numbers: range) -> Future:
        return self._client.submit(remote.encode, order, numbers, pure=False)

    def _perform(self, task: Task, encoded: Future) -> Future:
        return self._client.submit(remote.perform, task, encoded, pure=False)

    def _room(self, running: int) -> int:
        """Return how many tasks more the workers that there are by now can take."""
        if time.monotonic() - self._asked > _ASK_AGAIN_S:
            self._workers, self._asked = len(self.names()), time.monotonic()
        return max(_AHEAD * max(self._workers, 1) - running, 0)

    @contextmanager
    def _losses_as_faults(self) -> Iterator[None]:
        try:
            yield
        except KilledWorker:
            raise Fault(
                f"{self._option}: several workers died at the same task, for want of memory as a "
                "rule; take fewer workers, more --worker-memory or a smaller --batch-size, then go "
                "on with --resume"
            ) from None
        except RuntimeError as error:
            if "deserialization of the task graph" not in str(error):
                raise
            raise Fault(f"{self._option}: the scheduler has no linksim, or another one") from None
        except (CancelledError, CommClosedError):
            raise Fault(
                f"{self._option}: the scheduler is gone; what was measured is kept: go on with "
                "--resume"
            ) from None
