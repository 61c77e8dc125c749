"""A sweep taken apart: seconds by stage, and how much of the networks' work it spares."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.cores import Desk
from linksim.experiments.sweeps.measurement import GROUP, Measurement, PreparedGroup, Round
from linksim.experiments.sweeps.scores import Scores
from linksim.experiments.sweeps.setting import plan_of, samples_for, source_of
from linksim.experiments.sweeps.sweep import Execution, Piece, run_sweep
from linksim.experiments.sweeps.tasks import Arrays, Facts, Order, Sender, Task
from linksim.experiments.sweeps.work import in_batches, perform_with
from linksim.link import connect
from linksim.source import AnyCodec, load_codec
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import load_preset

SCENES, ENCODE, LINK, DECODE, JUDGE = "scenes", "encode", "link", "decode", "judge"
METRICS, REST = "metrics", "files and all else"
STAGES = (SCENES, ENCODE, LINK, DECODE, JUDGE, METRICS)
NETWORKS = (ENCODE, DECODE, JUDGE)

_BATCH = 64  # as `linksim sweep` has it
_BARE_PASSES = 7


@dataclass(frozen=True)
class SweepSpeed:
    """What one sweep took, models loaded before.

    Attributes:
        threads: networks side by side.
        wall_s: seconds from beginning to results file.
        stages: seconds of all threads by stage, CPU time; what is missing to ``cpu_s`` is
            everything else.
        cpu_s: of the process.
        passes: batches of `GROUP` pictures that each network did.
        bare: seconds of one such batch in a loop with nothing around it.
    """

    threads: int
    wall_s: float
    cpu_s: float
    stages: dict[str, float]
    passes: dict[str, int]
    bare: dict[str, float]

    @property
    def bare_s(self) -> float:
        """Seconds of the networks' batches alone."""
        return sum(self.passes[name] * self.bare[name] for name in NETWORKS)

    @property
    def overhead(self) -> float:
        """What everything else adds to that, as a share of it."""
        return self.cpu_s / self.bare_s - 1


class _Stages:
    """Adds up CPU time by stage; what one stage calls of another counts for the latter alone."""

    def __init__(self) -> None:
        self.seconds, self.calls = Counter[str](), Counter[str]()
        self._local, self._lock = threading.local(), threading.Lock()

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``work``, its calls added up under ``name``."""

        def wrapped(*arguments: Any) -> Any:
            outer = getattr(self._local, "inner", 0.0)
            self._local.inner, start = 0.0, time.thread_time()
            try:
                return work(*arguments)
            finally:
                took = time.thread_time() - start
                with self._lock:
                    self.seconds[name] += took - self._local.inner
                    self.calls[name] += 1
                self._local.inner = outer + took

        return wrapped


class _Timed:
    """An object whose methods are timed, all else left as it is."""

    def __init__(self, what: Any, stages: _Stages, **methods: str) -> None:
        self._what = what
        for method, stage in methods.items():
            setattr(self, method, stages.timed(stage, getattr(what, method)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._what, name)

    def __len__(self) -> int:
        return len(self._what)


class _TimedMeasurement(Measurement):
    """A measurement that adds up what scoring takes beyond the judge."""

    stages: _Stages

    def score(self, batch: Sequence[Round]) -> Scores:
        scores: Scores = self.stages.timed(METRICS, super().score)(batch)
        return scores


class _TimedProcess:
    """A crew of this process, whose stages are timed."""

    def __init__(self, configuration: SweepConfiguration, codec: Any, judge: Any, threads: int):
        self.stages = _Stages()
        samples: Any = _Timed(samples_for(source_of(configuration)), self.stages, sample=SCENES)
        self._codec = codec
        timed_codec: Any = _Timed(codec, self.stages, encode=ENCODE)
        timed_judge: Any = _Timed(judge, self.stages, respond=JUDGE)
        self._measurement = _TimedMeasurement(
            samples, timed_codec, timed_judge, torch.device("cpu"), Desk(threads)
        )
        self._measurement.stages = self.stages
        self._link: Any = None

    def size(self) -> int:
        return 1

    def facts(self, order: Order) -> Facts:
        if self._link is None:
            link = order.way.connection(self._codec)
            timed: Any = _Timed(link, self.stages, send=LINK, decode=DECODE)
            timed.at = lambda _: timed  # all pictures have one size
            self._link = timed
        return Facts(self._link.engine, self._link.information_bits_per_symbol)

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Arrays]]:
        def encode(_: Sender, numbers: range) -> list[PreparedGroup]:
            return self._measurement.prepare(numbers)

        def perform(task: Task, prepared: list[PreparedGroup]) -> Arrays:
            return perform_with(self._measurement, self._link, task, prepared)

        return in_batches(tasks, encode, perform)


def sweep_speeds(
    configuration: SweepConfiguration, threads: Sequence[int], rounds: int
) -> list[SweepSpeed]:
    """Measure a sweep with so many networks side by side, in turns.

    Args:
        configuration: of the sweep.
        threads: numbers of them.
        rounds: how often each is measured; the one of least wall time counts.
    """
    preset, device = load_preset(configuration.preset), torch.device("cpu")
    judge = load_llava(preset, device)
    codec = load_codec(configuration.codec, preset, device)
    bare = _bare_passes(configuration, codec, judge)
    runs: dict[int, list[SweepSpeed]] = {count: [] for count in threads}
    for _ in range(rounds):
        for count in threads:
            runs[count].append(_run(configuration, codec, judge, count, bare))
    return [min(measured, key=lambda one: one.wall_s) for measured in runs.values()]


def _run(
    configuration: SweepConfiguration,
    codec: AnyCodec,
    judge: Llava,
    threads: int,
    bare: dict[str, float],
) -> SweepSpeed:
    crew = _TimedProcess(configuration, codec, judge, threads)
    with tempfile.TemporaryDirectory() as folder:
        execution = Execution(Path(folder), _BATCH, torch.device("cpu"), threads, False)
        wall, cpu = time.perf_counter(), time.process_time()
        run_sweep(configuration, execution, _ignore, crew)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    seconds, calls = crew.stages.seconds, crew.stages.calls
    passes = {name: calls[name] for name in NETWORKS}
    return SweepSpeed(threads, wall, cpu, {name: seconds[name] for name in STAGES}, passes, bare)


def _bare_passes(configuration: SweepConfiguration, codec: Any, judge: Llava) -> dict[str, float]:
    """Return seconds of one batch of each network, the median in a loop of nothing else."""
    torch.set_num_threads(1)
    plan = plan_of(configuration)
    samples = samples_for(plan.source)
    group = [samples.sample(number % len(samples), codec.side) for number in range(GROUP)]
    images = torch.stack([sample.image for sample in group])
    questions = [sample.question for sample in group]
    link = connect(codec, replace(plan.setup, threads=1))
    message = codec.encode(images, questions)
    received = link.send(message, 0.0, range(GROUP)).received
    work: dict[str, Callable[[], object]] = {
        ENCODE: lambda: codec.encode(images, questions),
        DECODE: lambda: link.decode(received),
        JUDGE: lambda: judge.respond(images, questions),
    }
    return {name: _median_s(piece) for name, piece in work.items()}


def _median_s(piece: Callable[[], object]) -> float:
    piece()
    took = []
    for _ in range(_BARE_PASSES):
        start = time.process_time()
        piece()
        took.append(time.process_time() - start)
    return float(np.median(took))


def _ignore(_: Piece) -> None:
    pass
