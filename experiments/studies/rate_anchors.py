"""Other people's points of rate and score, drawn beside ours and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from linksim.experiments.faults import Fault
from linksim.experiments.machine_tasks.rates import Curve, bd_rate
from linksim.experiments.studies.rate_figures import TITLES
from linksim.experiments.studies.savings import rising
from linksim.source.text_files import UnreadableText, read_table

COLUMNS = ("name", "bpp", "metric", "value", "source")
_MOST = 1000
_LOWER = ("fid", "fid_clip", "kid", "kid_clip", "lpips", "dists")


@dataclass(frozen=True)
class RateAnchor:
    """A method's point: bits per pixel, one of `TITLES`, its value, and where it stands."""

    name: str
    bpp: float
    metric: str
    value: float
    source: str


def read_rate_anchors(file: Path) -> list[RateAnchor]:
    """Read points from a CSV file with the columns ``name,bpp,metric,value,source``.

    Raises:
        Fault: if it can't be read, or a row is none.
    """
    try:
        rows = read_table(file, COLUMNS, ())
    except UnreadableText as error:
        raise Fault(f"--anchors {error}") from None
    if not 0 < len(rows) <= _MOST:
        raise Fault(f"--anchors {file}: holds {len(rows)} points; give 1 to {_MOST}")
    return [_anchor(f"--anchors {file}, line {line}", row) for line, row in rows]


def _anchor(place: str, row: dict[str, str]) -> RateAnchor:
    metric = row["metric"].strip().lower()
    try:
        bpp, value = float(row["bpp"]), float(row["value"])
    except ValueError:
        raise Fault(f"{place}: bpp and value are numbers") from None
    if not 0 < bpp < 100 or not abs(value) < 1e6:
        raise Fault(f"{place}: bpp lies above 0 and below 100 bits per pixel")
    if metric not in TITLES:
        raise Fault(f"{place}: metric {metric[:40]!r} is none of {', '.join(TITLES)}")
    return RateAnchor(row["name"][:60], bpp, metric, value, row["source"][:200])


def curves_of(anchors: Sequence[RateAnchor], metric: str) -> dict[str, list[tuple[float, float]]]:
    """Return rate and value of a metric's points by method, the lowest rate first."""
    found: dict[str, list[tuple[float, float]]] = {}
    for anchor in sorted(anchors, key=lambda one: one.bpp):
        if anchor.metric == metric:
            found.setdefault(anchor.name, []).append((anchor.bpp, anchor.value))
    return found


def saved_against(
    anchors: Sequence[RateAnchor], metric: str, rates: Sequence[float], values: Sequence[float]
) -> dict[str, str]:
    """Return by how many percent our rate differs at an equal score, against each method, as text.

    Args:
        anchors: of all methods and metrics.
        metric: that is equal.
        rates, values: ours.
    """
    sign = -1.0 if metric in _LOWER else 1.0
    ours = rising(rates, [sign * value for value in values])
    said = {}
    for name, points in curves_of(anchors, metric).items():
        theirs: Curve = rising([bpp for bpp, _ in points], [sign * value for _, value in points])
        delta = bd_rate(theirs, ours)
        said[name] = f"{delta.value:+.1f}" if not delta.reason else f"none: {delta.reason}"
    return said
