"""The cores that this process may use, and threads on them that each run networks on one core."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import torch

from linksim.phy.cores import allowed_cores

_QUOTA = Path("/sys/fs/cgroup/cpu.max")

Item = TypeVar("Item")
Made = TypeVar("Made")


def usable_cores() -> int:
    """Return how many cores this process may keep busy: by its affinity and its cgroup's quota."""
    return max(min(allowed_cores(), _quota()), 1)


def _quota() -> int:
    """Return the cores that a cgroup grants, rounded up; a large number where it grants all."""
    try:
        quota, period = _QUOTA.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):  # no cgroup, or "max": no limit
        return 1 << 30


def use_all_cores() -> None:
    """Let PyTorch spread each operation over all cores that there are, as trainings do."""
    torch.set_num_threads(usable_cores())


class Desk:
    """Threads that do pieces of work side by side, each network on one core.

    PyTorch rounds differently on other numbers of threads of its own. Here it always has one, so
    that figures do not depend on how many pieces go on at a time; and nobody spins while waiting.

    Args:
        threads: how many pieces go on at a time; 0 for `usable_cores`.
    """

    def __init__(self, threads: int = 0) -> None:
        self.threads = threads or usable_cores()
        torch.set_num_threads(1)
        self._pool: ThreadPoolExecutor | None = None
        if self.threads > 1:
            self._pool = ThreadPoolExecutor(self.threads, "desk", torch.set_num_threads, (1,))

    def each(self, work: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
        """Return what ``work`` makes of each item, in the items' order.

        Raises:
            Exception: the first that a piece of work ends with.
        """
        if self._pool is None:
            return [work(item) for item in items]
        return list(self._pool.map(work, items))
