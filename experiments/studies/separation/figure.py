"""The study's figure: cliffs, envelope, what ideal codes do, and codecs that make symbols."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linksim.experiments.configuration import ASKED_METRICS
from linksim.experiments.report.paper_figures import WIDTHS, paper_style, write_figure
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.metrics import METRICS
from linksim.experiments.studies.separation.anchors import Anchor
from linksim.experiments.studies.separation.results import Method, Separation
from linksim.link.cbr import parse_cbr

TITLES = {
    "psnr": "PSNR (dB)",
    "ms_ssim": "MS-SSIM (RGB)",
    **{name: METRICS[name].title for name in ASKED_METRICS},
}
_COLOURS = ("C0", "C1", "C2", "C4", "C5", "C6")
_NARROW, _WIDEST = 32, 56  # characters of a legend's labels, in three columns and in two
_ANCHOR_MARKS = "*Pvd^s"
_LOOKS: dict[str, dict[str, Any]] = {
    "envelope": {"linewidth": 1.8, "marker": "o", "markersize": 3},
    "informed": {"linestyle": "-.", "linewidth": 1.4},
    "constellation": {"linestyle": ":", "linewidth": 1.0},
    "capacity": {"linestyle": "--", "linewidth": 1.0},
}
_SYMBOLS_LOOK: dict[str, Any] = {"linewidth": 1.4, "marker": "s", "markersize": 3}


def draw(found: Separation, cbr: str, anchors: Sequence[Anchor], *files: Path) -> None:
    """Draw the figure into files, each of the form that its name ends in."""
    with paper_style():
        figure = separation_figure(found, cbr, anchors)
        for file in files:
            write_figure(figure, file, file.suffix[1:])


def separation_figure(found: Separation, cbr: str, anchors: Sequence[Anchor]) -> Figure:
    """Return the figure: a panel for each metric that is known, two beside each other."""
    known = [name for name in TITLES if found.knows(name)]
    rows, columns = -(-len(known) // 2), min(len(known), 2)
    figure = Figure(figsize=(WIDTHS[2], 0.8 + 2.6 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in panels[len(known) :]:
        axes.set_visible(False)
    for axes, metric in zip(panels, known, strict=False):
        _panel(axes, found, metric)
        _points(axes, [a for a in anchors if a.metric == metric and a.cbr == parse_cbr(cbr)])
        axes.set_xlabel("Es/N0 (dB)")
        axes.set_ylabel(TITLES[metric])
        axes.grid(alpha=0.3, linewidth=0.4)
    add_legend(figure, panels[0], f"CBR {cbr}, {len(found.names)} pictures")
    return figure


def add_legend(figure: Figure, axes: Axes, title: str = "") -> None:
    """Put a panel's legend below the figure, in as many columns as its longest label leaves."""
    handles, labels = axes.get_legend_handles_labels()
    wrapped = ["\n".join(textwrap.wrap(label, _WIDEST)) for label in labels]
    columns = 3 if max(map(len, labels), default=0) <= _NARROW else 2
    figure.legend(
        handles, wrapped, loc="outside lower center", ncols=columns, fontsize=7, title=title
    )


def _panel(axes: Axes, found: Separation, metric: str) -> None:
    for method in found.methods:
        colour = colour_of(method, found.methods)
        if method.kind == "scheme":
            axes.plot(found.snr_db, method.means(metric), color=colour, alpha=0.25, linewidth=0.6)
        elif method.kind != "threshold":
            draw_curve(axes, found.snr_db, method.estimates(metric), method, colour)


def draw_curve(
    axes: Axes,
    at: Sequence[float] | np.ndarray,
    estimates: Sequence[Estimate],
    method: Method,
    colour: str,
) -> None:
    """Draw what a method is estimated to do over an axis, with its intervals where it was sent."""
    look = _LOOKS.get(method.kind, _SYMBOLS_LOOK)
    axes.plot(at, [e.value for e in estimates], color=colour, label=method.label, **look)
    if method.kind in ("envelope", "symbols"):
        low, high = [e.low for e in estimates], [e.high for e in estimates]
        axes.fill_between(at, low, high, color=colour, alpha=0.12, linewidth=0)


def colour_of(method: Method, methods: Sequence[Method]) -> str:
    """Return the colour of a method's codec among those of all methods."""
    codecs = list(dict.fromkeys(one.codec for one in methods))
    return _COLOURS[codecs.index(method.codec) % len(_COLOURS)]


def _points(axes: Axes, anchors: Sequence[Anchor]) -> None:
    for number, anchor in enumerate(anchors):
        mark = _ANCHOR_MARKS[number % len(_ANCHOR_MARKS)]
        label = f"{anchor.name} ({anchor.source.partition(':')[0]})"
        axes.plot(anchor.snr_db, anchor.value, mark, color="black", markersize=6, label=label)
