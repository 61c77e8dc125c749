"""The sweep: the same pictures at every SNR, measured, journalled and gathered."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.configuration import SweepConfiguration, parse_snr
from linksim.experiments.faults import Fault
from linksim.experiments.measurement import (
    GROUP,
    SHOWN,
    Measurement,
    PreparedGroup,
    as_bytes,
)
from linksim.experiments.metrics import ssim_name
from linksim.experiments.parts import Parts
from linksim.experiments.physical import phy_spec
from linksim.experiments.results import COSTS, SweepResults, versions
from linksim.experiments.samples import Samples, SceneSamples, checked_query, folder_samples
from linksim.experiments.vqa import PREFIX, vqa_samples
from linksim.phy import PhySpec, ebno_db_from_snr_db, snr_db_from_ebno_db
from linksim.source import load_codec
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import load_preset

RESULTS_FILE = "results.h5"
_PARTS_FOLDER = "parts"


@dataclass(frozen=True)
class Piece:
    """A finished piece of work: some pictures at one SNR, the ``done``-th of ``total`` pieces."""

    snr_db: float
    measured: dict[str, np.ndarray]
    done: int
    total: int


Progress = Callable[[Piece], None]
"""Called after each piece of work."""


@dataclass(frozen=True)
class Execution:
    """How a sweep is carried out; none of it changes a figure.

    Attributes:
        out: folder of the results.
        batch_size: pictures per piece of work, rounded up to whole groups.
        device: of the neural networks.
        threads: of the physical layer, 0 for all cores that this process may use.
        resume: go on with an unfinished sweep.
        trusted: see `linksim.source.zoo.preset.Preset`. No file says so: one is asked each time.
    """

    out: Path
    batch_size: int
    device: torch.device
    threads: int
    resume: bool
    trusted: bool = False


def run_sweep(
    configuration: SweepConfiguration, execution: Execution, progress: Progress
) -> SweepResults:
    """Measure every picture at every SNR and write ``results.h5``.

    Raises:
        Fault: if an option is wrong or the results folder is in use.
        UnknownCodec: if the codec does not take what follows its colon.
        ModelUnavailable: if the preset's weights are missing or damaged.
        UnreadablePicture: if a picture of the folder cannot be read.
    """
    results_file = execution.out / RESULTS_FILE
    if results_file.exists():
        raise Fault(f"--out {execution.out}: holds results already; give another folder")
    axis, spec = parse_snr(configuration.snr), spec_of(configuration)
    samples = samples_for(configuration)
    parts = Parts(execution.out / _PARTS_FOLDER, configuration, execution.resume)
    measurement = measurement_for(configuration, samples, spec, execution)
    snr_db = _from_ebno(axis, configuration, measurement) if configuration.ebno else axis
    parts.begin()

    batch = -(-execution.batch_size // GROUP) * GROUP
    firsts = range(0, len(samples), batch)
    described: list[dict[str, np.ndarray]] = []
    measured: list[list[dict[str, np.ndarray]]] = []
    for number, first in enumerate(firsts):
        work = _Batch(measurement, parts, range(first, min(first + batch, len(samples))))
        described.append(work.described())
        measured.append([])
        for point, snr in enumerate(snr_db):
            measured[-1].append(work.at(snr))
            done = number * len(snr_db) + point + 1
            progress(Piece(snr, measured[-1][-1], done, len(firsts) * len(snr_db)))

    results = _gather(configuration, measurement, snr_db, described, measured)
    results.save(results_file)
    parts.remove()
    return results


def _from_ebno(
    axis: list[float], configuration: SweepConfiguration, measurement: Measurement
) -> list[float]:
    """Return the Es/N0 for each Eb/N0, which is one number where all pictures cost the same."""
    per_symbol = measurement.link.information_bits_per_symbol
    if not per_symbol:
        what = "no bits" if per_symbol is not None else "other bits per symbol for every picture"
        raise Fault(f"--ebno: {configuration.codec} sends {what}; give --snr as Es/N0")
    return [snr_db_from_ebno_db(x, per_symbol) for x in axis]


def samples_for(configuration: SweepConfiguration) -> Samples:
    """Return the pictures and questions that a configuration names.

    Raises:
        Fault: if they cannot be had.
    """
    data, query, scenes = configuration.data, configuration.query, configuration.scenes
    images, seed = configuration.images, configuration.seed
    questions = Path(configuration.questions) if configuration.questions else None
    if data != "scenes" and not data.startswith(PREFIX):
        if scenes != "all":
            raise Fault(f"--scenes {scenes}: of scenes and VQA; leave it out with --data FOLDER")
        return folder_samples(Path(data), query, questions, images)
    if query is not None:
        checked_query(query)
        raise Fault("--query: scenes and VQA bring their questions; use it with --data FOLDER")
    if questions is not None:
        raise Fault("--questions: scenes and VQA bring their own; use it with --data FOLDER")
    if data.startswith(PREFIX):
        return vqa_samples(Path(data.removeprefix(PREFIX)), images, seed, scenes)
    return SceneSamples(images, seed, scenes)


def spec_of(configuration: SweepConfiguration) -> PhySpec:
    """Return the physical layer that a configuration names."""
    return phy_spec(
        code=configuration.code,
        modulation=configuration.modulation,
        demapper=configuration.demapper,
        channel=configuration.channel,
        coherence=configuration.coherence,
        csi=configuration.csi,
        protect=configuration.protect,
    )


def measurement_for(
    configuration: SweepConfiguration, samples: Samples, spec: PhySpec, execution: Execution
) -> Measurement:
    """Load codec and judge of a configuration and join them to its physical layer."""
    device = execution.device
    models = Path(configuration.models) if configuration.models else None
    preset = load_preset(configuration.preset, models, execution.trusted)
    llava = load_llava(preset, device)
    return Measurement(
        samples,
        load_codec(configuration.codec, preset, device),
        llava,
        device,
        spec,
        configuration.seed,
        configuration.engine,
        execution.threads,
        configuration.receiver == "soft",
    )


class _Batch:
    """Some of the samples: prepared when first needed, each result taken from its part if there."""

    def __init__(self, measurement: Measurement, parts: Parts, numbers: range) -> None:
        self._measurement, self._parts, self._numbers = measurement, parts, numbers
        self._name = f"{numbers.start:06d}-{numbers.stop:06d}"
        self._groups: list[PreparedGroup] = []

    def described(self) -> dict[str, np.ndarray]:
        """Return texts and costs of these samples and the originals of those that are shown."""
        stored = self._parts.load(self._name)
        if stored is None:
            stored = {**_describe(self._prepared()), **self._measurement.costs(self._prepared())}
            self._parts.save(self._name, stored)
        return stored

    def at(self, snr_db: float) -> dict[str, np.ndarray]:
        """Return what was measured at an SNR."""
        # Named after the engine too: resumed elsewhere, auto may choose another.
        engine = self._measurement.link.engine
        name = f"{self._name}-{engine}-{round(snr_db * 1000):+07d}"
        stored = self._parts.load(name)
        if stored is None:
            stored = self._measurement.measure(self._prepared(), snr_db)
            self._parts.save(name, stored)
        return stored

    def _prepared(self) -> list[PreparedGroup]:
        if not self._groups:
            self._groups = self._measurement.prepare(self._numbers)
        return self._groups


def _describe(groups: list[PreparedGroup]) -> dict[str, np.ndarray]:
    samples = [sample for group in groups for sample in group.samples[: group.used]]
    wanted = [answer for group in groups for answer in group.wanted.answers[: group.used]]
    numbers = [number for group in groups for number in group.numbers[: group.used]]
    originals = torch.cat([group.images[: group.used] for group in groups])
    shown = sum(number < SHOWN for number in numbers)
    texts = {
        "text": [sample.question for sample in samples],
        "family": [sample.family for sample in samples],
        "truth": [sample.truth for sample in samples],
        "name": [sample.name for sample in samples],
        "wanted": wanted,
    }
    described = {name: np.array(values, dtype=np.str_) for name, values in texts.items()}
    return {**described, "original": as_bytes(originals[:shown])}


def _gather(
    configuration: SweepConfiguration,
    measurement: Measurement,
    snr_db: list[float],
    described: list[dict[str, np.ndarray]],
    measured: list[list[dict[str, np.ndarray]]],
) -> SweepResults:
    """Join the batches' arrays; ``measured`` is by batch, then by SNR."""
    questions = {name: np.concatenate([d[name] for d in described]) for name in described[0]}
    pictures = {
        name: np.stack(
            [
                np.concatenate([batch[point][name] for batch in measured])
                for point in range(len(snr_db))
            ]
        )
        for name in measured[0][0]
    }
    costs = {name: questions.pop(name) for name in COSTS}
    bits, symbols = int(costs["bits"].sum()), int(costs["symbols"].sum())
    shown = {"original": questions.pop("original"), "received": pictures.pop("received")}
    attributes = {
        "linksim_version": version("semantic-linksim"),
        "configuration": configuration.to_json(),
        "command": configuration.command(),
        "versions": versions(),
        **{f"{name}_per_picture": float(counts.mean()) for name, counts in costs.items()},
        "information_bits_per_symbol": bits / symbols,
        "engine": measurement.link.engine,
        "ssim": ssim_name(shown["original"].shape[1]),
    }
    ebno_db = [ebno_db_from_snr_db(x, bits / symbols) if bits else math.nan for x in snr_db]
    axes = np.array(snr_db), np.array(ebno_db)
    return SweepResults(attributes, *axes, pictures, questions, shown, costs)
