"""A sweep's seconds by stage as text."""

from __future__ import annotations

from collections.abc import Sequence

from linksim.experiments.bench.report import markdown_table, processor
from linksim.experiments.bench.sweep import DECODE, JUDGE, NETWORKS, REST, STAGES, SweepSpeed
from linksim.experiments.sweeps.measurement import GROUP


def sweep_report(
    speeds: Sequence[SweepSpeed], pictures: int, points: int, start_s: float, load: float
) -> str:
    """Return the report.

    Args:
        speeds: of the same sweep, on one thread first.
        pictures, points: its size.
        start_s: CPU seconds of a process until its models are loaded.
        load: processes that wanted to run meanwhile, on average over the last minute.
    """
    one, sent = speeds[0], pictures * points
    lines = [
        f"A sweep of {pictures} pictures at {points} SNRs on {processor()}, load {load:.1f}; "
        "models loaded before. Seconds are CPU time of all threads.",
        _stages(speeds),
        f"- start-up of a process, until its models are loaded: {start_s:.1f} s of CPU time",
        f"- of {sent} pictures sent {one.passes[DECODE] * GROUP} were decoded and "
        f"{one.passes[JUDGE] * GROUP - _filled(pictures)} judged, "
        f"those that fill batches of {GROUP} among them; the originals are judged once each",
        f"- bare passes of the networks take {one.bare_s:.2f} s "
        f"({', '.join(f'{n} {one.passes[n]} × {one.bare[n] * 1e3:.0f} ms' for n in NETWORKS)}): "
        f"all else adds {one.overhead:.1%} on one thread",
    ]
    lines += [
        f"- {speed.threads} threads: {one.wall_s / speed.wall_s:.2f} times one thread"
        for speed in speeds[1:]
    ]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


def _filled(pictures: int) -> int:
    return -(-pictures // GROUP) * GROUP


def _stages(speeds: Sequence[SweepSpeed]) -> str:
    header = ["stage", *(f"{s.threads} thread{'s' * (s.threads > 1)}" for s in speeds)]
    rows = [[name, *(f"{speed.stages[name]:.2f}" for speed in speeds)] for name in STAGES]
    rest = [speed.cpu_s - sum(speed.stages.values()) for speed in speeds]
    rows.append([REST, *(f"{seconds:.2f}" for seconds in rest)])
    rows.append(["all, CPU", *(f"{speed.cpu_s:.2f}" for speed in speeds)])
    rows.append(["all, wall", *(f"{speed.wall_s:.2f}" for speed in speeds)])
    return markdown_table(header, rows)
