"""What a simulation of the link alone found, and its HDF5 file.

Layout of the file, schema version 1 (open it with any HDF5 tool)::

    /                    attributes: schema, schema_version, linksim_version, configuration (JSON),
                         command, versions (JSON), processor
    /curves/N/           a code with a modulation, N = 0, 1, …; attributes: code, modulation,
                         demapper, channel, coherence, csi, engine, seed, message_bits, and for a
                         message blocks_per_message, bits_per_message (payload of its blocks, all
                         full), coded_bits_per_message, symbols_per_message (pilots among them);
                         information_bits_per_symbol; of nr transport_block_bits, the size of the
                         transport block that a message is; with --harq harq, and rounds, the
                         transmissions of a message at most; of a link with an outer loop delay,
                         step_db and messages_per_run, see `linksim.experiments.links.outer_loop`
    /curves/N/snr_db     float64 [P], Es/N0; ascending, and only those that were simulated
    /curves/N/ebno_db    float64 [P], Eb/N0 per information bit
    /curves/N/           int64 [P]: messages, blocks; bit_errors, raw_errors, block_errors, and of
                         each the sum of squares over messages, as in bit_errors_squared; of nr and
                         with --harq message_errors, messages (transport blocks) of which a code
                         block is wrong; with --harq these after each transmission, message_errors_1
                         and so on, all else after the last, but raw_errors of the first; of a link
                         with an outer loop runs, messages, symbols, message_errors and the sum of
                         their squares over runs alone
    /curves/N/NAME/      bler, ber, raw_ber; of nr and with --harq tb_bler, the block error rate of
                         transport blocks, and throughput, message bits that arrive for each
                         channel symbol; with --harq tb_bler_1 and so on, and transmissions of a
                         message, on average; where gains of a fading channel last over parts of a
                         block outage, see `linksim.experiments.links.outage`, and throughput:
                         value, low, high: float64 [P], with 95 % intervals

The clusters of all intervals are messages: what one message meets goes wrong together. Where a
message is one block, the BLER's interval is Clopper and Pearson's over blocks.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from linksim.experiments.faults import Fault
from linksim.experiments.links.outage import outage_of, spans_of
from linksim.experiments.results.estimates import Estimate, rate_from_sums
from linksim.experiments.results.hdf5 import Stored, open_stored, table_of
from linksim.experiments.results.parts import write_atomically
from linksim.phy import BlockCounts, HarqCounts

SCHEMA, SCHEMA_VERSION = "linksim.link", 1

RATES = {
    "bler": ("block_errors", "blocks_per_message"),
    "ber": ("bit_errors", "bits_per_message"),
    "raw_ber": ("raw_errors", "coded_bits_per_message"),
}
"""Errors over trials of each rate that every curve has."""

TB_BLER, THROUGHPUT, TRANSMISSIONS = "tb_bler", "throughput", "transmissions"
OUTAGE = "outage"

Tally = Counter[str]
"""Counts over messages at one SNR: messages, blocks, and of each kind of errors sum and squares."""


def tally(counts: BlockCounts | HarqCounts, blocks_per_message: int, whole: bool = False) -> Tally:
    """Add up what was counted in whole messages.

    Args:
        counts: block by block.
        blocks_per_message: blocks of a message.
        whole: whether messages count too, as transport blocks that are right or wrong.
    """
    by_transmission = counts.bit_errors.reshape(len(counts.bit_errors), -1)
    by_block = {
        "block_errors": by_transmission[:, -1] > 0,
        "bit_errors": by_transmission[:, -1],
        "raw_errors": counts.raw_errors,
    }
    blocks = len(by_transmission)
    sums = Counter(messages=blocks // blocks_per_message, blocks=blocks)
    for name, errors in by_block.items():
        by_message = errors.reshape(-1, blocks_per_message).sum(axis=1, dtype=np.int64)
        sums[name] = int(by_message.sum())
        sums[f"{name}_squared"] = int(np.square(by_message).sum())
    of_messages = by_transmission.reshape(-1, blocks_per_message, by_transmission.shape[1])
    wrong = np.asarray((of_messages > 0).any(axis=1))
    if whole:
        sums["message_errors"] = int(wrong[:, -1].sum())
    if isinstance(counts, HarqCounts):
        sums.update({f"message_errors_{n + 1}": int(e) for n, e in enumerate(wrong.sum(axis=0))})
    return sums


def estimate(counted: Tally, name: str, about: dict[str, Any]) -> Estimate:
    """Return a rate with its interval; ``about`` are the attributes of the curve."""
    if "delay" in about:
        return _of_runs(counted, name, about)
    if name == THROUGHPUT and "message_errors" not in counted:  # blocks are delivered one by one
        blocks = estimate(counted, "bler", about)
        return _throughput([blocks], float(about["information_bits_per_symbol"]))
    if name in _OF_MESSAGES:
        rounds = int(about.get("rounds", 1))
        failed = [estimate(counted, _after(n, rounds), about) for n in range(1, rounds + 1)]
        return _OF_MESSAGES[name](failed, float(about["information_bits_per_symbol"]))
    if name.startswith(TB_BLER):
        # Of a message there is one error at most to count, which is its own square.
        errors = counted[f"message_errors{name.removeprefix(TB_BLER)}"]
        return rate_from_sums(errors, errors, counted["messages"], 1)
    errors_of, trials = RATES[name]
    squares = counted[f"{errors_of}_squared"]
    return rate_from_sums(counted[errors_of], squares, counted["messages"], int(about[trials]))


def _of_runs(counted: Tally, name: str, about: dict[str, Any]) -> Estimate:
    """Return a rate of a link whose schemes change; the clusters are runs."""
    squares, each = counted["message_errors_squared"], int(about["messages_per_run"])
    failed = rate_from_sums(counted["message_errors"], squares, counted["runs"], each)
    if name == TB_BLER:
        return failed
    sent = int(about["message_bits"]) * counted["messages"] / counted["symbols"]
    return _throughput([failed], sent)


def _after(transmission: int, rounds: int) -> str:
    """Return the name of the rate of messages that have not come through by then."""
    return TB_BLER if transmission == rounds else f"{TB_BLER}_{transmission}"


def _throughput(failed: Sequence[Estimate], bits_per_symbol: float) -> Estimate:
    """Return message bits that arrive for each symbol, of the error rates by transmission.

    An end of the interval is where all error rates are at an end of theirs.
    """

    def at(rates: Sequence[float]) -> float:
        return bits_per_symbol * (1 - rates[-1]) / (1 + sum(rates[:-1]))

    value, low, high = ([getattr(e, part) for e in failed] for part in ("value", "high", "low"))
    return Estimate(at(value), at(low), at(high))


def _transmissions(failed: Sequence[Estimate], _: float) -> Estimate:
    """Return how often a message is sent on average; intervals as of `_throughput`."""
    ends = (1 + sum(getattr(e, part) for e in failed[:-1]) for part in ("value", "low", "high"))
    return Estimate(*ends)


_OF_MESSAGES = {TRANSMISSIONS: _transmissions, THROUGHPUT: _throughput}


def rates_of(about: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of what is estimated for a curve of these attributes."""
    if "delay" in about:
        return TB_BLER, THROUGHPUT
    rounds = int(about.get("rounds", 0))
    if rounds:
        after = (f"{TB_BLER}_{n}" for n in range(1, rounds + 1))
        return (*RATES, *after, TB_BLER, TRANSMISSIONS, THROUGHPUT)
    fading = (OUTAGE, THROUGHPUT) if spans_of(about) else ()
    block = (TB_BLER, THROUGHPUT) if "transport_block_bits" in about else ()
    return (*RATES, *dict.fromkeys((*block, *fading)))


def counted_names(about: dict[str, Any]) -> list[str]:
    """Return the names of what is counted for a curve."""
    if "delay" in about:
        return ["runs", "messages", "symbols", "message_errors", "message_errors_squared"]
    names = ["messages", "blocks"]
    names += [f"{errors}{kind}" for errors, _ in RATES.values() for kind in ("", "_squared")]
    of_messages = (name for name in rates_of(about) if name.startswith(TB_BLER))
    return [*names, *(f"message_errors{name.removeprefix(TB_BLER)}" for name in of_messages)]


@dataclass(frozen=True)
class Curve:
    """A code with a modulation at some SNRs; see the layout above."""

    about: dict[str, Any]
    snr_db: np.ndarray
    ebno_db: np.ndarray
    tallies: list[Tally]

    def rate(self, name: str) -> list[Estimate]:
        """Return the estimate of a rate at each SNR."""
        if name == OUTAGE:
            return [outage_of(self.about, float(snr_db)) for snr_db in self.snr_db]
        return [estimate(counted, name, self.about) for counted in self.tallies]

    def save(self, group: h5py.Group) -> None:
        group.attrs.update(self.about)
        group["snr_db"], group["ebno_db"] = self.snr_db, self.ebno_db
        for name in self.tallies[0]:
            group[name] = np.array([counted[name] for counted in self.tallies], dtype=np.int64)
        for name in rates_of(self.about):
            for part in ("value", "low", "high"):
                group[f"{name}/{part}"] = [getattr(e, part) for e in self.rate(name)]

    @classmethod
    def load(cls, group: Stored) -> Curve:
        axes = group.arrays({"snr_db": "number", "ebno_db": "number"}, [None])
        points = len(axes["snr_db"])
        about = group.attributes()
        counted = group.arrays(dict.fromkeys(counted_names(about), "count"), [points])
        tallies = [
            Counter({name: int(values[point]) for name, values in counted.items()})
            for point in range(points)
        ]
        return cls(about, **axes, tallies=tallies)


@dataclass(frozen=True)
class LinkResults:
    """Everything that a simulation of the link found."""

    attributes: dict[str, Any]
    curves: list[Curve]

    def __repr__(self) -> str:
        return f"<results of {len(self.curves)} curves of links>"

    @property
    def configuration(self) -> dict[str, Any]:
        """The options that it was made with, by the names of `LinkConfiguration`."""
        options: dict[str, Any] = json.loads(self.attributes["configuration"])
        return options

    def save(self, path: Path) -> None:
        """Write the file whole or not at all. Equal results give equal bytes."""
        buffer = io.BytesIO()
        with h5py.File(buffer, "w", libver="earliest") as file:
            file.attrs.update({"schema": SCHEMA, "schema_version": SCHEMA_VERSION})
            file.attrs.update(self.attributes)
            for number, curve in enumerate(self.curves):
                curve.save(file.create_group(f"curves/{number}"))
        write_atomically(path, buffer.getvalue())


def is_link_file(path: Path) -> bool:
    """Return whether a file says that it holds results of ``linksim link``.

    Raises:
        Fault: if it can't be read.
    """
    with open_stored(path, "results") as root:
        return bool(root.attributes().get("schema") == SCHEMA)


def load_link_results(path: Path) -> LinkResults:
    """Read the file of a simulation.

    Raises:
        Fault: if it is none, or of another schema version.
    """
    with open_stored(path, "link results") as root:
        attributes = root.attributes()
        schema = attributes.pop("schema", None), attributes.pop("schema_version", None)
        if schema != (SCHEMA, SCHEMA_VERSION):
            raise Fault(f"{path}: no link results of schema version {SCHEMA_VERSION}")
        table_of(attributes.get("configuration"))
        curves = root.group("curves")
        return LinkResults(attributes, [Curve.load(curves.group(n)) for n in curves.numbered()])
