"""What sweeps found, and their HDF5 file.

Layout of the file, schema version 3 (open it with any HDF5 tool)::

    /                    attributes: schema, schema_version, linksim_version, command, versions
                         (JSON)
    /sweeps/000/         a sweep; 001, 002, … are more of the same pictures and questions
        attributes       label, which tells it from the others; configuration (JSON); ssim;
                         engine, the one that auto chose; of the costs below the means over
                         pictures, as in symbols_per_picture; information_bits_per_symbol,
                         bits of all pictures over their symbols; and inputs, digests of the
                         pictures, questions and models that were read (JSON; not in older files);
                         and sender_knows, where the sender is told of the channel: mean SNR
        snr_db           float64 [P], Es/N0
        ebno_db          float64 [P], Eb/N0 per information bit; NaN without bits
        curves/NAME/     value, low, high: float64 [P], with 95 % intervals; NaN where a link has
                         nothing of the kind
        counted          int64 [P]: how many pictures were measured at each SNR, from the first on;
                         beyond them the arrays of pictures hold zeros, NaN and empty texts
        pictures/NAME    [P, N]: each figure for each picture at each SNR; answers as text; psnr is
                         infinite where a picture is lossless (100 in older files); streams alone
                         have packets_lost (CRC failed), and units_lost (not whole and right);
                         with --harq symbols_sent, channel symbols of all transmissions, rounds
                         in which something was sent, and accepted: 1 where the receiver got what
                         it asked for (the last two not in older files);
                         sweeps with --machine-tasks have what models found, as text: detection,
                         segmentation (`experiments/results/finds.py`), classification; those with
                         --metrics what was asked for: psnr_y, ms_ssim_y, lpips, dists
        costs/NAME       int64 [N]: what each picture costs: bits of its message; indices, which
                         are codeword indices or bytes; blocks, which are code blocks or packets;
                         coded_bits; symbols, pilots among them; units of a stream. Zeros for what
                         a link does not know: a codec that makes symbols has these alone. Sweeps
                         with --size or --cbr have pixels, too
        questions/       text, family, truth, name, wanted: [N]; wanted answers the original. Where
                         the configuration's judge is none, wanted and answers are empty, and
                         relevance is NaN; a file without judge is LLaVA's. With --machine-tasks
                         also things, what is in the original, as text
        shown/           original uint8 [S, H, W, 3], received uint8 [P, S, H, W, 3]; pictures of
                         several sizes in the upper left corner, large ones reduced

Text in arrays is UTF-8 in fields of one length, padded with zeros.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from linksim.experiments.configuration import (
    ASKED_METRICS,
    DETECTION,
    MACHINE_TASKS,
    SEGMENTATION,
)
from linksim.experiments.faults import Fault
from linksim.experiments.results.estimates import Estimate
from linksim.experiments.results.fidelity import PSNR, uncapped
from linksim.experiments.results.finds import found_in, truth_in
from linksim.experiments.results.hdf5 import Stored, as_stored, json_of, open_stored
from linksim.experiments.results.metrics import (
    MACHINES,
    METRICS,
    SCORED,
    THINGS,
    UNKNOWN,
    Metric,
    Sent,
)
from linksim.experiments.results.parts import write_atomically
from linksim.phy.arithmetic import ARITHMETIC
from linksim.source.judge import LLAVA, NOBODY

SCHEMA, SCHEMA_VERSION = "linksim.sweep", 3

COSTS = ("bits", "indices", "blocks", "coded_bits", "symbols", "units")
"""What is known of each picture's costs, see `linksim.link.Accounting`."""

PIXELS = "pixels"
"""Of each picture, among the costs of sweeps whose pictures have sizes of their own."""

SHARED = ("linksim_version", "command", "versions")
"""Attributes that all sweeps of a file have in common; ``command`` makes all of them again."""

_GROUPS = ("pictures", "questions", "shown", "costs")
_QUESTIONS = ("text", "family", "truth", "name", "wanted")
_FIGURES = {
    **dict.fromkeys(("bit_errors", "block_errors", "raw_errors", "index_errors"), "count"),
    **dict.fromkeys(SCORED, "number"),
    "answers": "text",
}
_SOME = ("packets_lost", "units_lost", "symbols_sent", "rounds", "accepted")
_OPTIONAL = {
    **dict.fromkeys(_SOME, "count"),
    **dict.fromkeys(MACHINE_TASKS, "text"),
    **dict.fromkeys(ASKED_METRICS, "number"),
}
"""Figures that some sweeps have."""
_TEXTS = (*SHARED, "configuration", "engine", "ssim")
_NUMBERS = ("bits_per_picture", "symbols_per_picture", "information_bits_per_symbol")


@dataclass(frozen=True)
class SweepResults:
    """Everything a sweep found, as its file holds it; see the layout above.

    Its attributes are those of its group, but for the label, with the file's in `SHARED`.
    """

    attributes: dict[str, Any]
    snr_db: np.ndarray
    ebno_db: np.ndarray
    pictures: dict[str, np.ndarray]
    questions: dict[str, np.ndarray]
    shown: dict[str, np.ndarray]
    costs: dict[str, np.ndarray]
    counted: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        if not len(self.counted):  # not given: all pictures, at every SNR
            every = np.full(len(self.snr_db), len(self.questions["wanted"]))
            object.__setattr__(self, "counted", every)

    def __repr__(self) -> str:
        about, low, high = self.configuration, self.snr_db.min(), self.snr_db.max()
        over = ", ".join(str(about[name]) for name in ("code", "modulation", "channel"))
        return (
            f"<sweep of {about['codec']} over {over}: {len(self.questions['wanted'])} pictures at "
            f"{len(self.snr_db)} SNRs from {low:g} to {high:g} dB>"
        )

    @property
    def of_streams(self) -> bool:
        """Whether messages had lengths of their own."""
        return bool(self.costs["units"].any())

    @property
    def configuration(self) -> dict[str, Any]:
        """The options that it was made with, by the names of `SweepConfiguration`.

        Older files name no judge: there was LLaVA alone.
        """
        options: dict[str, Any] = json.loads(self.attributes.get("configuration", "{}"))
        return {"judge": LLAVA, **options}

    @property
    def judged(self) -> bool:
        """Whether anybody answered the questions; else answers are empty, and states unknown."""
        return bool(self.configuration["judge"] != NOBODY)

    @property
    def machine_tasks(self) -> list[str]:
        """The tasks that models did on received pictures."""
        return [task for task in MACHINE_TASKS if task in self.pictures]

    @property
    def inputs(self) -> dict[str, Any]:
        """Digests of what was read, see `linksim.experiments.data.inputs`; none in older files."""
        found = json.loads(self.attributes.get("inputs", "{}"))
        return found if isinstance(found, dict) else {}

    @property
    def versions(self) -> dict[str, Any]:
        """The versions of what computed them, by package."""
        found: dict[str, Any] = json.loads(self.attributes["versions"])
        return found

    def axis_db(self, ebno: bool) -> np.ndarray:
        """Return Eb/N0 per information bit, or Es/N0, of each point."""
        return self.ebno_db if ebno else self.snr_db

    def curve(self, name: str) -> list[Estimate]:
        """Return the estimate of one of `METRICS` at each SNR."""
        if name not in self._curves:
            self._curves[name] = self._curve(METRICS[name])
        return self._curves[name]

    @cached_property
    def _curves(self) -> dict[str, list[Estimate]]:
        return {}  # those that were asked for

    def _curve(self, metric: Metric) -> list[Estimate]:
        points = [metric.estimate(self.sent(point)) for point in range(len(self.snr_db))]
        says_nothing = metric.rare and not any(point.value > 0 for point in points)
        return [UNKNOWN] * len(points) if says_nothing else points

    def sent(self, point: int) -> Sent:
        """Return the pictures that were measured at an SNR."""
        used = slice(self.counted[point])
        return Sent(
            {name: values[point][used] for name, values in self.pictures.items()},
            {name: values[used] for name, values in self.costs.items()},
            {name: values[used] for name, values in self.questions.items()},
            self.costs,
            self.costs.get(PIXELS, int(np.prod(self.shown["original"].shape[1:3]))),
            self.judged,
        )


def save_results(results: Mapping[str, SweepResults], path: Path) -> None:
    """Write sweeps by label, whole or not at all. Equal results give equal bytes.

    Raises:
        ValueError: if they differ in what sweeps of one file share.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver="earliest") as file:
        file.attrs.update({"schema": SCHEMA, "schema_version": SCHEMA_VERSION})
        file.attrs.update(_shared(results))
        for number, (label, sweep) in enumerate(results.items()):
            group = file.create_group(f"sweeps/{number:03d}")
            group.attrs["label"] = label
            group.attrs.update({n: v for n, v in sweep.attributes.items() if n not in SHARED})
            _save(sweep, group)
    write_atomically(path, buffer.getvalue())


def _shared(results: Mapping[str, SweepResults]) -> dict[str, str]:
    every = [{name: sweep.attributes[name] for name in SHARED} for sweep in results.values()]
    if any(one != every[0] for one in every):
        raise ValueError(f"sweeps of one file share {', '.join(SHARED)}")
    return every[0]


def _save(sweep: SweepResults, group: h5py.Group) -> None:
    group["snr_db"], group["ebno_db"] = sweep.snr_db, sweep.ebno_db
    group["counted"] = sweep.counted
    for name, metric in METRICS.items():
        if metric.group == MACHINES and not sweep.machine_tasks:
            continue
        estimates = sweep.curve(name)
        if metric.optional and all(np.isnan(e.value) for e in estimates):
            continue
        for part in ("value", "low", "high"):
            group[f"curves/{name}/{part}"] = [getattr(e, part) for e in estimates]
    for kind in _GROUPS:
        for name, values in getattr(sweep, kind).items():
            group[f"{kind}/{name}"] = as_stored(values)


def load_results(path: Path) -> dict[str, SweepResults]:
    """Read a file's sweeps, by label and in their order.

    Raises:
        Fault: if it is no such file, of another schema version, or damaged.
    """
    with open_stored(path, "results of a sweep") as root:
        shared = root.attributes()
        schema, number = shared.pop("schema", None), shared.pop("schema_version", None)
        if schema != SCHEMA:
            raise Fault(f"{path}: no results of linksim sweep")
        if number != SCHEMA_VERSION:
            raise Fault(
                f"{path}: of schema version {number}; this linksim reads "
                f"{SCHEMA_VERSION}; repeat the sweep"
            )
        sweeps, results = root.group("sweeps"), {}
        for name in (names := sweeps.numbered()):
            label, sweep = _load(sweeps.group(name), shared, f"{path}: /sweeps/{name}")
            results[label] = sweep
        if not results or len(results) < len(names):
            raise Fault(f"{path}: sweeps without labels of their own")
        return results


def _load(stored: Stored, shared: Mapping[str, Any], place: str) -> tuple[str, SweepResults]:
    attributes = {**stored.attributes(), **shared}
    label = attributes.pop("label", None)
    if not isinstance(label, str):
        raise Fault(f"{place} has no label")
    snr_db = stored.array("snr_db", "number", [None])
    asked = stored.group("questions")
    known_texts = (*_QUESTIONS, *(name for name in asked if name == THINGS))
    questions = asked.arrays(dict.fromkeys(known_texts, "text"), [None])
    points, count = len(snr_db), len(questions["text"])
    figures = stored.group("pictures")
    more = {name: kind for name, kind in _OPTIONAL.items() if name in set(figures)}
    shown, costs = stored.group("shown"), stored.group("costs")
    known_costs = (*COSTS, *(name for name in costs if name == PIXELS))
    missing = [name for name in SCORED if name not in set(figures)]  # metrics younger than the file
    known = {name: kind for name, kind in (_FIGURES | more).items() if name not in missing}
    pictures = figures.arrays(known, [points, count])
    pictures |= {name: np.full((points, count), np.nan, np.float32) for name in missing}
    pictures[PSNR] = uncapped(pictures[PSNR])
    original = shown.array("original", "byte", [None, None, None, 3])
    received = shown.array("received", "byte", [points, *original.shape])
    sweep = SweepResults(
        attributes,
        snr_db,
        stored.array("ebno_db", "number", [points]),
        pictures,
        questions,
        {"original": original, "received": received},
        costs.arrays(dict.fromkeys(known_costs, "count"), [count]),
        stored.array("counted", "count", [points]),
    )
    _check(sweep, place)
    return label, sweep


def _check(sweep: SweepResults, place: str) -> None:
    """Raise a `Fault` if a part that all sweeps have is missing or makes no sense."""
    about, shown = sweep.attributes, len(sweep.shown["original"])
    texts = all(isinstance(about.get(name), str) for name in _TEXTS)
    numbers = all(isinstance(about.get(name), (int, float, np.number)) for name in _NUMBERS)
    if not (texts and numbers):
        raise Fault(f"{place} does not say how it was made")
    if not isinstance(json_of(about["versions"]), dict):
        raise Fault(f"{place} does not say what computed it")
    configuration = json_of(about["configuration"])
    if not isinstance(configuration, dict) or not all(
        isinstance(configuration.get(name), str)
        for name in ("codec", "code", "modulation", "channel", "data")
    ):
        raise Fault(f"{place} does not say what was sent")
    points, count = sweep.pictures[PSNR].shape
    some = points and count and all(sweep.shown["original"].shape[1:])
    if not _reads(sweep):
        raise Fault(f"{place} holds things or finds that can't be read")
    if (
        not some
        or shown > count
        or sweep.counted.max() > count
        or not np.isfinite(sweep.snr_db).all()
        or len(np.unique(sweep.snr_db)) < points
    ):
        raise Fault(f"{place} has no pictures, or an SNR twice or none")


def _reads(sweep: SweepResults) -> bool:
    """Say whether what models found can be read, and what there is to find."""
    finds = [sweep.pictures[task] for task in (DETECTION, SEGMENTATION) if task in sweep.pictures]
    if sweep.machine_tasks and THINGS not in sweep.questions:
        return False
    try:
        for text in sweep.questions.get(THINGS, ()):
            truth_in(str(text))
        for texts in finds:
            for row, count in zip(texts, sweep.counted, strict=True):
                for text in row[:count]:
                    found_in(str(text))
    except ValueError:
        return False
    return True


def versions() -> str:
    """Return the versions of what computed the results, as JSON; the phy's is its arithmetic's."""
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
    found = {"linksim.phy": ARITHMETIC}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return json.dumps(found, sort_keys=True)
