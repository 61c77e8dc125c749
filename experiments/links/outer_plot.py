"""The picture of a link with an outer loop beside one without."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from linksim.experiments.links.adaptation import Adaptation
from linksim.experiments.links.results import TB_BLER, THROUGHPUT, LinkResults
from linksim.experiments.report.plots import draw_curve, draw_rate, save, style
from linksim.experiments.text_out import plot_text

_COLOURS, _TARGET = ("#aaaaaa", "#4477aa"), "#ee6677"


def plot_outer(results: LinkResults, path: Path) -> None:
    """Draw block error rate and throughput of both loops, and the target."""
    options = results.configuration
    how = Adaptation.parse(options["adapt"])
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    errors, throughput = figure.subplots(1, 2)
    for curve, colour in zip(results.curves, _COLOURS, strict=False):
        name = str(curve.about["code"])
        draw_rate(errors, curve.snr_db, curve.rate(TB_BLER), colour, name)
        draw_curve(throughput, curve.snr_db, curve.rate(THROUGHPUT), colour, name)
    errors.axhline(how.target, color=_TARGET, linewidth=0.8, label=f"target {how.target:g}")
    style(errors, "Block error rate", "mean Es/N0 (dB)")
    style(throughput, "Throughput (bits per symbol)", "mean Es/N0 (dB)")
    errors.set_yscale("log")
    throughput.set_ylim(bottom=0)
    for axes in (errors, throughput):
        axes.legend(frameon=False, fontsize=8)
    about = [options["channel"], f"reports {how.delay} messages old", f"step {how.outer:g} dB"]
    about.append(f"messages of {options['message_bits']} bits")
    figure.suptitle(plot_text(", ".join(about)), x=0.01, ha="left", fontsize=9, color="#555555")
    save(figure, path)
