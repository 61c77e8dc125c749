"""All measurements of one run, as JSON on stdout.

A process of its own, because frameworks look at how many cores they have once, when loaded.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any


def measure(part: str) -> dict[str, Any]:
    """Return one part's measurements.

    Args:
        part: ``one`` core, pinned, or ``all`` cores.
    """
    if part == "one" and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    # Only now: this is what looks at the cores.
    from linksim.experiments.bench import chains, packing

    if part == "all":
        runs = [("native", chains.cores()), ("native", 1)]
        return {"cores": chains.cores(), "chains": _chains(runs, time.perf_counter)}
    engines = [("native", 1), ("hybrid", 1), ("sionna", 1)]
    return {
        "chains": _chains(engines, time.process_time),
        "stages": chains.stage_times(),
        "packing": [{**asdict(each), "ratio": each.ratio} for each in packing.packing_speeds()],
    }


def _chains(runs: list[tuple[str, int]], clock: Callable[[], float]) -> list[dict[str, Any]]:
    from linksim.experiments.bench import chains

    return [
        asdict(speed)
        for point in chains.SNRS_DB
        for speed in chains.chain_speeds(runs, point, clock)
    ]


if __name__ == "__main__":
    json.dump(measure(sys.argv[1]), sys.stdout)
