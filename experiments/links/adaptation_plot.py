"""The picture of a link that takes another scheme at another SNR."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linksim.experiments.links.adaptation import Adaptation, adapted
from linksim.experiments.links.results import TB_BLER, THROUGHPUT, Curve, LinkResults
from linksim.experiments.report.plots import draw_curve, draw_rate, save, style
from linksim.experiments.text_out import plot_text

_ENVELOPE, _SCHEME, _CAPACITY, _TARGET = "#4477aa", "#aaaaaa", "#222222", "#ee6677"


def plot_adaptation(results: LinkResults, path: Path) -> None:
    """Draw block error rate and throughput of all schemes, and of the link that adapts."""
    options = results.configuration
    target = Adaptation.parse(options["adapt"]).target
    chosen = adapted(results.curves, target)
    first = f"{TB_BLER}_1" if "rounds" in chosen.about else TB_BLER
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    errors, throughput = figure.subplots(1, 2)
    for curve in results.curves:
        _faint(errors, curve, first)
        _faint(throughput, curve, THROUGHPUT)
    draw_rate(errors, chosen.snr_db, chosen.rate(first), _ENVELOPE, "adapted")
    draw_curve(throughput, chosen.snr_db, chosen.rate(THROUGHPUT), _ENVELOPE, "adapted")
    errors.axhline(target, color=_TARGET, linewidth=0.8, label=f"target {target:g}")
    throughput.plot(
        *_capacity(chosen.snr_db), ":", color=_CAPACITY, linewidth=1, label="log2(1 + SNR)"
    )
    style(errors, "Block error rate of first transmissions", "Es/N0 (dB)")
    style(throughput, "Throughput (bits per symbol)", "Es/N0 (dB)")
    errors.set_yscale("log")
    errors.set_ylim(target / 300, 1.5)
    throughput.set_ylim(0, 1.1 * max(each.high for each in chosen.rate(THROUGHPUT)))
    for axes in (errors, throughput):
        axes.legend(frameon=False, fontsize=8)
    about = [f"{len(results.curves)} schemes", options["channel"], *filter(None, [options["harq"]])]
    about.append(f"messages of {options['message_bits']} bits")
    figure.suptitle(plot_text(", ".join(about)), x=0.01, ha="left", fontsize=9, color="#555555")
    save(figure, path)


def _faint(axes: Axes, curve: Curve, name: str) -> None:
    values = np.array([each.value for each in curve.rate(name)])
    drawn = np.where(values > 0, values, np.nan)
    axes.plot(curve.snr_db, drawn, color=_SCHEME, linewidth=0.7)


def _capacity(snr_db: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a finer axis, and the capacity of the channel without fading there."""
    axis = np.linspace(snr_db[0], snr_db[-1], 200)
    return axis, np.log2(1 + 10 ** (axis / 10))
