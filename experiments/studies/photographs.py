"""Photographs over a noisy link, with a question and without: what is left for who asks.

Every still codec sends the same pictures plain and behind the question (``asked:CODEC``), at each
of some numbers of bits per pixel, over the same link at every SNR. Over SNR a message arrives or
does not; over bits per pixel the question shows what it is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from linksim.experiments.report.page.page import render
from linksim.experiments.report.plots import draw_curve, known_metrics, legend, looks, save, style
from linksim.experiments.report.sheets import plot_together
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.comparison import difference
from linksim.experiments.results.drawable import ssim_of
from linksim.experiments.results.fidelity import PSNR_OF_MSE
from linksim.experiments.results.metrics import (
    ACCURACY,
    ANSWER_MATCH,
    METRICS,
    RELEVANCE,
    SSIM,
    title_of,
)
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.text_out import align

FILES = ("photographs.txt", "over-snr.png", "over-bits.png", "photographs.html")
"""What the study leaves beside its sweeps."""

_SHOWN = (ANSWER_MATCH, ACCURACY, RELEVANCE, PSNR_OF_MSE, SSIM)
_COMPARED = (ANSWER_MATCH, ACCURACY, RELEVANCE)
_WIDTH = 11.0  # inches

Found = Mapping[tuple[str, float], SweepResults]
"""A sweep for each method (``avif``, ``asked:avif``) and number of bits per pixel."""


@dataclass(frozen=True)
class PhotographsStudy:
    """Still codecs with and without the question.

    Attributes:
        bench: runs the sweeps, all over the same SNRs.
        budgets: bits per pixel, ascending.
    """

    bench: Bench
    budgets: Sequence[float]

    def run(self, codecs: Sequence[str]) -> str:
        """Measure codecs, write `FILES` and return the tables as text."""
        methods = [method for codec in codecs for method in (codec, f"asked:{codec}")]
        found = {
            (method, bpp): self.bench.sweep(codec=f"{method}:bpp={bpp:g}")
            for bpp in self.budgets
            for method in methods
        }
        text, out = "\n\n".join(_tables(found, codecs)), self.bench.execution.out
        by_label = {f"{method}, {bpp:g} bpp": one for (method, bpp), one in found.items()}
        names = known_metrics(by_label, _SHOWN)
        table, over_snr, over_bits, page = (out / name for name in FILES)
        write_atomically(table, (text + "\n").encode())
        plot_together(by_label, over_snr, metrics=names)
        save(bits_figure(found, methods, names), over_bits)
        write_atomically(page, render(by_label).encode())
        return text


def _tables(found: Found, codecs: Sequence[str]) -> list[str]:
    one = next(iter(found.values()))
    clean_db, pictures = float(max(one.snr_db)), len(one.questions["text"])
    names = known_metrics({"": one}, _SHOWN)
    said = f"{pictures} pictures at {clean_db:g} dB"
    levels = [["bits per pixel", "method", *(METRICS[name].title for name in names)]]
    for (method, bpp), sweep in found.items():
        levels.append([f"{bpp:g}", method, *(_at(sweep, name, clean_db) for name in names)])
    gains = [["bits per pixel", "asked less plain", *(METRICS[name].title for name in _COMPARED)]]
    for bpp in dict.fromkeys(bpp for _, bpp in found):
        for codec in codecs:
            pair = found[f"asked:{codec}", bpp], found[codec, bpp]
            cells = [format_estimate(difference(*pair, name, clean_db)) for name in _COMPARED]
            gains.append([f"{bpp:g}", codec, *cells])
    return [f"{said}\n{align(levels)}", f"on the same pictures\n{align(gains)}"]


def _at(sweep: SweepResults, name: str, snr_db: float) -> str:
    return format_estimate(sweep.curve(name)[_point(sweep, snr_db)])


def _point(sweep: SweepResults, snr_db: float) -> int:
    return int(np.flatnonzero(sweep.snr_db == snr_db)[0])


def bits_figure(found: Found, methods: Sequence[str], names: Sequence[str]) -> Figure:
    """Draw metrics at the highest SNR against bits per pixel, a curve for each method.

    Args:
        found: the sweeps.
        methods: in the order of the legend.
        names: of `METRICS`.
    """
    rows = -(-len(names) // 2)
    figure = Figure(figsize=(_WIDTH, 0.34 * _WIDTH * rows + 0.4), layout="constrained")
    panels = list(figure.subplots(rows, 2, squeeze=False).flat)
    budgets = list(dict.fromkeys(bpp for _, bpp in found))
    similarity = ssim_of({str(key): one for key, one in found.items()})
    for axes, name in zip(panels, names, strict=False):
        for method, (colour, marker, line) in zip(methods, looks(), strict=False):
            sweeps = [found[method, bpp] for bpp in budgets]
            points = [one.curve(name)[_point(one, max(one.snr_db))] for one in sweeps]
            draw_curve(axes, np.array(budgets), points, colour, method, marker, line)
        style(axes, title_of(name, similarity), "bits per pixel")
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    legend(figure, panels, below=True)
    return figure
