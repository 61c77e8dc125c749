"""Results as lines in long form, one for each figure at each SNR; and these as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.metrics import METRICS
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.text_out import csv_text

_OPTIONS, _AXES = ("codec", "code", "modulation", "channel"), ("snr_db", "ebno_db")
_QUESTIONS = {"name": "name", "text": "question", "family": "family", "truth": "truth"}

Line = dict[str, Any]


def curves_csv(results: Mapping[str, Drawable], label: str = "sweep") -> str:
    """Return all curves: a line for each metric at each SNR; what is not known is left out.

    Args:
        results: by label.
        label: name of the first column, which has the labels.
    """
    options = {name for found in results.values() for name in found.configuration}
    about = [name for name in _OPTIONS if name in options]
    columns = [label, *about, *_AXES, "metric", "value", "low", "high"]
    return _text(columns, curve_lines(results, label))


def pictures_csv(results: Mapping[str, SweepResults]) -> str:
    """Return all pictures: a line for each at each SNR, with its figures and costs."""
    names = dict.fromkeys(name for found in results.values() for name in found.pictures)
    costs = dict.fromkeys(name for found in results.values() for name in found.costs)
    asked = (*_QUESTIONS.values(), "wanted")
    columns = ["sweep", *_OPTIONS, *_AXES, "picture", *asked, *names, *costs]
    return _text(columns, picture_lines(results))


def curve_lines(results: Mapping[str, Drawable], label: str = "sweep") -> Iterator[Line]:
    """Yield a line for each metric at each SNR; see `curves_csv`."""
    for own, found in results.items():
        points = list(_points(own, found, label))
        for name in METRICS:
            for point, estimate in zip(points, found.curve(name), strict=True):
                if not math.isnan(estimate.value):
                    yield {**point, "metric": name, **vars(estimate)}


def picture_lines(results: Mapping[str, SweepResults]) -> Iterator[Line]:
    """Yield a line for each picture at each SNR; see `pictures_csv`."""
    for label, found in results.items():
        for number, point in enumerate(_points(label, found)):
            for picture in range(found.counted[number]):
                asked = {column: found.questions[n][picture] for n, column in _QUESTIONS.items()}
                figures = {name: values[number][picture] for name, values in found.pictures.items()}
                costs = {name: values[picture] for name, values in found.costs.items()}
                wanted = found.questions["wanted"][picture]
                yield {
                    **point,
                    "picture": picture,
                    **asked,
                    "wanted": wanted,
                    **figures,
                    **costs,
                }


def _points(own: str, found: Drawable, label: str = "sweep") -> Iterator[Line]:
    options = found.configuration
    about = {name: options[name] for name in _OPTIONS if name in options}  # links have no codec
    for snr_db, ebno_db in zip(found.snr_db, found.ebno_db, strict=True):
        yield {label: own, **about, "snr_db": snr_db, "ebno_db": ebno_db}


def _text(columns: list[str], lines: Iterator[Line]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, columns, lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow({name: _cell(value) for name, value in line.items()})
    return written.getvalue()


def _cell(value: Any) -> Any:
    """Return a number as Python's own, shortest text; nothing for what is not known.

    Text is such that a spreadsheet computes nothing of it.
    """
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, str):
        return csv_text(plain)
    return "" if isinstance(plain, float) and math.isnan(plain) else plain
