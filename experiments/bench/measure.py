"""All measurements of one run, as JSON on stdout.

A process of its own, because frameworks look at how many cores they have once, when loaded.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Any


def measure(part: str) -> dict[str, Any]:
    """Return one part's measurements.

    Args:
        part: ``one`` core, pinned, or ``all`` cores.
    """
    if part == "one":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    # Only now: this is what looks at the cores.
    from linksim.experiments.bench import chains, packing

    if part == "all":
        speed = [chains.chain_speed("native", point, threads, wall=True)
                 for point in chains.SNRS_DB for threads in (1, chains.cores())]  # fmt: skip
        return {"cores": chains.cores(), "chains": [asdict(each) for each in speed]}
    return {
        "chains": [
            asdict(chains.chain_speed(engine, point, 1))
            for point in chains.SNRS_DB
            for engine in ("native", "hybrid", "sionna")
        ],
        "stages": chains.stage_times(),
        "packing": [{**asdict(each), "ratio": each.ratio} for each in packing.packing_speeds()],
    }


if __name__ == "__main__":
    json.dump(measure(sys.argv[1]), sys.stdout)
