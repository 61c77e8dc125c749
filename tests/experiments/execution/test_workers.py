"""Sweeps on worker processes: real ones, and really killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import torch

from linksim.experiments.execution.machine import absence_told
from linksim.experiments.faults import Fault
from linksim.experiments.grid import GRID, SweepGrid
from linksim.experiments.sweep import RESULTS_FILE, Execution, Piece, run_sweeps

from ..configurations import sweep_configuration

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


def kill_a_worker() -> None:
    children = psutil.Process().children(recursive=True)
    workers = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    os.kill(workers[0].pid, signal.SIGKILL)


def test_two_workers_find_the_same_though_one_is_killed(expected: bytes, tmp_path: Path) -> None:
    pieces: list[Piece] = []

    def note(piece: Piece) -> None:
        pieces.append(piece)
        if len(pieces) == 2:
            kill_a_worker()

    run_sweeps(TWO, replace(execution(tmp_path), workers=2), note)
    assert (tmp_path / RESULTS_FILE).read_bytes() == expected
    assert [piece.done for piece in pieces] == list(range(1, 13))
    assert [file.name for file in tmp_path.iterdir()] == [RESULTS_FILE]


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A scheduler, whose only worker is not there yet when the sweep begins."""
    file = tmp_path / "scheduler.json"
    place = [f"--scheduler-file={file}", "--no-dashboard", "--host=127.0.0.1"]
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port=0"]
    work = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads=1", "--no-nanny"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([*dask, *place], stdout=quiet, stderr=quiet, text=True) as process:
        try:
            while not (file.exists() and file.read_text().endswith("}")):
                assert process.poll() is None
                time.sleep(0.02)
            with subprocess.Popen([*work, *place], stdout=quiet, stderr=quiet) as worker:
                try:
                    yield process, json.loads(file.read_text())["address"]
                finally:
                    worker.kill()
        finally:
            process.kill()


def test_a_sweep_outlives_its_scheduler(
    scheduler: tuple[subprocess.Popen[str], str], expected: bytes, tmp_path: Path
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
    with absence_told(client, "tcp://x", every_s=0.001):
        while client.asked < 20:
            time.sleep(0.001)
    assert capsys.readouterr().err == 2 * "linksim: tcp://x has no worker; waiting for one\n"
