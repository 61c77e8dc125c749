"""Points that others published, drawn with their source."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from linksim.experiments.faults import Fault
from linksim.link.cbr import parse_cbr
from linksim.source.text_files import UnreadableText, read_table

COLUMNS = ("name", "snr", "metric", "value", "source")
PUBLISHED = Path(__file__).with_name("published.csv")
"""Points on the Kodak pictures over AWGN, each with its source."""

_MOST_ANCHORS = 1000
_METRICS = ("psnr", "ms_ssim")


@dataclass(frozen=True)
class Anchor:
    """A point that somebody published.

    Attributes:
        name: of the method.
        snr_db: Es/N0.
        cbr: channel symbols per number of a picture.
        metric: ``psnr`` in dB, or ``ms_ssim``.
        value: of the metric.
        source: where it stands.
    """

    name: str
    snr_db: float
    cbr: Fraction
    metric: str
    value: float
    source: str


def read_anchors(file: Path) -> list[Anchor]:
    """Read points from a CSV file with the columns ``name,snr,cbr,metric,value,source``.

    Raises:
        Fault: if it can't be read, or a row is none.
    """
    try:
        rows = read_table(file, (*COLUMNS, "cbr"), ())
    except UnreadableText as error:
        raise Fault(f"--anchors {error}") from None
    if len(rows) > _MOST_ANCHORS:
        raise Fault(f"--anchors {file}: more than {_MOST_ANCHORS} points")
    return [_anchor(f"--anchors {file}, line {line}", row) for line, row in rows]


def _anchor(place: str, row: dict[str, str]) -> Anchor:
    try:
        snr_db, value, cbr = float(row["snr"]), float(row["value"]), parse_cbr(row["cbr"])
    except ValueError:
        raise Fault(f"{place}: snr, cbr and value are numbers, cbr like 1/16") from None
    metric = row["metric"].lower().replace("-", "_")
    if metric not in _METRICS or not -100 <= snr_db <= 100 or not abs(value) < 1000:
        raise Fault(f"{place}: metric is psnr or ms_ssim, snr from -100 to 100 dB")
    return Anchor(row["name"][:60], snr_db, cbr, metric, value, row["source"][:200])
