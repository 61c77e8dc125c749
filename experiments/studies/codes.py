"""Channel codes swapped under one source codec, at equal symbols per picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from linksim.experiments.faults import Fault
from linksim.experiments.report.plots import draw_methods, save
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.comparison import gain_db, match_rates, matches, needed_db
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.metrics import ANSWER_MATCH, BLER, INDEX_ERRORS, METRICS
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.beyond import CLEAN_DB, SHARE
from linksim.experiments.studies.equal_symbols import Fitted, fit
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.text_out import align, plot_text
from linksim.phy import CodeSpec

_SHOWN = (ANSWER_MATCH, BLER, INDEX_ERRORS)
_FEW = 0.01  # of the indices may be wrong, for the second SNR of the table


@dataclass(frozen=True)
class CodesStudy:
    """The study of channel codes at equal symbols.

    Attributes:
        bench: runs the sweeps; its codec is the one studied.
        codes: as `CodeSpec.parse` reads them; rates are chosen here. Gains are over the first.
        modulation: of all but uncoded messages.
        efficiency: message bits per channel symbol, all parity, CRCs and padding paid for.
        channels: the SNRs to measure at, as `parse_snr` reads them, by channel.
    """

    bench: Bench
    codes: Sequence[str]
    modulation: str
    efficiency: float
    channels: dict[str, str]

    def run(self) -> str:
        """Measure, draw the picture, and return the table as text."""
        # The CRC lets streams begin too, whose lengths are then refused by name.
        clean = self.bench.sweep(code="none:crc=16", channel="awgn", snr=f"{CLEAN_DB:g}")
        bits = one_length(clean, self.bench.common.codec)
        symbols = int(bits / self.efficiency)
        fitted = {
            text: fit(CodeSpec.parse(text), self.modulation, bits, symbols) for text in self.codes
        }
        target = SHARE * float(matches(clean, CLEAN_DB).mean())
        found = {
            channel: {
                text: self.bench.sweep(
                    code=one.code, modulation=one.modulation, channel=channel, snr=snr
                )
                for text, one in fitted.items()
            }
            for channel, snr in self.channels.items()
        }
        out = self.bench.execution.out
        title = f"{self.bench.common.codec}, {symbols} symbols per picture"
        _draw(title, fitted, found, out / "codes.png")
        pictures = len(clean.questions["text"])
        title = (
            f"{self.bench.common.codec}: {bits} bits in {symbols} symbols, {pictures} pictures; "
            f"Es/N0 for an answer match of {target:.3f}, {SHARE:.0%} of the clean channel's, and "
            f"for index errors of {_FEW:.0%}"
        )
        text = "\n".join([title, align(_rows(fitted, found, symbols, target))])
        write_atomically(out / "codes.txt", (text + "\n").encode())
        return text


def one_length(clean: SweepResults, codec: str) -> int:
    """Return the bits of every message.

    Raises:
        Fault: if there are none, or they differ.
    """
    lengths = np.unique(clean.costs["bits"])
    if not lengths.any():
        raise Fault(f"--codec {codec}: makes channel symbols by itself; no code carries it")
    if len(lengths) > 1 or clean.of_streams:
        raise Fault(
            f"--codec {codec}: its messages differ in length, so that no code rate gives equal "
            "symbols; take one whose messages are alike"
        )
    return int(lengths[0])


def _rows(
    fitted: dict[str, Fitted],
    found: dict[str, dict[str, SweepResults]],
    symbols: int,
    target: float,
) -> list[list[str]]:
    heads = ["channel", "code", "modulation", "symbols", "of the budget", "needs dB"]
    rows = [[*heads, "few errors, dB", "gains dB over the first"]]
    for channel, sweeps in found.items():
        first = next(iter(sweeps.values()))
        for text, results in sweeps.items():
            one = fitted[text]
            arrived = np.array([1 - e.value for e in results.curve(INDEX_ERRORS)])
            few = needed_db(results.snr_db, arrived, 1 - _FEW)
            needs = needed_db(results.snr_db, match_rates(results), target)
            gains = "" if results is first else _gain(gain_db(first, results, target))
            cost = [str(one.symbols), f"{one.symbols / symbols:.2%}"]
            rows.append([channel, one.code, one.modulation, *cost, _db(needs), _db(few), gains])
    return rows


def _db(needed: float) -> str:
    return "not reached" if np.isnan(needed) else f"{needed:.2f}"


def _gain(gain: Estimate) -> str:
    return "not reached" if np.isnan(gain.value) else format_estimate(gain)


def _draw(
    title: str,
    fitted: dict[str, Fitted],
    found: dict[str, dict[str, SweepResults]],
    path: Path,
) -> None:
    """Draw answer match and error rates against SNR, a column for each channel."""
    figure = Figure(figsize=(4.6 * len(found), 8), layout="constrained")
    panels = figure.subplots(len(_SHOWN), len(found), sharex="col", sharey="row", squeeze=False)
    for column, (channel, sweeps) in zip(panels.T, found.items(), strict=True):
        for axes, name in zip(column, _SHOWN, strict=True):
            results = {fitted[text].code: found for text, found in sweeps.items()}
            draw_methods(axes, results, name, f"{channel}: {METRICS[name].title}")
            if name != _SHOWN[-1]:
                axes.set_xlabel("")
    panels[0, 0].legend(frameon=False, fontsize=8)
    figure.suptitle(plot_text(title), x=0.01, ha="left", fontsize=12)
    save(figure, path)
