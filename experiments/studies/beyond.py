"""What linksim's own link gains over the paper's receiver, each idea alone and all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from linksim.experiments.parts import write_atomically
from linksim.experiments.plots import plot_methods
from linksim.experiments.results import SweepResults
from linksim.experiments.statistics import CONFIDENCE, Estimate
from linksim.experiments.studies.sweeps import Bench, matches
from linksim.experiments.tables import align, format_count, format_estimate

_SHARE = 0.9  # of the clean channel's answer match, which is to be reached
_RESAMPLED = 1000
_CLEAN_DB = 100.0

_PLAIN = {"codec": "uo_isc:index-assignment=natural"}
_TOKENS = "uo_isc:tokens=40"

CODED: dict[str, dict[str, str]] = {
    "plain": _PLAIN,
    "soft receiver": {**_PLAIN, "receiver": "soft"},
    "index assignment": {"codec": "uo_isc"},
    "unequal protection": {**_PLAIN, "protect": "strong=17/50,weak=2/3"},
    "query-driven rate": {"codec": f"{_TOKENS},index-assignment=natural", "code": "ldpc:rate=1/3"},
    "all together": {
        "codec": _TOKENS,
        "receiver": "soft",
        "protect": "mask=1/4,strong=1/4,weak=2/5",
    },
}
"""What is compared over LDPC, by name; none takes more symbols than the plain receiver."""

UNCODED: dict[str, dict[str, str]] = {
    "plain": _PLAIN,
    "soft receiver": {**_PLAIN, "receiver": "soft"},
    "index assignment": {"codec": "uo_isc"},
    "all together": {"codec": "uo_isc", "receiver": "soft"},
}
"""What is compared without a code, where there is nothing to protect unequally with."""


@dataclass(frozen=True)
class Condition:
    """A code and a channel, and the SNRs around which pictures break over them."""

    name: str
    code: str
    channel: str
    snr: str

    @property
    def receivers(self) -> dict[str, dict[str, str]]:
        return UNCODED if self.code == "none" else CODED


CONDITIONS = (
    Condition("uncoded, AWGN", "none", "awgn", "0:16:2"),
    Condition("uncoded, Rayleigh", "none", "rayleigh", "4:28:3"),
    Condition("LDPC 1/2, AWGN", "ldpc:rate=1/2", "awgn", "0:8:1"),
    Condition("LDPC 1/2, Rayleigh", "ldpc:rate=1/2", "rayleigh", "2:14:1.5"),
)


def run_beyond(bench: Bench) -> str:
    """Measure every receiver under every condition; return a table of what each gains.

    Writes for each condition the curves of answer match and relevance loss as pictures.
    """
    clean = bench.sweep(**_PLAIN, code="none", channel="awgn", snr=f"{_CLEAN_DB:g}")
    target = _SHARE * float(matches(clean, _CLEAN_DB).mean())
    rows = [["link", "receiver", "symbols", "needs dB", "gains dB over plain"]]
    for condition in CONDITIONS:
        results = _measured(bench, condition)
        plain = results["plain"]
        for label, found in results.items():
            needs = needed_db(found.snr_db, _table(found).mean(axis=1), target)
            gains = "" if found is plain else format_estimate(gain_db(plain, found, target))
            symbols = format_count(found.attributes["symbols_per_picture"])
            rows.append([condition.name, label, symbols, f"{needs:.2f}", gains])
        for curve in ("answer_match", "relevance"):
            name = condition.name.replace(", ", "-").replace(" ", "-").replace("/", "")
            path = bench.execution.out / f"beyond-{name}-{curve}.png"
            plot_methods(results, curve, f"{condition.name}: {curve.replace('_', ' ')}", path)
    text = "\n".join(
        [
            f"SNR for an answer match of {target:.3f}, {_SHARE:.0%} of the clean channel's, over "
            f"{len(clean.questions['text'])} questions",
            align(rows),
        ]
    )
    write_atomically(bench.execution.out / "beyond.txt", (text + "\n").encode())
    return text


def _measured(bench: Bench, condition: Condition) -> dict[str, SweepResults]:
    link = {"code": condition.code, "channel": condition.channel, "snr": condition.snr}
    receivers: Mapping[str, Mapping[str, Any]] = condition.receivers
    return {label: bench.sweep(**{**link, **changes}) for label, changes in receivers.items()}


def gain_db(plain: SweepResults, other: SweepResults, target: float) -> Estimate:
    """Return by how many dB less SNR the other reaches an answer match.

    The interval is the bootstrap's (Efron 1979): questions are drawn again, the same ones for both.
    """
    tables = [(found.snr_db, _table(found)) for found in (plain, other)]
    questions = tables[0][1].shape[1]
    rng = np.random.default_rng(1)
    gains = []
    for number in range(_RESAMPLED + 1):
        drawn = rng.integers(questions, size=questions) if number else np.arange(questions)
        needs = [needed_db(snr, table[:, drawn].mean(axis=1), target) for snr, table in tables]
        gains.append(needs[0] - needs[1])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(gains[1:], [tail, 1 - tail])
    return Estimate(gains[0], float(low), float(high))


def needed_db(snr_db: np.ndarray, rates: np.ndarray, target: float) -> float:
    """Return the SNR from which on a rate stays at or above a target; NaN if it never does.

    Between points it is taken to run straight.

    >>> needed_db(np.array([0.0, 1.0, 2.0]), np.array([0.2, 0.4, 0.8]), 0.6)
    1.5
    """
    below = np.nonzero(rates < target)[0]
    if not len(below):
        return float(snr_db[0])
    last = int(below[-1])
    if last + 1 == len(rates):
        return float("nan")
    share = (target - rates[last]) / (rates[last + 1] - rates[last])
    return float(snr_db[last] + share * (snr_db[last + 1] - snr_db[last]))


def _table(results: SweepResults) -> np.ndarray:
    """Return which questions are answered as for the original at each SNR, bool ``[P, N]``."""
    answers: np.ndarray = results.pictures["answers"] == results.questions["wanted"]
    return answers
