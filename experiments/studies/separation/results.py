"""What a study of separate coding found, and its HDF5 file.

Layout, schema version 1 (N pictures, P SNRs)::

    /                 attributes: schema, schema_version, linksim_version, command, configuration,
                      inputs (JSON), versions (JSON)
    snr_db            float64 [P], Es/N0
    names             [N], text; sizes int64 [N, 2], height and width; symbols int64 [N]
    methods/000/      a method; 001, 002, …: attributes label, kind, codec, scheme
        psnr, ms_ssim float64 [P, N]; ms_ssim is NaN below 161 pixels a side
        psnr_y, ms_ssim_y, lpips, dists
                      the same, where --metrics asked for them
        chosen        [P], text: the scheme that an envelope took; empty of other kinds
        bits          int64 [P, N]: of each message; 0 of symbols
        efficiency    float64 [P]: information bits per symbol; NaN of symbols

Kinds: ``scheme`` (a fixed one, sent over the link), ``envelope`` (of these the one chosen at each
SNR), ``informed`` (the one chosen for each picture by the gain that it meets, where that stays the
same for a picture), ``threshold`` (as if rates had no steps), ``constellation`` and ``capacity``
(ideal codes), ``symbols`` (codecs that make symbols, sent over the channel).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from linksim.experiments.configuration import ASKED_METRICS
from linksim.experiments.faults import Fault
from linksim.experiments.results.estimates import Estimate, mean
from linksim.experiments.results.hdf5 import Stored, as_stored, open_stored
from linksim.experiments.results.parts import write_atomically
from linksim.experiments.studies.separation.pictures import METRICS

SCHEMA, SCHEMA_VERSION = "linksim.separation", 1


@dataclass(frozen=True)
class Method:
    """A way to send the pictures.

    Attributes:
        label: for people.
        kind: see the head of this module.
        codec: the source codec.
        quality: `METRICS`, and those that were asked for, by name, float64 ``[P, N]``.
        bits: of each message, int64 ``[P, N]``.
        efficiency: information bits per symbol, float64 ``[P]``.
        chosen: the scheme at each SNR, of an envelope.
    """

    label: str
    kind: str
    codec: str
    quality: dict[str, np.ndarray]
    bits: np.ndarray
    efficiency: np.ndarray
    chosen: list[str] = field(default_factory=list)

    def estimates(self, metric: str) -> list[Estimate]:
        """Return the mean over pictures at each SNR, with its 95 % interval."""
        return [mean(row) for row in self.quality[metric]]

    def means(self, metric: str) -> np.ndarray:
        """Return the mean over pictures at each SNR, float64 ``[P]``."""
        return np.array([one.value for one in self.estimates(metric)])


@dataclass(frozen=True)
class Separation:
    """Everything that a study found; see the layout above."""

    attributes: dict[str, str]
    snr_db: np.ndarray
    names: list[str]
    sizes: np.ndarray
    symbols: np.ndarray
    methods: list[Method]

    def of_kind(self, kind: str, codec: str = "") -> list[Method]:
        """Return the methods of a kind, of one codec where one is given."""
        return [m for m in self.methods if m.kind == kind and codec in ("", m.codec)]

    def knows(self, metric: str) -> bool:
        """Say whether a metric is known of any picture by any method."""
        known = (method.quality[metric] for method in self.methods if metric in method.quality)
        return any(np.isfinite(values).any() for values in known)

    @property
    def codecs(self) -> list[str]:
        """The codecs of files, in their order."""
        return list(dict.fromkeys(m.codec for m in self.of_kind("envelope")))

    @classmethod
    def load(cls, path: Path) -> Separation:
        """Read a file.

        Raises:
            Fault: if it is none.
        """
        with open_stored(path, "a study of separate coding") as file:
            attributes = {name: str(value) for name, value in file.attributes().items()}
            if attributes.get("schema") != SCHEMA:
                raise Fault(f"{path}: holds no study of separate coding")
            if attributes.pop("schema_version") != str(SCHEMA_VERSION):
                raise Fault(f"{path}: is of another version of linksim; measure again")
            snr_db, names = (
                file.array("snr_db", "number", [None]),
                file.array("names", "text", [None]),
            )
            sizes = file.array("sizes", "count", [len(names), 2])
            symbols = file.array("symbols", "count", [len(names)])
            stored = file.group("methods")
            shape = [len(snr_db), len(names)]
            methods = [_method(stored.group(number), shape) for number in stored.numbered()]
        return cls(attributes, snr_db, list(map(str, names)), sizes, symbols, methods)

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all."""
        buffer = io.BytesIO()
        with h5py.File(buffer, "w", libver="earliest") as file:
            file.attrs.update({"schema": SCHEMA, "schema_version": SCHEMA_VERSION})
            file.attrs.update(self.attributes)
            file["snr_db"], file["sizes"], file["symbols"] = self.snr_db, self.sizes, self.symbols
            file["names"] = as_stored(np.array(self.names, dtype=np.str_))
            for number, method in enumerate(self.methods):
                group = file.create_group(f"methods/{number:03d}")
                group.attrs.update({n: getattr(method, n) for n in ("label", "kind", "codec")})
                for name, values in method.quality.items():
                    group[name] = values
                group["bits"], group["efficiency"] = method.bits, method.efficiency
                chosen = method.chosen or [""] * len(self.snr_db)
                group["chosen"] = as_stored(np.array(chosen, dtype=np.str_))
        write_atomically(path, buffer.getvalue())


def _method(stored: Stored, shape: list[int]) -> Method:
    about = stored.attributes()
    label, kind, codec = (str(about.get(name, "")) for name in ("label", "kind", "codec"))
    asked = [name for name in ASKED_METRICS if name in set(stored)]
    quality = stored.arrays(dict.fromkeys((*METRICS, *asked), "number"), shape)
    chosen = list(map(str, stored.array("chosen", "text", shape[:1])))
    bits = stored.array("bits", "count", shape)
    efficiency = stored.array("efficiency", "number", shape[:1])
    return Method(label, kind, codec, quality, bits, efficiency, chosen if any(chosen) else [])
