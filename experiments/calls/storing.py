"""Results files as what calls return."""

from __future__ import annotations

from pathlib import Path

from linksim.experiments.calls.curves import LinkCurves
from linksim.experiments.calls.sweeping import Sweeps
from linksim.experiments.links.curves import load_drawables, of_one_kind


def load(*files: str | Path) -> Sweeps | LinkCurves:
    """Read results of ``linksim sweep`` or ``linksim link``, of one file or several together.

    Labels that are alike in several files are told apart by what differs. Files may be anybody's:
    they are read by a process of its own, with limits, and choose nothing.

    Raises:
        Fault: if a file cannot be read.
        ValueError: if some are of sweeps and others of links, or there are none.
    """
    if not files:
        raise ValueError("load: give the path of a results.h5 at least")
    found = load_drawables([Path(file) for file in files])
    sweeps, links = of_one_kind(found)
    if sweeps and links:
        raise ValueError(
            "load: some files are of sweeps, others of links; load each kind by itself"
        )
    return Sweeps(sweeps) if sweeps else LinkCurves(links)
