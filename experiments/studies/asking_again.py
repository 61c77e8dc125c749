"""What it is worth that a receiver asks again for what the question needs alone.

The same pictures over the same draws of one channel, sent again in four ways. By default all that
is sent of a picture in a round meets one gain, so that no way of cutting it meets a better channel:

    whole      plain HARQ: the message is one block, or as few as the code allows, sent as a whole
    lost       a block for each unit of the message; all that are lost are sent again
    needed     of those, the K most important ones
    drawn      K of them by lot: what the ranking is worth, at as many units

A picture is accepted when its receiver has what it asked for, and rejected after the last round.
Its answer survives if it is that about the picture as it arrives without errors: what the codec
itself changes is no matter of the link. Outage is the share of accepted pictures whose answer does
not survive; goodput counts those whose answer does, for each channel symbol. K is chosen on other
pictures: the one of most goodput among those that keep to the stated outage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import Estimate, mean, percentiles, rate, resamples
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.text_out import align

WAYS = ("whole", "lost", "needed", "drawn")

_RESAMPLES, _SEED = 2000, 1
_OTHERS = 2**31  # between the seeds of pictures on which K is chosen and on which it is measured
_CLEAN_DB = 60.0


@dataclass(frozen=True)
class Fate:
    """What became of N pictures at an SNR.

    Attributes:
        harq: how they were sent again.
        accepted: whether each was, bool ``[N]``.
        survives: whether its answer does, bool ``[N]``.
        rounds, symbols: that it took, int64 ``[N]``.
    """

    harq: str
    accepted: np.ndarray
    survives: np.ndarray
    rounds: np.ndarray
    symbols: np.ndarray

    @classmethod
    def of(cls, sweep: SweepResults, clean: SweepResults) -> Fate:
        """Return that of a sweep at one SNR; ``clean`` is one without errors."""
        found = sweep.pictures
        return cls(
            str(sweep.configuration["harq"]),
            found["accepted"][0].astype(bool),
            np.asarray(found["answers"][0] == clean.pictures["answers"][0]),
            found["rounds"][0],
            found["symbols_sent"][0],
        )

    @property
    def outage(self) -> Estimate:
        """Share of accepted pictures whose answer does not survive."""
        return rate(self.accepted & ~self.survives, self.accepted)

    @property
    def goodput(self) -> float:
        """Accepted pictures whose answer survives, for each symbol."""
        return float((self.accepted & self.survives).sum() / self.symbols.sum())


Ways = Mapping[str, Fate]
"""By `WAYS`."""


@dataclass(frozen=True)
class HarqStudy:
    """Ways of asking again, side by side.

    Attributes:
        bench: runs the sweeps.
        needs: what K may be, ascending.
        rounds: transmissions at most.
        outage: of accepted pictures, at most.
    """

    bench: Bench
    needs: Sequence[int]
    rounds: int
    outage: float

    def run(self, snrs_db: Sequence[float]) -> str:
        """Measure at each SNR, and return a table of figures and one of gains as text."""
        clean, elsewhere = self._clean(), self._clean(seed=self._other_seed)
        found = {snr_db: self._ways(snr_db, clean, elsewhere) for snr_db in snrs_db}
        tables = [align(_figures(found)), "goodput of needed, above that of:", align(_gains(found))]
        text = "\n".join([self._said(len(clean.questions["text"])), *tables])
        write_atomically(self.bench.execution.out / "harq.txt", (text + "\n").encode())
        return text

    @property
    def _other_seed(self) -> int:
        return (self.bench.common.seed + _OTHERS) % 2**32

    def _clean(self, **changes: int) -> SweepResults:
        return self.bench.sweep(snr=f"{_CLEAN_DB:g}", channel="awgn", coherence="1", **changes)

    def _ways(self, snr_db: float, clean: SweepResults, elsewhere: SweepResults) -> Ways:
        need = self._need(snr_db, elsewhere)
        texts = {
            "whole": f"ir:rounds={self.rounds}",
            "lost": f"semantic:rounds={self.rounds}",
            "needed": self._needing(need),
            "drawn": f"{self._needing(need)},order=random",
        }
        return {way: self._fate(snr_db, text, clean) for way, text in texts.items()}

    def _need(self, snr_db: float, clean: SweepResults) -> int:
        """Return K as other pictures have it; the largest where none keeps to the outage."""
        seed = self._other_seed
        tried = {n: self._fate(snr_db, self._needing(n), clean, seed=seed) for n in self.needs}
        kept = {n: fate for n, fate in tried.items() if fate.outage.value <= self.outage}
        return max(kept, key=lambda n: kept[n].goodput, default=max(tried))

    def _needing(self, need: int) -> str:
        return f"semantic:need={need},rounds={self.rounds}"

    def _fate(self, snr_db: float, harq: str, clean: SweepResults, **changes: int) -> Fate:
        return Fate.of(self.bench.sweep(snr=f"{snr_db:g}", harq=harq, **changes), clean)

    def _said(self, pictures: int) -> str:
        return (
            f"{self.bench.common.codec}, {pictures} pictures, up to {self.rounds} rounds; K has "
            f"most goodput at an outage of {self.outage:g} at most on other pictures"
        )


def goodput_gain(better: Fate, other: Fate) -> Estimate:
    """Return by what share one goodput is above another, of the same pictures.

    The interval is the bootstrap's over pictures, the same ones drawn for both; NaN where the other
    is none.
    """
    pictures = len(better.accepted)
    weights = np.vstack([np.ones(pictures), resamples(pictures, _RESAMPLES, _SEED)])
    ours, theirs = (
        weights @ (one.accepted & one.survives) / (weights @ one.symbols) for one in (better, other)
    )
    if not theirs[0] > 0:
        return Estimate(np.nan, np.nan, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.where(theirs > 0, ours / theirs - 1, np.nan)
    low, high = percentiles(gains[1:])
    return Estimate(float(gains[0]), float(low), float(high))


def _figures(found: Mapping[float, Ways]) -> list[list[str]]:
    rows = [["Es/N0 dB", "asked for", "accepted", "outage", "rounds", "symbols", "goodput / 1000"]]
    for snr_db, ways in found.items():
        for way, fate in ways.items():
            estimates = rate(fate.accepted, 1.0), fate.outage, mean(fate.rounds), mean(fate.symbols)
            cells = [*map(format_estimate, estimates), f"{1000 * fate.goodput:.4f}"]
            rows.append([f"{snr_db:g}", _named(way, fate), *cells])
    return rows


def _named(way: str, fate: Fate) -> str:
    """Return a way's name, with K where it has one."""
    need = fate.harq.partition("need=")[2].partition(",")[0]
    return f"{way}, K = {need}" if need else way


def _gains(found: Mapping[float, Ways]) -> list[list[str]]:
    others = [way for way in WAYS if way != "needed"]
    rows = [["Es/N0 dB", *others]]
    for snr_db, ways in found.items():
        gains = [goodput_gain(ways["needed"], ways[way]) for way in others]
        rows.append([f"{snr_db:g}", *map(_as_share, gains)])
    return rows


def _as_share(gain: Estimate) -> str:
    if np.isnan(gain.value):
        return "nothing arrives there"
    return f"{gain.value:+.1%} [{gain.low:+.1%}, {gain.high:+.1%}]"
