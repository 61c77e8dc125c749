"""Pictures of results: curves against SNR."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linksim.experiments.results.drawable import Drawable, ssim_of
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.metrics import (
    FIDELITY,
    LINK,
    METRICS,
    USER,
    in_group,
    title_of,
)
from linksim.experiments.results.own_pictures import SOFTWARE
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.text_out import plot_text

_PANELS = (LINK, USER, FIDELITY)
COLOURS = ("#7a7a7a", "#0b6e99", "#d9730d", "#8a2be2", "#1a7f37")
# Okabe and Ito's, which people see apart who see colours differently.
_FIRST, _SECOND = ("#0072b2", "#d55e00", "#009e73", "#cc79a7"), ("#e69f00", "#56b4e9")
MANY_COLOURS = (*_FIRST, *_SECOND, "#000000", "#999999")
_LINES = ("-", "--", ":", "-.")
MARKERS = "os^DPvX*"
_NARROW = 5.0  # from here on legends stand below the panels
SCREEN = 7.5
"""Width of a picture of curves in inches."""


def plot_curves(results: SweepResults, path: Path) -> None:
    """Draw the curves of a sweep with their intervals."""
    panels = _PANELS if results.attributes["bits_per_picture"] else _PANELS[1:]
    figure = Figure(figsize=(14 / 3 * len(panels), 4.2), layout="constrained")
    for axes, title in zip(figure.subplots(1, len(panels)), panels, strict=True):
        drawn = {name: metric for name, metric in in_group(title).items() if metric.drawn}
        for (name, metric), colour, marker in zip(drawn.items(), COLOURS, MARKERS, strict=False):
            draw = draw_rate if metric.log else draw_curve
            draw(axes, results.snr_db, results.curve(name), colour, metric.title, marker)
        style(axes, title, "Es/N0 (dB)")
        if title == LINK:
            axes.set_yscale("log")
            axes.set_ylim(1e-5, 1.3)
        elif title == USER:
            axes.set_ylim(0, 1.02)
        if axes.lines:  # no PSNR is known where every picture is lossless
            axes.legend(frameon=False, fontsize=8)
    save(figure, path)


def plot_methods(results: Mapping[str, Drawable], name: str, title: str, path: Path) -> None:
    """Draw one curve of several sweeps, each under its name, with their intervals."""
    save(methods_figure(results, name, title), path)


def methods_figure(
    results: Mapping[str, Drawable], name: str, title: str, width: float = SCREEN
) -> Figure:
    """Return the picture of `plot_methods`, ``width`` inches wide."""
    height = 0.64 * width if width > _NARROW else 0.9 * width
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    draw_methods(axes, results, name, title)
    legend(figure, [axes], below=width <= _NARROW)
    return figure


def panels_figure(
    results: Mapping[str, Drawable],
    names: Sequence[str],
    width: float,
    across: int,
    ebno: bool = False,
) -> Figure:
    """Return a panel for each metric, a curve for each sweep, and one legend.

    Args:
        results: by label.
        names: of `linksim.experiments.results.metrics.METRICS`.
        width: in inches.
        across: panels beside each other, at most.
        ebno: whether curves are drawn against Eb/N0 per information bit, or Es/N0.
    """
    across = min(across, len(names))
    rows = -(-len(names) // across)
    height = 0.35 + 0.72 * width / across * rows
    figure = Figure(figsize=(width, height), layout="constrained")
    panels = list(figure.subplots(rows, across, squeeze=False).flat)
    ssim = ssim_of(results)
    for axes, name in zip(panels, names, strict=False):
        draw_methods(axes, results, name, title_of(name, ssim), ebno)
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    legend(figure, panels, below=True)
    return figure


def known_metrics(results: Mapping[str, Drawable], names: Sequence[str]) -> list[str]:
    """Return those of some metrics that any of the sweeps knows."""
    return [
        name
        for name in names
        if any(np.isfinite([e.value for e in r.curve(name)]).any() for r in results.values())
    ]


def looks() -> Iterator[tuple[str, str, str]]:
    """Return colour, marker and line for as many curves as there are.

    Colours and markers differ both, until they are used up; then lines do.
    """
    for line in cycle(_LINES):
        for colour, marker in zip(MANY_COLOURS, MARKERS, strict=True):
            yield colour, marker, line


def legend(figure: Figure, panels: Sequence[Axes], below: bool) -> None:
    """Name the curves inside of each panel, or once for all below the panels."""
    size = 0.8 * rcParams["font.size"]
    if not below:
        for axes in panels:
            axes.legend(frameon=False, fontsize=size)
        return
    named = {
        label: line
        for axes in panels
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    longest = max(map(len, named), default=0)
    entry = 0.6 + 0.008 * size * longest  # inches, roughly
    figure.legend(
        named.values(),
        named,
        loc="outside lower center",
        ncols=min(len(named), max(1, int(figure.get_figwidth() / entry))),
        frameon=False,
        fontsize=size,
    )


def draw_methods(
    axes: Axes, results: Mapping[str, Drawable], name: str, title: str, ebno: bool = False
) -> None:
    """Draw one curve of several sweeps into a panel; who draws it adds the legend."""
    metric = METRICS[name]
    for (label, found), (colour, marker, line) in zip(results.items(), looks(), strict=False):
        order = np.argsort(found.snr_db)
        curve, plain = found.curve(name), plot_text(label)
        estimates = [curve[point] for point in order]
        draw = draw_rate if metric.log else draw_curve
        draw(axes, found.axis_db(ebno)[order], estimates, colour, plain, marker, line)
    style(axes, title, "Eb/N0 (dB)" if ebno else "Es/N0 (dB)")
    if metric.log:
        axes.set_yscale("log")
        axes.set_ylim(top=1.3)
    elif metric.range:
        low, high = metric.range
        axes.set_ylim(low, high and high + 0.02)


def bars_figure(values: Mapping[str, float], what: str, width: float = SCREEN) -> Figure:
    """Return a bar for each value, on a log axis, its number beside it; ``width`` in inches."""
    line = 0.035 * rcParams["font.size"]
    figure = Figure(figsize=(width, 0.5 + line * len(values)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(list(map(plot_text, values)), list(values.values()), color=COLOURS[1])
    axes.bar_label(bars, padding=3, fontsize=0.8 * rcParams["font.size"])
    axes.invert_yaxis()
    style(axes, "", what)
    axes.set_xscale("log")
    axes.margins(x=0.12)
    return figure


def style(axes: Axes, title: str, abscissa: str) -> None:
    """Give a panel the look of all panels."""
    axes.set_title(plot_text(title), loc="left", fontsize=1.1 * rcParams["font.size"])
    axes.set_xlabel(abscissa)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def draw_curve(
    axes: Axes,
    abscissa: np.ndarray,
    estimates: Sequence[Estimate],
    colour: str,
    label: str,
    marker: str = "o",
    line: str = "-",
) -> None:
    """Draw a curve with the band of its intervals; one that is not known is left out."""
    value, low, high = arrays(estimates)
    if np.isnan(value).all():
        return
    axes.fill_between(abscissa, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(abscissa, value, ls=line, marker=marker, color=colour, markersize=3, label=label)


def draw_rate(
    axes: Axes,
    abscissa: np.ndarray,
    estimates: Sequence[Estimate],
    colour: str,
    label: str,
    marker: str = "o",
    line: str = "-",
) -> None:
    """Draw an error rate on a log axis; where no error was seen, a triangle at the upper bound.

    A rate that is not known is left out.
    """
    value, low, high = arrays(estimates)
    if np.isnan(value).all():
        return
    seen = np.where(value > 0, value, np.nan)
    low, upper = np.where(value > 0, low, np.nan), np.where(value > 0, high, np.nan)
    axes.fill_between(abscissa, low, upper, color=colour, alpha=0.15, linewidth=0)
    axes.vlines(abscissa, low, upper, color=colour, alpha=0.5, linewidth=0.8)
    axes.plot(abscissa, seen, marker=marker, ls=line, color=colour, markersize=3, label=label)
    none = value == 0
    axes.plot(abscissa[none], high[none], "v", color=colour, markersize=3, fillstyle="none")


def arrays(estimates: Sequence[Estimate]) -> list[np.ndarray]:
    """Return value, low and high of a curve, each as an array."""
    parts = ("value", "low", "high")
    return [np.array([getattr(e, part) for e in estimates]) for part in parts]


_ABOUT: dict[str, dict[str, str | None]] = {
    "png": {"Software": SOFTWARE},
    "pdf": {"CreationDate": None},
    "svg": {"Date": None},
}
"""By format, what a file says of itself; no dates, so that the same figure gives the same bytes."""


def save(figure: Figure, path: Path, form: str = "", dpi: int = 130) -> None:
    """Write a figure whole or not at all, in the format that is named or else the file's name."""
    form = form or path.suffix[1:] or "png"
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A character that the font lacks is drawn as a box, which says enough.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(buffer, format=form, dpi=dpi, metadata=_ABOUT.get(form))
    write_atomically(path, buffer.getvalue())
