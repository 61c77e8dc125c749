"""Timing of short pieces of work on a machine that others may use too."""

from __future__ import annotations

import time
from collections.abc import Callable

_REPETITIONS = 7
_SHORTEST_S = 0.05


def fastest(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Return the seconds that one call of ``work`` takes, the least of several measurements.

    Args:
        work: what to do. It is called once beforehand, so that nothing is compiled in the measure.
        clock: CPU time of this process (what other processes do hardly shows), or wall time.
    """
    work()
    start = clock()
    work()
    calls = max(1, round(_SHORTEST_S / max(clock() - start, 1e-9)))
    least = float("inf")
    for _ in range(_REPETITIONS):
        start = clock()
        for _ in range(calls):
            work()
        least = min(least, (clock() - start) / calls)
    return least
