"""The pictures that a run leaves beside its results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from linksim.experiments.parts import file_word
from linksim.experiments.picture_sheets import plot_sheet
from linksim.experiments.plots import (
    known_metrics,
    panels_figure,
    plot_curves,
    save,
)
from linksim.experiments.results import SweepResults

_TOGETHER = ("index_error_rate", "answer_match", "relevance", "psnr_of_mse")
_WIDTH = 11.0  # inches


def save_pictures(results: Mapping[str, SweepResults], out: Path) -> list[Path]:
    """Draw curves and received pictures of sweeps into a folder.

    Several sweeps are together in one ``curves.png``, and each has a sheet of its own,
    ``pictures-NUMBER-LABEL.png``.

    Returns:
        the files.
    """
    curves, first = out / "curves.png", next(iter(results.values()))
    if len(results) == 1:
        plot_curves(first, curves)
        sheets = {out / "pictures.png": first}
    else:
        plot_together(results, curves)
        sheets = {
            out / f"pictures-{number:03d}-{_word(label)}.png": found
            for number, (label, found) in enumerate(results.items())
        }
    for path, found in sheets.items():
        plot_sheet(found, path)
    return [curves, *sheets]


def plot_together(results: Mapping[str, SweepResults], path: Path, ebno: bool = False) -> None:
    """Draw several sweeps, a panel for each figure that they have, with one legend."""
    names = known_metrics(results, _TOGETHER)
    save(panels_figure(results, names, _WIDTH, across=2, ebno=ebno), path)


def _word(label: str) -> str:
    return file_word(label)[:80]
