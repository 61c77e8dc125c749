"""Meaning against errors: put into a codec's messages by hand, and as links make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, product
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from linksim.experiments.report.plots import MANY_COLOURS, arrays, save, style
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.fidelity import PSNR_OF_MSE
from linksim.experiments.results.metrics import ANSWER_MATCH, BER, INDEX_ERRORS, RELEVANCE
from linksim.experiments.results.parts import file_word, write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.injected import Injected, InjectedConfiguration
from linksim.experiments.studies.injecting import Progress, inject
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.text_out import align, plot_text

_AXES = {INDEX_ERRORS: "index error rate", BER: "bit error rate"}
_FIGURES = {RELEVANCE: "relevance loss", ANSWER_MATCH: "answer match", PSNR_OF_MSE: "PSNR (dB)"}
_INJECTED = {"index": ("#000000", "-"), "bit": ("#000000", "--")}
_MARKERS = "osD^v<>P"


@dataclass(frozen=True)
class RelevanceStudy:
    """The study of a codec's meaning against errors.

    Attributes:
        bench: runs the sweeps over links.
        errors: probabilities of injected errors, see `injecting.parse_errors`.
        codes, modulations: every code with every modulation is a link.
        progress: told of each piece of injected errors.
    """

    bench: Bench
    errors: str
    codes: Sequence[str]
    modulations: Sequence[str]
    progress: Progress

    def run(self, codecs: Sequence[str]) -> str:
        """Measure codecs, draw a picture for each, and return their tables as text."""
        return "\n\n".join(self._codec(codec) for codec in codecs)

    def _codec(self, codec: str) -> str:
        name = file_word(codec)
        injected = self._inject(codec, self.bench.execution.out / f"injected_{name}")
        links = {
            f"{code}, {modulation}": self.bench.sweep(codec=codec, code=code, modulation=modulation)
            for code, modulation in product(self.codes, self.modulations)
        }
        out = self.bench.execution.out
        _draw(codec, injected, links, out / f"{name}.png")
        text = f"{codec}: {len(injected.questions['text'])} pictures\n" + _table(injected, links)
        write_atomically(out / f"{name}.txt", (text + "\n").encode())
        return text

    def _inject(self, codec: str, folder: Path) -> Injected:
        common = self.bench.common
        configuration = InjectedConfiguration(
            codec,
            self.errors,
            common.images,
            common.scenes,
            common.preset,
            common.models,
            common.seed,
        )
        return inject(configuration, self.bench, folder, self.progress)


def _table(injected: Injected, links: dict[str, SweepResults]) -> str:
    """Return a row for each level of injected errors, and for each SNR at which a link made any."""
    names = (*_AXES, *_FIGURES)
    heads = [{**_AXES, **_FIGURES}[name] for name in names]
    rows = [["errors", "pictures hit", *heads]]
    for place, (kind, p) in enumerate(zip(injected.kind, injected.probability, strict=True)):
        label = f"{kind}, p = {p:g}" if p else "no errors"
        hit = np.mean(injected.pictures["index_errors"][place] > 0)
        cells = [format_estimate(injected.curve(name)[place]) for name in names]
        rows.append([label, f"{hit:.0%}", *cells])
    for label, found in links.items():
        curves = {name: found.curve(name) for name in names}
        for place, snr in enumerate(found.snr_db):
            if curves[INDEX_ERRORS][place].value == 0:
                continue
            hit = np.mean(found.pictures["index_errors"][place] > 0)
            cells = [format_estimate(curves[name][place]) for name in names]
            rows.append([f"{label}, {snr:g} dB", f"{hit:.0%}", *cells])
    return align(rows)


def _draw(codec: str, injected: Injected, links: dict[str, SweepResults], path: Path) -> None:
    """Draw each figure of merit against each error rate, injected and over links."""
    figure = Figure(figsize=(9, 9), layout="constrained")
    panels = figure.subplots(len(_FIGURES), len(_AXES), sharex="col", sharey="row")
    for row, (name, label) in zip(panels, _FIGURES.items(), strict=True):
        for axes, (abscissa, axis_label) in zip(row, _AXES.items(), strict=True):
            _draw_injected(axes, injected, abscissa, name)
            for style_of, (link, found) in zip(_link_styles(), links.items(), strict=False):
                _draw_link(axes, found, abscissa, name, plot_text(link), style_of)
            last = name == list(_FIGURES)[-1]
            style(axes, label if abscissa == next(iter(_AXES)) else "", axis_label if last else "")
            axes.set_xscale("log")
            axes.set_xlim(_least_rate([injected, *links.values()], abscissa) / 2, 1.2)
            if name != PSNR_OF_MSE:
                axes.set_ylim(bottom=0)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    figure.suptitle(plot_text(f"{codec}: what errors do"), x=0.01, ha="left", fontsize=12)
    save(figure, path)


def _least_rate(measured: Sequence[Injected | SweepResults], name: str) -> float:
    """Return the least rate of errors that was seen; intervals reach further down."""
    rates = [estimate.value for found in measured for estimate in found.curve(name)]
    return min((rate for rate in rates if rate > 0), default=0.1)


def _link_styles() -> cycle[tuple[str, str]]:
    return cycle(zip(MANY_COLOURS[:6] * 4, cycle(_MARKERS), strict=False))


def _draw_injected(axes: Axes, injected: Injected, abscissa: str, name: str) -> None:
    rates, figures = injected.curve(abscissa), injected.curve(name)
    clean = figures[int(np.flatnonzero(injected.probability == 0)[0])]
    axes.axhline(clean.value, color="#7a7a7a", linewidth=0.8, ls=":", label="no errors")
    for kind, (colour, line) in _INJECTED.items():
        chosen = np.flatnonzero((injected.kind == kind) & (injected.probability > 0))
        places = [place for place in chosen if rates[place].value > 0]
        places.sort(key=lambda place: rates[place].value)
        x = [rates[place].value for place in places]
        value, low, high = arrays([figures[place] for place in places])
        axes.fill_between(x, low, high, color=colour, alpha=0.12, linewidth=0)
        names = {"index": "injected: indices", "bit": "injected: bits"}
        axes.plot(x, value, color=colour, ls=line, linewidth=1.2, label=names[kind])


def _draw_link(
    axes: Axes, found: SweepResults, abscissa: str, name: str, label: str, look: tuple[str, str]
) -> None:
    """Draw a point for each SNR at which there were errors; bars are the intervals of both."""
    rates, figures = found.curve(abscissa), found.curve(name)
    places = [place for place, rate in enumerate(rates) if rate.value > 0]
    x, left, right = arrays([rates[place] for place in places])
    y, low, high = arrays([figures[place] for place in places])
    colour, marker = look
    axes.errorbar(
        x,
        y,
        xerr=(x - left, right - x),
        yerr=(y - low, high - y),
        fmt=marker,
        color=colour,
        markersize=4,
        linewidth=0.6,
        label=label,
    )
