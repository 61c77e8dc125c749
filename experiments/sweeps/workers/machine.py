"""Worker processes on this machine: each has its share of cores and memory, and its own GPU.

Nobody else gets at them: they and their scheduler listen on the loopback interface alone, and talk
to who shows the certificate that is made for each crew, in memory.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, SpecCluster
from distributed.security import Security
from distributed.system import MEMORY_LIMIT

from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.workers.crew import Workers
from linksim.experiments.sweeps.workers.losses import Losses
from linksim.experiments.sweeps.workers.servers import SILENCE_S, AttentiveNanny, PlainScheduler
from linksim.experiments.sweeps.workers.watch import Watch

_SETTINGS = {
    "distributed.scheduler.worker-ttl": f"{SILENCE_S}s",
    "distributed.comm.timeouts.connect": "300s",
    "distributed.worker.memory.target": False,  # nothing is spilled to disk:
    "distributed.worker.memory.spill": False,  # who needs more than its share is ended
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.multiprocessing-method": "spawn",
    "distributed.scheduler.allowed-failures": 3,
}
_BEFORE_SPAWNING = "distributed.nanny.pre-spawn-environ"
_LOOPBACK = "127.0.0.1"
_START_S = 300


def share_of_memory(workers: int) -> int:
    """Return bytes of memory for each of several workers; this process counts as one."""
    return int(MEMORY_LIMIT) // (workers + 1)


@contextmanager
def local_workers(
    count: int, threads: int, memory: int, wait_s: float, replaced: bool = True
) -> Iterator[Workers]:
    """Start workers, and end them afterwards.

    Args:
        threads: for each.
        memory: bytes for each; one that takes more is ended, and its task done again.
        wait_s, replaced: see `Watch`.

    Raises:
        Fault: if one of them does not start.
    """
    option = f"--workers {count}"
    losses = Losses(option)
    with (
        _private_folder() as folder,
        dask.config.set(
            {**_SETTINGS, _BEFORE_SPAWNING: _threads(threads), "temporary-directory": folder}
        ),
        _started(count, memory, losses) as cluster,
        Client(cluster) as client,
        Watch(client, option, wait_s, losses, replaced) as watch,
    ):
        yield Workers(client, watch)


@contextmanager
def _private_folder() -> Iterator[str]:
    """Yield a folder for Dask that nobody else can write in: it looks for modules there."""
    with tempfile.TemporaryDirectory(prefix="linksim-", ignore_cleanup_errors=True) as folder:
        try:
            yield folder
        finally:
            sys.path[:] = [path for path in sys.path if not path.startswith(folder)]


def _started(count: int, memory: int, losses: Losses) -> SpecCluster:
    """Return a cluster of workers that all have started.

    Raises:
        Fault: if one of them does not.
    """
    security = Security.temporary()
    server = {"host": _LOOPBACK, "protocol": "tls://", "security": security, "dashboard": False}
    workers = {number: _worker(number, memory, losses, server) for number in range(count)}
    try:
        return SpecCluster(
            workers=workers,
            scheduler={"cls": PlainScheduler, "options": server},
            security=security,
            silence_logs=logging.CRITICAL,
        )
    except TimeoutError:
        why = f"a worker took over {_START_S} s to start"
    except (OSError, RuntimeError) as error:
        why = losses.last("a worker {} while it started") or str(error)
    raise Fault(f"--workers {count}: {why}; take fewer workers")


def _worker(
    number: int, memory: int, losses: Losses, server: dict[str, object]
) -> dict[str, object]:
    gpu = _gpu(number)
    return {
        "cls": AttentiveNanny,
        "options": {
            **server,
            "nthreads": 1,  # one task at a time; threads are for inside it
            "memory_limit": memory,
            "death_timeout": _START_S,
            "silence_logs": logging.CRITICAL,
            "env": {"CUDA_VISIBLE_DEVICES": gpu} if gpu else {},
            "config": _SETTINGS,
            "preload": ["linksim.experiments.sweeps.workers.interrupts"],
            "died": losses.note,
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
