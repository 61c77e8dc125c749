"""Pictures of results: curves against SNR, and sheets of received pictures."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linksim.experiments.parts import write_atomically
from linksim.experiments.results import CURVES, SweepResults
from linksim.experiments.statistics import Estimate

_PANELS = (
    ("Errors on the link", ("raw_ber", "ber", "bler", "index_error_rate", "units_lost")),
    ("What the user gets", ("answer_match", "accuracy", "relevance")),
    ("Fidelity", ("psnr",)),
)
COLOURS = ("#7a7a7a", "#0b6e99", "#d9730d", "#8a2be2", "#1a7f37")
# Okabe and Ito's, which people see apart who see colours differently.
_FIRST, _SECOND = ("#0072b2", "#d55e00", "#009e73", "#cc79a7"), ("#e69f00", "#56b4e9")
MANY_COLOURS = (*_FIRST, *_SECOND, "#000000", "#999999")
_FRAME = (235, 30, 30)  # colour of boxes
_MOST_COLUMNS = 6  # SNRs on a sheet


def plot_curves(results: SweepResults, path: Path) -> None:
    """Draw the curves of a sweep with their intervals."""
    panels = _PANELS if results.attributes["bits_per_picture"] else _PANELS[1:]
    figure = Figure(figsize=(14 / 3 * len(panels), 4.2), layout="constrained")
    for axes, (title, names) in zip(figure.subplots(1, len(panels)), panels, strict=True):
        for name, colour in zip(names, COLOURS, strict=False):
            if title.startswith("Errors"):
                draw_rate(axes, results.snr_db, results.curve(name), colour, CURVES[name])
            else:
                _draw_curve(axes, results, name, colour)
        style(axes, title, "Es/N0 (dB)")
        if title.startswith("Errors"):
            axes.set_yscale("log")
            axes.set_ylim(1e-5, 1.3)
        elif title.startswith("What"):
            axes.set_ylim(0, 1.02)
        axes.legend(frameon=False, fontsize=8)
    save(figure, path)


def plot_methods(results: Mapping[str, SweepResults], name: str, title: str, path: Path) -> None:
    """Draw one curve of several sweeps, each under its name, with their intervals."""
    figure = Figure(figsize=(7.5, 4.8), layout="constrained")
    axes = figure.subplots()
    for (label, found), colour in zip(results.items(), cycle(MANY_COLOURS), strict=False):
        _draw_curve(axes, found, name, colour, label)
    style(axes, title, "Es/N0 (dB)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8)
    save(figure, path)


def plot_bars(values: Mapping[str, float], what: str, path: Path) -> None:
    """Draw a bar for each value, on a log axis, its number beside it."""
    figure = Figure(figsize=(7.5, 0.5 + 0.35 * len(values)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(list(values), list(values.values()), color=COLOURS[1])
    axes.bar_label(bars, padding=3, fontsize=8)
    axes.invert_yaxis()
    style(axes, "", what)
    axes.set_xscale("log")
    axes.margins(x=0.12)
    save(figure, path)


def style(axes: Axes, title: str, abscissa: str) -> None:
    """Give a panel the look of all panels."""
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(abscissa)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_curve(axes: Axes, results: SweepResults, name: str, colour: str, label: str = "") -> None:
    value, low, high = _arrays(results.curve(name))
    if np.isnan(value).all():
        return
    axes.fill_between(results.snr_db, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.plot(results.snr_db, value, "o-", color=colour, markersize=3, label=label or CURVES[name])


def draw_rate(
    axes: Axes,
    abscissa: np.ndarray,
    estimates: Sequence[Estimate],
    colour: str,
    label: str,
    line: str = "-",
) -> None:
    """Draw an error rate on a log axis; where no error was seen, a triangle at the upper bound.

    A rate that is not known is left out.
    """
    value, low, high = _arrays(estimates)
    if np.isnan(value).all():
        return
    seen = np.where(value > 0, value, np.nan)
    low, upper = np.where(value > 0, low, np.nan), np.where(value > 0, high, np.nan)
    axes.fill_between(abscissa, low, upper, color=colour, alpha=0.15, linewidth=0)
    axes.vlines(abscissa, low, upper, color=colour, alpha=0.5, linewidth=0.8)
    axes.plot(abscissa, seen, marker="o", ls=line, color=colour, markersize=3, label=label)
    none = value == 0
    axes.plot(abscissa[none], high[none], "v", color=colour, markersize=3, fillstyle="none")


def _arrays(estimates: Sequence[Estimate]) -> list[np.ndarray]:
    """Return value, low and high of a curve."""
    parts = ("value", "low", "high")
    return [np.array([getattr(e, part) for e in estimates]) for part in parts]


def plot_sheet(results: SweepResults, path: Path) -> None:
    """Draw the first pictures: the original, and as received at several SNRs, with answers."""
    points = _telling_points(results)
    rows = []
    for row, original in enumerate(results.shown["original"]):
        wanted, truth = results.questions["wanted"][row], results.questions["truth"][row]
        cells = [(original, f"original\n{wanted}", _verdict(wanted, truth or wanted))]
        for point in points:
            answer = results.pictures["answers"][point][row]
            title = f"{results.snr_db[point]:g} dB\n{answer}"
            picture = results.shown["received"][point][row]
            cells.append((picture, title, _verdict(answer, wanted)))
        rows.append((str(results.questions["text"][row]), cells))
    draw_sheet(rows, path)


def _telling_points(results: SweepResults) -> np.ndarray:
    """Return the SNRs to show: spread over the range, and closer where pictures change most."""
    quality = results.pictures["psnr"].mean(axis=1)
    steps = np.abs(np.diff(quality))
    shares = steps / max(steps.sum(), 1e-9) + 1 / len(quality)
    passed = np.concatenate([[0.0], np.cumsum(shares)])
    wanted = np.linspace(0, passed[-1], _MOST_COLUMNS)
    return np.unique(np.abs(passed[:, None] - wanted).argmin(axis=0))


Cell = tuple[np.ndarray, str, bool]
"""A picture uint8 ``[H, W, 3]``, its title, and whether the answer in it is as it should be."""


def draw_sheet(rows: Sequence[tuple[str, Sequence[Cell]]], path: Path) -> None:
    """Draw rows of pictures, each row headed by its question."""
    columns = max(len(cells) for _, cells in rows)
    figure = Figure(figsize=(1.7 * (columns + 1), 2.2 * len(rows)), layout="constrained")
    for line, (question, cells) in zip(
        figure.subplots(len(rows), columns + 1, squeeze=False), rows, strict=True
    ):
        for axes in line:
            axes.set_axis_off()
        text = "\n".join(textwrap.wrap(question, 18))
        line[0].text(1.0, 0.5, text, ha="right", va="center", fontsize=10, style="italic")
        for axes, (picture, title, right) in zip(line[1:], cells, strict=False):
            axes.imshow(picture, interpolation="nearest")
            axes.set_title(title, fontsize=9, color="#1a7f37" if right else "#b42318")
    save(figure, path)


def framed(picture: np.ndarray, boxes: Sequence[tuple[float, float, float, float]]) -> np.ndarray:
    """Return a picture, uint8 ``[H, W, 3]``, with a line around each box (shares of its sides)."""
    drawn = picture.copy()
    height, width = picture.shape[:2]
    for left, top, right, bottom in boxes:
        x0, x1 = (min(int(edge * width), width - 1) for edge in (left, right))
        y0, y1 = (min(int(edge * height), height - 1) for edge in (top, bottom))
        drawn[[y0, y1], x0 : x1 + 1] = _FRAME
        drawn[y0 : y1 + 1, [x0, x1]] = _FRAME
    return drawn


def _verdict(answer: str, wanted: str) -> bool:
    return answer == wanted


def save(figure: Figure, path: Path) -> None:
    """Write a figure whole or not at all."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:] or "png", dpi=130, metadata={"Software": None})
    write_atomically(path, buffer.getvalue())
