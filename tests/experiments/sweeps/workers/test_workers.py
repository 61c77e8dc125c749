"""Sweeps on worker processes: real ones, and really killed."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.grid import GRID, SweepGrid
from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution, Piece, run_sweeps
from linksim.experiments.sweeps.workers import machine
from linksim.experiments.sweeps.workers.losses import Losses
from linksim.experiments.sweeps.workers.watch import Watch

from ...configurations import sweep_configuration
from . import processes

COMMON = sweep_configuration(snr="4,20", images=40)
TWO = SweepGrid(
    COMMON,
    {name: (getattr(COMMON, name),) for name in GRID} | {"modulation": ("8psk", "qpsk")},
)


def execution(out: Path) -> Execution:
    """Return pieces of work of 16 pictures, with one thread each."""
    return Execution(out, 16, torch.device("cpu"), 1, resume=True)


def ignore(piece: Piece) -> None:
    pass


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What this process alone finds."""
    out = tmp_path_factory.mktemp("alone")
    run_sweeps(TWO, execution(out), ignore)
    return (out / RESULTS_FILE).read_bytes()


@dataclass
class Disturbed:
    """A sweep on two workers whose processes are killed and stopped.

    Attributes:
        results: the bytes of its results.
        pieces: that it told of.
        loading: the workers that were killed while they loaded models.
        listening: where its processes listened when all was well.
        answers: what these told a stranger.
        left: what lies in the folder of results afterwards.
        told: on stderr.
    """

    results: bytes
    pieces: list[Piece]
    loading: list[int]
    listening: set[processes.Address]
    answers: list[bytes]
    left: list[str]
    told: str


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Disturbed:
    out, pieces = tmp_path_factory.mktemp("disturbed"), list[Piece]()
    listening, answers = set[processes.Address](), list[bytes]()

    def disturb(piece: Piece) -> None:
        pieces.append(piece)
        if len(pieces) == 2:
            listening.update(processes.listening())
            answers.extend(map(processes.answer, listening))
            os.kill(processes.workers()[0].pid, signal.SIGKILL)
        if len(pieces) == 7:
            os.kill(processes.workers()[0].pid, signal.SIGSTOP)

    settings = machine._SETTINGS | {"distributed.scheduler.worker-ttl": "15s"}
    killed = processes.signal_at_moment(processes.are_loading, signal.SIGKILL)
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stderr(io.StringIO()) as told,
        killed as loading,
    ):
        patch.setattr(machine, "_SETTINGS", settings)
        run_sweeps(TWO, replace(execution(out), workers=2), disturb)
    left = [file.name for file in out.iterdir()]
    results = (out / RESULTS_FILE).read_bytes()
    return Disturbed(results, pieces, loading, listening, answers, left, told.getvalue())


def test_workers_find_the_same_though_they_are_killed_and_stopped(
    disturbed: Disturbed, expected: bytes
) -> None:
    assert len(disturbed.loading) == 2
    assert disturbed.results == expected
    assert [piece.done for piece in disturbed.pieces] == list(range(1, 13))
    assert disturbed.left == [RESULTS_FILE]


def test_each_death_is_told_of_with_its_cause(disturbed: Disturbed) -> None:
    told = disturbed.told
    assert told.count("linksim: --workers 2: a worker was killed by signal 9\n") == 3
    assert told.count("linksim: --workers 2: a worker gave no sign of life for 120 s\n") >= 1


def test_workers_are_reached_from_this_machine_alone(disturbed: Disturbed) -> None:
    assert len(disturbed.listening) == 5  # the scheduler, and two workers with who starts them
    assert all(map(processes.is_loopback, disturbed.listening))


def test_workers_tell_a_stranger_nothing(disturbed: Disturbed) -> None:
    assert len(disturbed.answers) == 5
    for answer in disturbed.answers:
        assert len(answer) < 20  # TLS alerts
        assert b"HTTP" not in answer


def test_workers_with_too_little_memory_end_the_sweep(tmp_path: Path) -> None:
    few = replace(execution(tmp_path), workers=2, memory=250 * 2**20)
    with pytest.raises(Fault, match="more memory than --worker-memory when it loaded the models"):
        run_sweeps(TWO, few, ignore)


def test_workers_killed_before_they_begin_end_the_sweep(tmp_path: Path) -> None:
    with (
        processes.signal_at_moment(processes.have_begun, signal.SIGKILL),
        pytest.raises(Fault, match="--workers 2: a worker was killed by signal 9 while it started"),
    ):
        run_sweeps(TWO, replace(execution(tmp_path), workers=2), ignore)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A scheduler, whose only worker is not there yet when the sweep begins."""
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads=1", "--no-nanny"]
    place = [
        f"--scheduler-file={tmp_path / 'scheduler.json'}",
        "--no-dashboard",
        "--host=127.0.0.1",
    ]
    quiet = subprocess.DEVNULL
    with (
        processes.scheduler(tmp_path) as process_and_address,
        subprocess.Popen([*work, *place], stdout=quiet, stderr=quiet) as worker,
    ):
        try:
            yield process_and_address
        finally:
            worker.kill()


def test_a_sweep_outlives_its_scheduler(
    scheduler: tuple[subprocess.Popen[bytes], str], expected: bytes, tmp_path: Path
) -> None:
    process, address = scheduler
    out = tmp_path / "out"

    def kill(piece: Piece) -> None:
        if piece.done == 4:
            process.kill()

    with pytest.raises(Fault, match=r"--scheduler .*: the scheduler is gone"):
        run_sweeps(TWO, replace(execution(out), scheduler=address), kill)
    assert not (out / RESULTS_FILE).exists()
    assert len(list((out / "parts").glob("*.npz"))) >= 5
    run_sweeps(TWO, execution(out), ignore)
    assert (out / RESULTS_FILE).read_bytes() == expected


def test_a_scheduler_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(Fault, match=r"--scheduler .*: no Dask scheduler answers"):
            run_sweeps(TWO, replace(execution(tmp_path), scheduler=address), ignore)
    assert list(tmp_path.iterdir()) == []


class Client:
    """Has as many workers as it is told, one answer after the other, and then none."""

    def __init__(self, *counts: int) -> None:
        self._counts = list(counts)
        self.asked = 0

    def nthreads(self) -> dict[str, int]:
        self.asked += 1
        return dict.fromkeys(range(self._counts.pop(0) if self._counts else 0), 1)


def test_a_scheduler_without_workers_is_told_of_once_each_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    client = Client(0, 0, 2, 2)
    with Watch(client, "--scheduler x", 60, Losses("--scheduler x"), every_s=0.001):
        while client.asked < 20:
            time.sleep(0.001)
    told = "linksim: --scheduler x has no worker; waiting for one\n"
    assert capsys.readouterr().err == 2 * told
