"""Dask's servers as a sweep starts them: no HTTP beside them, and every death of a worker noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from distributed import Nanny, Scheduler, Status, Worker

SILENCE_S = 120
"""A worker of this machine that gives no sign of life for so long is replaced."""

_IS_ENDING = (Status.closing, Status.closed, Status.closing_gracefully, Status.failed)


class _NoHttp:
    """Keeps a server from serving pages about itself, which no credentials would protect."""

    def start_http_server(self, *_: object, **__: object) -> None:
        pass


class PlainScheduler(_NoHttp, Scheduler):  # type: ignore[misc]
    """A scheduler that listens for workers and clients alone."""


class PlainWorker(_NoHttp, Worker):  # type: ignore[misc]
    """A worker that listens for its scheduler and other workers alone."""


class AttentiveNanny(Nanny):  # type: ignore[misc]
    """Starts a worker process, puts another one in its place if it dies, and says why it died.

    Args:
        died: told of each death: its cause, and whether that was want of memory.
    """

    def __init__(self, *args: Any, died: Callable[[str, bool], None], **options: Any) -> None:
        super().__init__(*args, worker_class=PlainWorker, **options)
        self._died, self._cause = died, ""

    def log_event(self, topic: str, event: Any) -> None:
        if topic == "worker-restart-memory":
            self._cause = "took more memory than --worker-memory"
        super().log_event(topic, event)

    async def kill(self, timeout: float = 5, reason: str = "nanny-kill") -> None:
        if reason.startswith("check-worker-ttl"):
            self._cause = f"gave no sign of life for {SILENCE_S} s"
        await super().kill(timeout, reason)

    def _on_worker_exit_sync(self, code: int) -> None:
        if self.status not in _IS_ENDING:
            self._died(self._cause or _ending(code), "memory" in self._cause)
        self._cause = ""
        super()._on_worker_exit_sync(code)


def _ending(code: int) -> str:
    """Say how a process ended, by its exit code as `multiprocessing` has it.

    >>> _ending(-9)
    'was killed by signal 9'
    """
    return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
