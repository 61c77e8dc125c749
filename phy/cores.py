"""The processor cores that this process may use."""

from __future__ import annotations

import os


def allowed_cores() -> int:
    """Return how many cores this process may run on: by its affinity, where the system has that."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1
