"""What a codec shows when errors are put straight into its messages, without any link.

Layout of ``injected.h5``, schema ``linksim.injected``, version 1::

    /                   attributes: schema, schema_version, linksim_version, configuration (JSON),
                        command, versions (JSON), inputs (JSON)
    /kind               [L]: what went wrong by itself, ``index`` or ``bit``
    /probability        float64 [L]: of each index (or bit) to go wrong
    /pictures/NAME      [L, N]: index_errors and bit_errors (int64), psnr (infinite
                        where lossless), ssim, relevance (float32), answers (text) of each picture
    /costs/NAME         int64 [N]: bits and indices of each picture's message
    /questions/NAME     [N]: text, wanted (the answer to the original)
    /curves/NAME/       value, low, high: float64 [L], as in a sweep's results
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import h5py
import numpy as np

from linksim.experiments.configuration import Configuration
from linksim.experiments.faults import Fault
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.fidelity import AVERAGES, PSNR, uncapped
from linksim.experiments.results.hdf5 import as_stored, open_stored, table_of
from linksim.experiments.results.metrics import (
    ANSWER_MATCH,
    BER,
    INDEX_ERRORS,
    METRICS,
    RELEVANCE,
    SCORED,
    SSIM,
    Sent,
)
from linksim.experiments.results.parts import differing, write_atomically
from linksim.experiments.results.sweeps import versions

SCHEMA, SCHEMA_VERSION = "linksim.injected", 1
FIGURES = {
    **dict.fromkeys(("index_errors", "bit_errors"), "count"),
    **dict.fromkeys(SCORED, "number"),
    "answers": "text",
}
"""What is known of each picture at each level, and its kind; see `Stored.array`."""

CURVES = (BER, INDEX_ERRORS, ANSWER_MATCH, RELEVANCE, *AVERAGES, SSIM)
_GROUPS = ("pictures", "costs", "questions")
COSTS, QUESTIONS = ("bits", "indices"), ("text", "wanted")


@dataclass(frozen=True)
class InjectedConfiguration(Configuration):
    """What the figures of injected errors depend on."""

    COMMAND = "study relevance-vs-errors"

    codec: str
    errors: str
    images: int
    scenes: str
    preset: str
    models: str | None
    seed: int


@dataclass(frozen=True)
class Injected:
    """Everything that was found, as its file holds it; see the layout above."""

    configuration: InjectedConfiguration
    kind: np.ndarray
    probability: np.ndarray
    pictures: dict[str, np.ndarray]
    costs: dict[str, np.ndarray]
    questions: dict[str, np.ndarray]
    inputs: Mapping[str, str] = field(default_factory=dict)

    def curve(self, name: str) -> list[Estimate]:
        """Return the estimate of one of `CURVES` at each level of errors."""
        return self._curves[name]

    @cached_property
    def _curves(self) -> dict[str, list[Estimate]]:
        levels = range(len(self.kind))
        sent = [self._sent(level) for level in levels]
        return {name: [METRICS[name].estimate(one) for one in sent] for name in CURVES}

    def _sent(self, level: int) -> Sent:
        figures = {name: values[level] for name, values in self.pictures.items()}
        return Sent(figures, self.costs, self.questions, self.costs)

    def save(self, path: Path) -> None:
        """Write the file whole or not at all. Equal results give equal bytes."""
        buffer = io.BytesIO()
        with h5py.File(buffer, "w", libver="earliest") as file:
            file.attrs.update({"schema": SCHEMA, "schema_version": SCHEMA_VERSION})
            file.attrs["linksim_version"] = version("semantic-linksim")
            file.attrs["configuration"] = self.configuration.to_json()
            file.attrs["command"] = self.configuration.command()
            file.attrs["versions"] = versions()
            file.attrs["inputs"] = json.dumps(self.inputs, sort_keys=True)
            file["kind"] = as_stored(self.kind)
            file["probability"] = as_stored(self.probability)
            for group in _GROUPS:
                for name, values in getattr(self, group).items():
                    file[f"{group}/{name}"] = as_stored(values)
            for name in CURVES:
                for part in ("value", "low", "high"):
                    file[f"curves/{name}/{part}"] = [getattr(e, part) for e in self.curve(name)]
        write_atomically(path, buffer.getvalue())


def load_injected(
    path: Path, configuration: InjectedConfiguration, inputs: Mapping[str, str]
) -> Injected:
    """Read a file.

    Raises:
        Fault: if it is none, or was made with other options or of other inputs.
    """
    with open_stored(path, "injected errors") as root:
        about = root.attributes()
        if (about.get("schema"), about.get("schema_version")) != (SCHEMA, SCHEMA_VERSION):
            raise Fault(f"{path}: no {SCHEMA} file of version {SCHEMA_VERSION}")
        if about.get("configuration") != configuration.to_json():
            raise Fault(
                f"--out {path.parent.parent}: {path.parent.name} was measured with other "
                "options; give another folder"
            )
        begun = table_of(about.get("inputs", "{}"))  # nothing in files of before
        if begun and (others := differing(begun, inputs)):
            raise Fault(
                f"--out {path.parent.parent}: {path.parent.name} was measured with other contents "
                f"of: {others}; give another folder"
            )
        levels = root.arrays({"kind": "text", "probability": "number"}, [None])
        costs = root.group("costs").arrays(dict.fromkeys(COSTS, "count"), [None])
        shape = len(levels["kind"]), len(costs["bits"])
        pictures = root.group("pictures").arrays(FIGURES, shape)
        pictures[PSNR] = uncapped(pictures[PSNR])
        return Injected(
            configuration,
            **levels,
            pictures=pictures,
            costs=costs,
            questions=root.group("questions").arrays(dict.fromkeys(QUESTIONS, "text"), shape[1:]),
            inputs=begun,
        )
