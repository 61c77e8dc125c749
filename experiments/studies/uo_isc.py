"""The figures of the UO-ISC paper on the embedded world, and whether its claims hold there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from linksim.experiments.report.picture_sheets import Cell, sheet_figure
from linksim.experiments.report.plots import SCREEN, bars_figure, methods_figure, save
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.comparison import difference, matches
from linksim.experiments.results.estimates import Estimate, rate
from linksim.experiments.results.metrics import ANSWER_MATCH, METRICS, RELEVANCE
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.text_out import align

METHODS: dict[str, str] = {
    "UO-ISC": "uo_isc",
    "no text": "uo_isc:no-text",
    "no VLM": "uo_isc:no-vlm",
    "query-aware": "query_aware",
    "JPEG2000": "jpeg2000",
    "DeepJSCC": "deepjscc",
    "PNG": "png",
}
"""What figures 3 and 4 compare, by the names that they show."""

LENGTHS = (8, 16, 32, 64)
"""Segment lengths of figures 5 and 6."""

LOW_DB, HIGH_DB = 0.0, 20.0
"""The SNRs of figure 3 and of the claims."""

_ON_PAPER = 32  # segment length of the claim about symbols
_BUDGETS = (1536, 2048, 2560, 3072, 4096, 6144)  # bits of a JPEG2000 picture, for figure 6
_LOSSLESS_BITS = 57344  # the longest lossless stream among 1000 scenes takes 55 000


@dataclass(frozen=True)
class Study:
    """The study of UO-ISC over a link.

    Attributes:
        bench: runs its sweeps; its SNRs hold `LOW_DB` and `HIGH_DB`.
        natural: whether codewords keep the indices that training gave them, as in the paper.
        questions: over which the claims are judged.
    """

    bench: Bench
    natural: bool
    questions: int

    def run(self, figures: Sequence[str]) -> str:
        """Measure what these figures need, draw them, and return their tables as text."""
        return "\n\n".join(self._figure(figure) for figure in figures)

    def _figure(self, figure: str) -> str:
        save(DRAWINGS[figure](self), self.path(f"figure-{figure}.png"))
        return _FIGURES[figure](self)

    def methods(self) -> dict[str, SweepResults]:
        """Return the sweeps of `METHODS`, by the names that figures show."""
        return {label: self.method(label) for label in METHODS}

    def lengths(self) -> dict[str, SweepResults]:
        """Return UO-ISC's sweeps at every segment length."""
        return {f"L = {length}": self.length(length) for length in LENGTHS}

    def costs(self) -> dict[str, SweepResults]:
        """Return what figure 6 compares: UO-ISC's segment lengths, JPEG2000's budgets."""
        ours = {f"UO-ISC, L = {length}": self.length(length) for length in LENGTHS}
        budgets = {f"JPEG2000, {bits} bits": self.jpeg2000(bits) for bits in _BUDGETS}
        return {**ours, **budgets, "JPEG2000, lossless": self.jpeg2000(_LOSSLESS_BITS)}

    def method(self, label: str) -> SweepResults:
        """Return the sweep of one of `METHODS`."""
        return self._sweep(METHODS[label])

    def length(self, segment: int) -> SweepResults:
        """Return the sweep of UO-ISC at a segment length."""
        return self._sweep(f"uo_isc:segment={segment}" if segment != 16 else METHODS["UO-ISC"])

    def judged(self, label: str) -> SweepResults:
        """Return the sweep of one of `METHODS` over more questions, at `HIGH_DB` alone."""
        return self._sweep(METHODS[label], snr=f"{HIGH_DB:g}", images=self.questions)

    def jpeg2000(self, bits: int) -> SweepResults:
        """Return JPEG2000's sweep at a budget, at `HIGH_DB` alone."""
        return self.bench.sweep(codec=f"jpeg2000:bits={bits}", snr=f"{HIGH_DB:g}")

    def path(self, name: str) -> Path:
        return self.bench.execution.out / name

    def _sweep(self, codec: str, **changes: Any) -> SweepResults:
        if self.natural and codec.startswith("uo_isc"):
            codec += ("," if ":" in codec else ":") + "index-assignment=natural"
        return self.bench.sweep(codec=codec, **changes)


def draw_3(study: Study, width: float | None = None) -> Figure:
    """Draw the same pictures as every method shows them at 0 dB, with the answers to them."""
    results = study.methods()
    first = next(iter(results.values()))
    rows: list[tuple[str, list[Cell]]] = []
    for row, original in enumerate(first.shown["original"]):
        wanted = str(first.questions["wanted"][row])
        cells: list[Cell] = [(original, f"original\n{wanted}", None)]
        for label, found in results.items():
            point = int(np.abs(found.snr_db - LOW_DB).argmin())
            answer = str(found.pictures["answers"][point][row])
            picture = found.shown["received"][point][row]
            cells.append((picture, f"{label}\n{answer}", answer == wanted))
        rows.append((str(first.questions["text"][row]), cells))
    return sheet_figure(rows, width)


def draw_4a(study: Study, width: float = SCREEN) -> Figure:
    """Draw answer match against SNR for every method."""
    return methods_figure(study.methods(), ANSWER_MATCH, _title("4a", ANSWER_MATCH), width)


def draw_4b(study: Study, width: float = SCREEN) -> Figure:
    """Draw relevance loss against SNR for every method."""
    return methods_figure(study.methods(), RELEVANCE, _title("4b", RELEVANCE), width)


def draw_5(study: Study, width: float = SCREEN) -> Figure:
    """Draw relevance loss against SNR for every segment length."""
    return methods_figure(study.lengths(), RELEVANCE, _title("5", RELEVANCE), width)


def draw_6(study: Study, width: float = SCREEN) -> Figure:
    """Draw the symbols of a picture against segment length, beside those of JPEG2000."""
    symbols = {label: _symbols(found) for label, found in study.costs().items()}
    return bars_figure(symbols, "channel symbols per picture", width)


DRAWINGS: dict[str, Callable[..., Figure]] = {
    "3": draw_3,
    "4a": draw_4a,
    "4b": draw_4b,
    "5": draw_5,
    "6": draw_6,
}
"""The paper's figures, by name: each takes a study and how many inches wide it is to be."""


def figure_3(study: Study) -> str:
    """Say where the pictures are."""
    return f"Figure 3: {study.path('figure-3.png')}, pictures and answers at {LOW_DB:g} dB"


def figure_4a(study: Study) -> str:
    """Tabulate answer match, and judge the claims at 20 dB."""
    return _curves(study, "4a", ANSWER_MATCH, study.methods()) + "\n\n" + _claims(study)


def figure_4b(study: Study) -> str:
    """Tabulate relevance loss of every method."""
    return _curves(study, "4b", RELEVANCE, study.methods())


def figure_5(study: Study) -> str:
    """Tabulate relevance loss of every segment length."""
    return _curves(study, "5", RELEVANCE, study.lengths())


def figure_6(study: Study) -> str:
    """Tabulate symbols beside answer match, and how many fewer UO-ISC takes."""
    results = study.costs()
    symbols = {label: _symbols(found) for label, found in results.items()}
    match = {label: rate(matches(found, HIGH_DB), 1.0) for label, found in results.items()}
    rows = [["method", "symbols per picture", f"answer match at {HIGH_DB:g} dB"]]
    rows += [[label, str(symbols[label]), format_estimate(match[label])] for label in results]
    ours = f"UO-ISC, L = {_ON_PAPER}"
    budgets = [f"JPEG2000, {bits} bits" for bits in _BUDGETS]
    alike = next((b for b in budgets if match[b].value >= match[ours].value), None)
    said = [_fewer(symbols, ours, "JPEG2000, lossless")]
    said += [_fewer(symbols, ours, alike) + ", which answers as well"] if alike else []
    return _written(study, "figure-6", "Figure 6: symbols", rows, said)


_FIGURES: dict[str, Callable[[Study], str]] = {
    "3": figure_3,
    "4a": figure_4a,
    "4b": figure_4b,
    "5": figure_5,
    "6": figure_6,
}
FIGURES = tuple(_FIGURES)
"""The paper's figures, by name."""


def _title(number: str, curve: str) -> str:
    return f"Figure {number}: {METRICS[curve].title}"


def _curves(study: Study, number: str, curve: str, results: dict[str, SweepResults]) -> str:
    snrs = next(iter(results.values())).snr_db
    rows = [["method", "symbols", *(f"{snr:g} dB" for snr in snrs)]]
    for label, found in results.items():
        cells = [format_estimate(estimate) for estimate in found.curve(curve)]
        rows.append([label, str(_symbols(found)), *cells])
    return _written(study, f"figure-{number}", _title(number, curve), rows, [])


@dataclass(frozen=True)
class _Claim:
    other: str
    points: float


_CLAIMS = (_Claim("no text", 5.0), _Claim("no VLM", 34.0), _Claim("query-aware", 4.8))


def _claims(study: Study) -> str:
    """Return by how many points UO-ISC answers better at 20 dB than the paper's other methods."""
    ours = study.judged("UO-ISC")
    rows = [["UO-ISC gains over", "points, paired", "claimed", "verdict"]]
    for claim in _CLAIMS:
        found = difference(ours, study.judged(claim.other), ANSWER_MATCH, HIGH_DB)
        points = Estimate(*(100 * x for x in (found.value, found.low, found.high)))
        verdict = "holds" if points.low >= claim.points else "does not hold"
        if points.low < claim.points <= points.high:
            verdict = "open: the interval holds both"
        rows.append([claim.other, format_estimate(points), f"≥ {claim.points:g}", verdict])
    count = len(ours.questions["text"])
    title = f"Answer match at {HIGH_DB:g} dB over {count} questions"
    return _written(study, "claims", title, rows, [])


def _fewer(symbols: dict[str, int], ours: str, other: str) -> str:
    share = 1 - symbols[ours] / symbols[other]
    more = f"{share:.1%} fewer" if share >= 0 else f"{-share:.1%} more"
    return f"{ours}: {more} symbols than {other}"


def _symbols(results: SweepResults) -> int:
    return int(results.attributes["symbols_per_picture"])


def _written(
    study: Study, name: str, title: str, rows: list[list[str]], said: Sequence[str]
) -> str:
    """Write a table beside its picture, and return it."""
    text = "\n".join([title, align(rows), *said])
    write_atomically(study.path(f"{name}.txt"), (text + "\n").encode())
    return text
