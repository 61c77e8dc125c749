"""Worker processes on this machine: each has its share of cores and memory, and its own GPU."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, Nanny, Scheduler, SpecCluster
from distributed.comm import get_address_host_port
from distributed.system import MEMORY_LIMIT
from distributed.utils import silence_logging_cmgr

from linksim.experiments.execution.crew import Workers
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say

_SETTINGS = {
    "distributed.scheduler.worker-ttl": None,  # a busy machine is slow to give signs of life
    "distributed.comm.timeouts.connect": "300s",
    "distributed.worker.memory.target": False,  # nothing is spilled to disk:
    "distributed.worker.memory.spill": False,  # who needs more than its share is ended
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.scheduler.allowed-failures": 3,
}
_BEFORE_SPAWNING = "distributed.nanny.pre-spawn-environ"
_ANY_PORT = "127.0.0.1:0"
_CONNECT_S = 10.0


def share_of_memory(workers: int) -> int:
    """Return bytes of memory for each of several workers; this process counts as one."""
    return int(MEMORY_LIMIT) // (workers + 1)


@contextmanager
def local_workers(count: int, threads: int, memory: int) -> Iterator[Workers]:
    """Start workers, and end them afterwards.

    Args:
        threads: for each.
        memory: bytes for each; one that takes more is ended, and its task done again.
    """
    with (
        dask.config.set({**_SETTINGS, _BEFORE_SPAWNING: _threads(threads)}),
        SpecCluster(
            workers={number: _worker(number, memory) for number in range(count)},
            scheduler={
                "cls": Scheduler,
                "options": {
                    "host": "127.0.0.1",
                    "dashboard": False,
                    "dashboard_address": _ANY_PORT,
                },
            },
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield Workers(client, f"--workers {count}")


@contextmanager
def workers_of(scheduler: str) -> Iterator[Workers]:
    """Connect to the workers of a scheduler that runs already.

    Raises:
        Fault: if there is none.
    """
    with silence_logging_cmgr(logging.CRITICAL):
        try:
            address = get_address_host_port(scheduler)
            socket.create_connection(address, _CONNECT_S).close()
            client = Client(scheduler, timeout=_CONNECT_S)
        except (OSError, ValueError, TypeError) as error:
            raise Fault(
                f"--scheduler {scheduler}: no Dask scheduler answers ({error}); give what `dask "
                "scheduler` printed, like tcp://node:8786"
            ) from None
        with client, absence_told(client, scheduler):
            yield Workers(client, f"--scheduler {scheduler}")


@contextmanager
def absence_told(client: Client, scheduler: str, every_s: float = 10.0) -> Iterator[None]:
    """Say so on stderr whenever a scheduler has no workers: without them nothing goes on."""
    over = threading.Event()

    def watch() -> None:
        told = False
        while not over.is_set():
            try:
                absent = not client.nthreads()
            except OSError:  # the scheduler is gone, which others notice
                return
            if absent and not told:
                say(f"linksim: {scheduler} has no worker; waiting for one", err=True)
            told = absent
            over.wait(every_s)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _worker(number: int, memory: int) -> dict[str, object]:
    gpu = _gpu(number)
    return {
        "cls": Nanny,
        "options": {
            "nthreads": 1,  # one task at a time; threads are for inside it
            "memory_limit": memory,
            "dashboard": False,
            "dashboard_address": _ANY_PORT,
            "silence_logs": logging.CRITICAL,
            "env": {"CUDA_VISIBLE_DEVICES": gpu} if gpu else {},
            "config": _SETTINGS,
            "preload": ["linksim.experiments.execution.interrupts"],
        },
    }


def _threads(count: int) -> dict[str, str]:
    """Return what numerical libraries look at when they are loaded."""
    names = [f"{name}_NUM_THREADS" for name in ("OMP", "MKL", "OPENBLAS", "NUMBA")]
    names += [f"TF_NUM_{kind}_THREADS" for kind in ("INTRAOP", "INTEROP")]
    return dict.fromkeys(names, str(count))


def _gpu(number: int) -> str:
    """Return the one GPU that a worker sees, in turn; nothing where there are none."""
    import torch

    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = visible.split(",") if visible else [str(i) for i in range(torch.cuda.device_count())]
    return names[number % len(names)] if names else ""
