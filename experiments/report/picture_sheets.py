"""Sheets of pictures as received, with questions and answers."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from linksim.experiments.report.plots import save
from linksim.experiments.results.metrics import SSIM
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.text_out import plot_text, shortened

Cell = tuple[np.ndarray, str, bool | None]
"""A picture uint8 ``[H, W, 3]``, its title, and whether the answer in that is right, if any is."""

# By mark and colour both, for those who see colours differently.
_VERDICTS = {True: (" ✓", "#1a7f37"), False: (" ✗", "#b42318"), None: ("", "#444444")}
_MOST_ASKED, _MOST_ANSWERED = 160, 60  # characters
_FRAME = (235, 30, 30)  # colour of boxes
_MOST_COLUMNS = 6  # SNRs on a sheet
_MARGIN = 0.04  # around a picture, of its cell
_TITLE, _LEAST = 0.3, 0.6  # heights, of a cell's width: of titles, and of a row without them
_MOST_SHOWN = 640  # pixels a side: three times those of a cell, as it is written


def plot_sheet(results: SweepResults, path: Path) -> None:
    """Draw the first pictures: the original, and as received at several SNRs, with answers."""
    points = _telling_points(results)
    rows: list[tuple[str, list[Cell]]] = []
    for row, original in enumerate(results.shown["original"]):
        wanted, truth = results.questions["wanted"][row], results.questions["truth"][row]
        right = wanted == (truth or wanted) if results.judged else None
        cells: list[Cell] = [(original, f"original\n{wanted}".rstrip(), right)]
        for point in points:
            answer = results.pictures["answers"][point][row]
            title = f"{results.snr_db[point]:g} dB\n{answer}".rstrip()
            picture = results.shown["received"][point][row]
            cells.append((picture, title, answer == wanted if results.judged else None))
        rows.append((str(results.questions["text"][row]), cells))
    draw_sheet(rows, path)


def _telling_points(results: SweepResults) -> np.ndarray:
    """Return the SNRs to show: spread over the range, and closer where pictures change most."""
    quality = np.nanmean(results.pictures[SSIM], axis=1)  # NaN where none was sent
    steps = np.abs(np.diff(quality))
    shares = steps / max(steps.sum(), 1e-9) + 1 / len(quality)
    passed = np.concatenate([[0.0], np.cumsum(shares)])
    wanted = np.linspace(0, passed[-1], _MOST_COLUMNS)
    return np.unique(np.abs(passed[:, None] - wanted).argmin(axis=0))


def draw_sheet(rows: Sequence[tuple[str, Sequence[Cell]]], path: Path) -> None:
    """Draw rows of pictures, each row headed by its question."""
    save(sheet_figure(rows), path)


def sheet_figure(rows: Sequence[tuple[str, Sequence[Cell]]], width: float | None = None) -> Figure:
    """Return the picture of `draw_sheet`, ``width`` inches wide, or as wide as it comes."""
    asks = int(any(question for question, _ in rows))  # a column, where there are questions
    columns = asks + max(len(cells) for _, cells in rows)
    cell = width / columns if width else 1.7
    text_size = max(6.0, 9 * min(1.0, cell / 1.7))
    shapes = [_shape(cells) for _, cells in rows]
    heights = [cell * (shape + _TITLE) for shape in shapes]
    figure = Figure(figsize=(cell * columns, sum(heights)))
    # One pair of axes, in inches: a pair for each picture takes ten times as long to lay out.
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    for line, (question, cells) in enumerate(rows):
        bottom = sum(heights[line + 1 :]) + _MARGIN * cell
        asked = textwrap.wrap(shortened(question, _MOST_ASKED), 18 if cell > 1 else 13)
        across, middle = cell * (1 - _MARGIN), bottom + cell * shapes[line] / 2
        style: dict[str, Any] = {"fontsize": text_size, "style": "italic"}
        axes.text(across, middle, plot_text("\n".join(asked)), ha="right", va="center", **style)
        for column, (picture, title, right) in enumerate(cells, start=asks):
            left, right_edge, top = _place(axes, picture, cell * column, bottom, cell)
            mark, colour = _VERDICTS[right]
            text = plot_text(title, _MOST_ANSWERED) + mark
            style = {"fontsize": text_size, "color": colour}
            axes.text((left + right_edge) / 2, top, text, ha="center", va="bottom", **style)
    axes.set(xlim=(0, cell * columns), ylim=(0, sum(heights)), aspect="auto")
    return figure


def _shape(cells: Sequence[Cell]) -> float:
    """Return the height of a row's pictures for each cell's width; questions need some, too."""
    shapes: list[float] = [picture.shape[0] / picture.shape[1] for picture, _, _ in cells]
    return min(max(_LEAST, *shapes), 1.0)


def _place(
    axes: Axes, picture: np.ndarray, left: float, bottom: float, cell: float
) -> tuple[float, float, float]:
    """Draw a picture into a square cell of axes in inches; return its left, right and top."""
    rows, columns = picture.shape[:2]
    side = cell * (1 - 2 * _MARGIN) / max(rows, columns)
    x, y = left + (cell - side * columns) / 2, bottom
    edges = (x, x + side * columns, y, y + side * rows)
    axes.imshow(_reduced(picture), interpolation="nearest", extent=edges)
    return edges[0], edges[1], edges[3] + 0.3 * _MARGIN * cell


def _reduced(picture: np.ndarray) -> np.ndarray:
    """Return a picture with no more pixels a side than a sheet can show."""
    if max(picture.shape[:2]) <= _MOST_SHOWN:
        return picture
    image = Image.fromarray(picture)
    image.thumbnail((_MOST_SHOWN, _MOST_SHOWN), Image.Resampling.BOX)
    return np.asarray(image)


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
