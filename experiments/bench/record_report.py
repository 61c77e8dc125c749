"""Records as a table, beside what others published and what the last release reached."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from linksim.experiments.bench.record import Published, Record
from linksim.experiments.bench.report import markdown_table, processor, vector_bytes


def record_report(records: list[Record]) -> str:
    """Return the table, and under it what changed since the last release."""
    ghz = sorted(record.ghz for record in records)
    lead = (
        f"One core of {processor()}, {ghz[0]:.2f} to {ghz[-1]:.2f} GHz while measured; CPU time, "
        f"nothing stops early. TNDC is Mb/s / (GHz · lanes), of {8 * vector_bytes()}-bit registers."
    )
    ours = ["Mb/s a core", "bits per cycle", "lanes", "TNDC"]
    header = ["", *ours, "published", "Mb/s a core", "TNDC"]
    rows = [_row(record) for record in records]
    return "\n\n".join([lead, markdown_table(header, rows), _changes(records)])


def _row(record: Record) -> list[str]:
    contest = record.contest
    lanes = vector_bytes() // contest.element_bytes if contest.element_bytes else 0
    speeds = [f"{record.mbps:.4g}", f"{record.bits_per_cycle:.3g}"]
    ours = [contest.name, *speeds, str(lanes or ""), _tndc(record.tndc)]
    theirs = contest.published or Published("", 0)
    return [*ours, theirs.text, f"{theirs.mbps:.3g}" if theirs.mbps else "", _tndc(theirs.tndc)]


def _tndc(value: float) -> str:
    return f"{value:.3f}" if value else ""


def _changes(records: list[Record]) -> str:
    """Return how many bits a clock cycle does, over those of the last release."""
    kept = released()
    release, before = kept["release"], kept["bits_per_cycle"].get(str(vector_bytes()), {})
    if not before:
        return f"Release {release} was not measured with registers of {8 * vector_bytes()} bits."
    lines = [f"Bits per clock cycle, over those of release {release}:"]
    for record in records:
        if then := before.get(record.contest.name):
            now = record.bits_per_cycle
            lines.append(f"- {record.contest.name}: {now:.4g} / {then:.4g} = {now / then:.2f}")
    return "\n".join(lines)


def released() -> dict[str, Any]:
    """Return what the last release reached: bits per cycle, by bytes of a vector register."""
    text = files(__package__).joinpath("released.json").read_text(encoding="utf-8")
    kept: dict[str, Any] = json.loads(text)
    return kept
