"""The pictures that a run leaves beside its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from linksim.experiments.results.drawable import Drawable
from linksim.experiments.results.fidelity import PSNR_OF_MSE
from linksim.experiments.results.metrics import ANSWER_MATCH, INDEX_ERRORS, RELEVANCE
from linksim.experiments.results.parts import file_word
from linksim.experiments.results.sweeps import SweepResults

_TOGETHER = (INDEX_ERRORS, ANSWER_MATCH, RELEVANCE, PSNR_OF_MSE)
_CURVES = "curves.png"
_WIDTH = 11.0  # inches


def picture_names(labels: Sequence[str]) -> list[str]:
    """Return the names of the files that `save_pictures` writes for sweeps of these labels."""
    if len(labels) == 1:
        return [_CURVES, "pictures.png"]
    return [_CURVES, *(f"pictures-{i:03d}-{_word(label)}.png" for i, label in enumerate(labels))]


def save_pictures(results: Mapping[str, SweepResults], out: Path) -> None:
    """Draw curves and received pictures of sweeps into a folder.

    Several sweeps are together in one ``curves.png``, and each has a sheet of its own,
    ``pictures-NUMBER-LABEL.png``.
    """
    from linksim.experiments.report.picture_sheets import plot_sheet  # Matplotlib is slow to load
    from linksim.experiments.report.plots import plot_curves

    curves, *sheets = (out / name for name in picture_names(list(results)))
    if len(results) == 1:
        plot_curves(next(iter(results.values())), curves)
    else:
        plot_together(results, curves)
    for sheet, found in zip(sheets, results.values(), strict=True):
        plot_sheet(found, sheet)


def plot_together(
    results: Mapping[str, Drawable],
    path: Path,
    ebno: bool = False,
    metrics: Sequence[str] = _TOGETHER,
) -> None:
    """Draw several sweeps, a panel for each of some metrics that they have, with one legend."""
    from linksim.experiments.report.plots import known_metrics, panels_figure, save

    names = known_metrics(results, metrics)
    save(panels_figure(results, names, _WIDTH, across=2, ebno=ebno), path)


def _word(label: str) -> str:
    return file_word(label)[:80]
