"""What a sweep found, and its HDF5 file.

Layout of the file, schema version 2 (open it with any HDF5 tool)::

    /                    attributes: schema, schema_version, linksim_version, configuration (JSON),
                         command, versions (JSON), ssim; engine, the one that auto chose; of the
                         costs below the means over pictures, as in symbols_per_picture; and
                         information_bits_per_symbol, bits of all pictures over their symbols
    /snr_db              float64 [P], Es/N0
    /ebno_db             float64 [P], Eb/N0 per information bit; NaN without bits
    /curves/NAME/        value, low, high: float64 [P], with 95 % intervals; NaN where a link has
                         nothing of the kind
    /pictures/NAME       [P, N]: each figure for each picture at each SNR; answers as text; streams
                         alone have packets_lost (CRC failed), and units_lost (not whole and right)
    /costs/NAME          int64 [N]: what each picture costs: bits of its message; indices, which
                         are codeword indices or bytes; blocks, which are code blocks or packets;
                         coded_bits; symbols, pilots among them; units of a stream. Zeros for what
                         a link does not know: a codec that makes symbols has these alone
    /questions/          text, family, truth, name, wanted: [N]; wanted answers the original
    /shown/              original uint8 [S, H, W, 3], received uint8 [P, S, H, W, 3]
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from linksim.experiments.faults import Fault
from linksim.experiments.parts import write_atomically
from linksim.experiments.statistics import Estimate, mean, rate

SCHEMA, SCHEMA_VERSION = "linksim.sweep", 2

CURVES: dict[str, str] = {
    "raw_ber": "raw BER",
    "ber": "BER",
    "bler": "BLER",
    "index_error_rate": "index error rate",
    "packet_loss": "packet loss rate",
    "units_lost": "units lost",
    "bpp": "bits per pixel",
    "symbols": "channel symbols",
    "answer_match": "answer match",
    "accuracy": "answer accuracy",
    "relevance": "relevance loss",
    "psnr": "PSNR (dB)",
    "ssim": "SSIM",
}
"""The curves of a sweep, in the order in which tables and plots show them."""

COSTS = ("bits", "indices", "blocks", "coded_bits", "symbols", "units")
"""What is known of each picture's costs, see `linksim.link.Accounting`."""

_RATES = {
    "raw_ber": ("raw_errors", "coded_bits"),
    "ber": ("bit_errors", "bits"),
    "bler": ("block_errors", "blocks"),
    "index_error_rate": ("index_errors", "indices"),
    "packet_loss": ("packets_lost", "blocks"),
    "units_lost": ("units_lost", "units"),
}
"""Errors over trials of each rate; messages that are no streams lose neither packets nor units."""

_GROUPS = ("pictures", "questions", "shown", "costs")
_UNKNOWN = Estimate(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class SweepResults:
    """Everything a sweep found, as its file holds it; see the layout above."""

    attributes: dict[str, Any]
    snr_db: np.ndarray
    ebno_db: np.ndarray
    pictures: dict[str, np.ndarray]
    questions: dict[str, np.ndarray]
    shown: dict[str, np.ndarray]
    costs: dict[str, np.ndarray]

    @property
    def of_streams(self) -> bool:
        """Whether messages had lengths of their own."""
        return bool(self.costs["units"].any())

    def curve(self, name: str) -> list[Estimate]:
        """Return the estimate of a curve at each SNR."""
        return [self._estimate(name, point) for point in range(len(self.snr_db))]

    def _estimate(self, name: str, point: int) -> Estimate:
        pictures = self.pictures
        if name in _RATES:
            errors, trials = _RATES[name]
            known_errors = errors in pictures
            return rate(pictures[errors][point], self.costs[trials]) if known_errors else _UNKNOWN
        if name in ("bpp", "symbols"):
            return self._cost(name)
        if name == "answer_match":
            return rate(pictures["answers"][point] == self.questions["wanted"], 1.0)
        if name == "accuracy":
            known = self.questions["truth"] != ""
            right = pictures["answers"][point] == self.questions["truth"]
            return rate(right[known], 1.0)
        return mean(pictures[name][point])

    def _cost(self, name: str) -> Estimate:
        if name == "symbols":
            return mean(self.costs["symbols"])
        pixels = int(np.prod(self.shown["original"].shape[1:3]))
        return mean(self.costs["bits"] / pixels) if self.costs["bits"].any() else _UNKNOWN

    def save(self, path: Path) -> None:
        """Write the file whole or not at all. Equal results give equal bytes."""
        buffer = io.BytesIO()
        with h5py.File(buffer, "w", libver="earliest") as file:
            file.attrs.update({"schema": SCHEMA, "schema_version": SCHEMA_VERSION})
            file.attrs.update(self.attributes)
            file["snr_db"], file["ebno_db"] = self.snr_db, self.ebno_db
            for name in CURVES:
                estimates = self.curve(name)
                for part in ("value", "low", "high"):
                    file[f"curves/{name}/{part}"] = [getattr(e, part) for e in estimates]
            for group in _GROUPS:
                for name, values in getattr(self, group).items():
                    text = values.dtype.kind == "U"
                    file[f"{group}/{name}"] = values.astype(h5py.string_dtype()) if text else values
        write_atomically(path, buffer.getvalue())


def load_results(path: Path) -> SweepResults:
    """Read a sweep's file.

    Raises:
        Fault: if it is none, or of another schema version.
    """
    try:
        with h5py.File(path, "r") as file:
            attributes = dict(file.attrs)
            schema = attributes.pop("schema", None), attributes.pop("schema_version", None)
            if schema != (SCHEMA, SCHEMA_VERSION):
                raise Fault(f"{path}: not a sweep of schema version {SCHEMA_VERSION}")
            groups = {
                group: {name: stored_array(stored) for name, stored in file[group].items()}
                for group in _GROUPS
            }
            return SweepResults(attributes, file["snr_db"][:], file["ebno_db"][:], **groups)
    except (OSError, KeyError, AttributeError) as error:
        raise Fault(f"{path}: can't be read as results of a sweep ({error})") from None


def stored_array(stored: h5py.Dataset) -> np.ndarray:
    """Read a dataset.

    Raises:
        Fault: if it claims to be larger than its file.
    """
    if stored.nbytes > stored.file.id.get_filesize():  # linksim writes nothing compressed
        raise Fault(f"{stored.file.filename}: {stored.name} claims more than the file holds")
    text = h5py.check_string_dtype(stored.dtype) is not None
    return np.asarray(stored.asstr()[...], dtype=np.str_) if text else np.asarray(stored[...])


def versions() -> str:
    """Return the versions of what computed the results, as JSON."""
    from importlib.metadata import PackageNotFoundError, version

    names = (
        "numpy",
        "numba",
        "torch",
        "tensorflow",
        "sionna-no-rt",
        "open_clip_torch",
        "transformers",
    )
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return json.dumps(found, sort_keys=True)
