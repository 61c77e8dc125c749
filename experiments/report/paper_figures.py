"""Figures for papers: one style, one or two columns wide, fonts embedded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from linksim.experiments.report.plots import panels_figure, save
from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.fidelity import PSNR_OF_MSE
from linksim.experiments.results.metrics import ANSWER_MATCH, BER, BLER, RELEVANCE

WIDTHS = {1: 3.5, 2: 7.16}
"""Inches of one and of two columns of an IEEE page."""

STANDARD = (BER, ANSWER_MATCH, RELEVANCE, PSNR_OF_MSE)
"""What is drawn where nothing is asked for, of what the sweeps know."""

STANDARD_OF_LINKS = (BLER, BER)
"""What is drawn of links alone."""

_DPI = 300
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "pdf.fonttype": 42,  # TrueType, embedded: publishers refuse type 3
    "svg.fonttype": "path",  # looks the same where the font is missing
    "svg.hashsalt": "linksim",
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Within it figures are drawn, and written, as papers want them."""
    with rc_context(_STYLE):
        yield


def write_figure(figure: Figure, path: Path, form: str) -> None:
    """Write a figure, within `paper_style`, as pdf, png or svg."""
    save(figure, path, form, _DPI)


def metrics_figure(
    sweeps: Mapping[str, Drawable], names: Sequence[str], columns: int, ebno: bool
) -> Figure:
    """Return `panels_figure` for one or two columns of a page; so many panels are in a row."""
    return panels_figure(sweeps, names, WIDTHS[columns], columns, ebno)
