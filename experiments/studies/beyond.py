"""What linksim's own link gains over the paper's receiver, each idea alone and all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linksim.experiments.report.plots import plot_methods
from linksim.experiments.report.tables import format_count, format_estimate
from linksim.experiments.results.comparison import gain_db, match_rates, matches, needed_db
from linksim.experiments.results.metrics import ANSWER_MATCH, RELEVANCE
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.text_out import align
from linksim.phy import CodeSpec

SHARE = 0.9
"""The share of the clean channel's answer match that is to be reached."""

CLEAN_DB = 100.0

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
        return UNCODED if CodeSpec.parse(self.code).family.uncoded else CODED


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
    clean = bench.sweep(**_PLAIN, code="none", channel="awgn", snr=f"{CLEAN_DB:g}")
    target = SHARE * float(matches(clean, CLEAN_DB).mean())
    rows = [["link", "receiver", "symbols", "needs dB", "gains dB over plain"]]
    for condition in CONDITIONS:
        results = _measured(bench, condition)
        plain = results["plain"]
        for label, found in results.items():
            needs = needed_db(found.snr_db, match_rates(found), target)
            gains = "" if found is plain else format_estimate(gain_db(plain, found, target))
            symbols = format_count(found.attributes["symbols_per_picture"])
            rows.append([condition.name, label, symbols, f"{needs:.2f}", gains])
        for curve in (ANSWER_MATCH, RELEVANCE):
            name = condition.name.replace(", ", "-").replace(" ", "-").replace("/", "")
            path = bench.execution.out / f"beyond-{name}-{curve}.png"
            plot_methods(results, curve, f"{condition.name}: {curve.replace('_', ' ')}", path)
    text = "\n".join(
        [
            f"SNR for an answer match of {target:.3f}, {SHARE:.0%} of the clean channel's, over "
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
