"""Several studies side by side: quality over the channel bandwidth ratio, at some of the SNRs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linksim.experiments.report.paper_figures import WIDTHS, paper_style, write_figure
from linksim.experiments.studies.separation.figure import (
    TITLES,
    add_legend,
    colour_of,
    draw_curve,
)
from linksim.experiments.studies.separation.results import Method, Separation
from linksim.experiments.text_out import align
from linksim.link.cbr import parse_cbr

Studies = Mapping[str, Separation]
"""Studies that differ in their ratio alone, by that as the user wrote it."""

_KINDS = ("envelope", "informed", "symbols", "constellation", "capacity")
_MOST_PANELS = 3


def table_over_cbr(studies: Studies) -> str:
    """Return a table of PSNR in dB for each SNR: a row for each ratio, a column for each method."""
    (first, *_) = studies.values()
    labels = [method.label for method in _drawn(first)]
    tables = []
    for place, snr_db in enumerate(first.snr_db):
        rows = [["CBR", *(f"{label} dB" for label in labels)]]
        for cbr, found in _in_order(studies):
            values = [method.means("psnr")[place] for method in _drawn(found)]
            rows.append([cbr, *(f"{value:.2f}" for value in values)])
        tables.append(f"PSNR of {len(first.names)} pictures at {snr_db:g} dB\n{align(rows)}")
    return "\n\n".join(tables)


def draw_over_cbr(studies: Studies, *files: Path) -> None:
    """Draw the figure into files, each of the form that its name ends in."""
    with paper_style():
        figure = over_cbr_figure(studies)
        for file in files:
            write_figure(figure, file, file.suffix[1:])


def over_cbr_figure(studies: Studies) -> Figure:
    """Return the figure: a row for each metric that is known, a panel for each of some SNRs."""
    (first, *_) = studies.values()
    count = min(len(first.snr_db), _MOST_PANELS)
    points = np.unique(np.linspace(0, len(first.snr_db) - 1, count).round().astype(int))
    known = [name for name in TITLES if first.knows(name)]
    figure = Figure(figsize=(WIDTHS[2], 2.6 * len(known) + 0.8), layout="constrained")
    panels = figure.subplots(len(known), len(points), squeeze=False, sharex=True, sharey="row")
    for row, metric in zip(panels, known, strict=True):
        row[0].set_ylabel(TITLES[metric])
        for axes, point in zip(row, points, strict=True):
            _panel(axes, studies, metric, int(point))
    for axes, point in zip(panels[0], points, strict=True):
        axes.set_title(f"Es/N0 {first.snr_db[point]:g} dB", fontsize=8)
    for axes in panels[-1]:
        axes.set_xlabel("channel bandwidth ratio")
    add_legend(figure, panels[0, 0])
    return figure


def _in_order(studies: Studies) -> list[tuple[str, Separation]]:
    return sorted(studies.items(), key=lambda item: parse_cbr(item[0]))


def _drawn(found: Separation) -> list[Method]:
    return [method for kind in _KINDS for method in found.of_kind(kind)]


def _panel(axes: Axes, studies: Studies, metric: str, point: int) -> None:
    """Draw a metric of every method over the ratio, at one SNR."""
    ordered = _in_order(studies)
    ratios = [float(parse_cbr(cbr)) for cbr, _ in ordered]
    first = ordered[0][1]
    for number, method in enumerate(_drawn(first)):
        found = [_drawn(one)[number].estimates(metric)[point] for _, one in ordered]
        draw_curve(axes, ratios, found, method, colour_of(method, first.methods))
    axes.set_xscale("log")
    axes.set_xticks(ratios, [cbr for cbr, _ in ordered], minor=False)
    axes.set_xticks([], minor=True)
    axes.grid(alpha=0.3, linewidth=0.4)
