"""How a sweep is carried out, and the crew that this makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from linksim.experiments.cores import usable_cores
from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.sweeps.setting import Plan
from linksim.experiments.sweeps.tasks import (
    Arrays,
    Crew,
    Facts,
    Models,
    Order,
    OverLink,
    Sender,
    Task,
    WithErrors,
)
from linksim.experiments.sweeps.work import LocalCrew, known_versions


@dataclass(frozen=True)
class Execution:
    """How a sweep is carried out; none of it changes a count.

    Attributes:
        out: folder of the results.
        batch_size: pictures per piece of work, rounded up to whole groups.
        device: of the neural networks.
        threads: of the physical layer, and of the networks in other processes; 0 for all cores
            that this process may use, or a worker's share of them.
        resume: go on with an unfinished sweep.
        workers: processes to share the work between, 1 for this one alone.
        scheduler: address of a Dask scheduler whose workers do the work.
        memory: bytes that each worker process may use, 0 for its share of the machine's.
        wait_s: for how many seconds to wait for a worker where there is none.
        trusted: see `linksim.source.zoo.preset.Preset`. No file says so: one is asked each time.
        note: told what the user should know before work begins.
    """

    out: Path
    batch_size: int
    device: torch.device
    threads: int
    resume: bool
    trusted: bool = False
    workers: int = 1
    scheduler: str = ""
    memory: int = 0
    wait_s: float = 600.0
    note: Callable[[str], None] = field(default=lambda _: None)

    @property
    def whole_batch(self) -> int:
        """Pictures per piece of work, in whole groups."""
        return -(-self.batch_size // GROUP) * GROUP

    @property
    def threads_per_worker(self) -> int:
        """Threads of each process, 0 for as many as it likes.

        Workers on one machine share its cores. Those of a scheduler have one unless told: nobody
        knows how many of them share theirs.
        """
        if self.threads or (self.workers == 1 and not self.scheduler):
            return self.threads
        return max(usable_cores() // self.workers, 1) if not self.scheduler else 1


def order_for(
    plan: Plan,
    execution: Execution,
    inputs: Mapping[str, str] | None = None,
    label: str = "",
    errors: str = "",
) -> Order:
    """Return what those who do a sweep's tasks must know; see `Order`.

    Args:
        plan: of the sweep.
        execution: how it is carried out.
        inputs: digests of what it reads.
        label: of the sweep.
        errors: one of `linksim.link.ERROR_KINDS`, to be injected in place of a link's.
    """
    said, threads = plan.configuration, execution.threads_per_worker
    device, folder = str(execution.device), str(Path.cwd())
    who = said.judge, said.machine_tasks, said.metrics
    models = Models(said.preset, said.models, execution.trusted, device, folder, *who)
    known = known_versions(), json.dumps(inputs or {}, sort_keys=True)
    sender = Sender(plan.source, said.codec, models, threads, *known)
    ratio = plan.setup if said.cbr else None
    sender = replace(sender, size=said.size, cbr=said.cbr, setup=ratio)
    if errors:
        return Order(sender, WithErrors(errors, said.seed), label)
    setup = replace(plan.setup, threads=threads)
    return Order(sender, OverLink(setup, said.receiver == "soft"), label)


class LazyCrew:
    """The crew that `crew_for` yields, called together once there is something to do."""

    def __init__(self, execution: Execution) -> None:
        self._execution, self._there = execution, ExitStack()
        self._crew: Crew | None = None

    def __enter__(self) -> LazyCrew:
        return self

    def __exit__(self, *_: object) -> None:
        self._there.close()

    def size(self) -> int:
        return self._called().size()

    def facts(self, order: Order) -> Facts:
        return self._called().facts(order)

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Arrays]]:
        return self._called().results(tasks)

    def _called(self) -> Crew:
        if self._crew is None:
            self._crew = self._there.enter_context(crew_for(self._execution))
        return self._crew


@contextmanager
def crew_for(execution: Execution) -> Iterator[Crew]:
    """Yield who does the work.

    Raises:
        Fault: if a scheduler does not answer, or a device is none for several workers.
    """
    if not execution.scheduler and execution.workers == 1:
        yield LocalCrew()
        return
    from linksim.experiments.sweeps.workers import cluster, machine  # Dask takes a while to load

    if execution.scheduler:
        with cluster.workers_of(execution.scheduler, execution.wait_s) as workers:
            yield workers
    else:
        if execution.device.index is not None:
            raise Fault(f"--device {execution.device}: each of --workers takes a GPU; say cuda")
        count, threads = execution.workers, execution.threads_per_worker
        memory = execution.memory or machine.share_of_memory(count)
        with machine.local_workers(count, threads, memory, execution.wait_s) as workers:
            yield workers
