"""Errors put into a codec's messages at a grid of probabilities, measured and journalled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.measurement import Measurement, PreparedGroup
from linksim.experiments.parts import Parts
from linksim.experiments.samples import Samples
from linksim.experiments.setting import samples_for
from linksim.experiments.studies.injected import (
    FIGURES,
    Injected,
    InjectedConfiguration,
    load_injected,
)
from linksim.experiments.sweep import Execution
from linksim.link import ERROR_KINDS, Injection
from linksim.phy import PhySpec
from linksim.source import load_codec
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import load_preset

INJECTED_FILE = "injected.h5"
_MOST_LEVELS = 100

Progress = Callable[[str, int, int], None]
"""Called after each piece of work with its name, how many are done, and of how many."""


@dataclass(frozen=True)
class Level:
    """What goes wrong by itself, and how probably."""

    kind: str
    probability: float

    def __str__(self) -> str:
        return f"{self.kind}-{self.probability!r}"


def parse_errors(text: str) -> list[float]:
    """Read probabilities, ``P,P,…``, without repeats.

    Raises:
        Fault: if they are none.

    >>> parse_errors("0.1,1e-3")
    [0.1, 0.001]
    """
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise Fault(f"--errors {text}: give probabilities, like 1e-3,1e-2,0.1") from None
    if not all(0 < value <= 1 for value in values):
        raise Fault(f"--errors {text}: probabilities lie above 0 and up to 1")
    if len(values) > _MOST_LEVELS:
        raise Fault(f"--errors {text}: more than {_MOST_LEVELS} probabilities; give fewer")
    return list(dict.fromkeys(values))


def levels_of(errors: str) -> list[Level]:
    """Return every level: no errors at all, then each probability for each kind."""
    grid = parse_errors(errors)
    return [
        Level("bit", 0.0),
        *(Level(kind, probability) for kind in ERROR_KINDS for probability in grid),
    ]


def inject(
    configuration: InjectedConfiguration,
    common: SweepConfiguration,
    execution: Execution,
    folder: Path,
    progress: Progress,
) -> Injected:
    """Return what injected errors do, from an earlier run if there is one, finished or not.

    Args:
        configuration: what is measured.
        common: a sweep's, for pictures and questions; its link plays no part.
        execution: how it is carried out.
        folder: of this codec; ``injected.h5`` is written there.
        progress: told of each piece of work.

    Raises:
        Fault: if the codec has nothing to put errors into, or the folder holds something else.
    """
    file = folder / INJECTED_FILE
    if file.exists():
        return load_injected(file, configuration)
    levels = levels_of(configuration.errors)
    parts = Parts(folder / "parts", configuration, resume=True)
    samples = samples_for(common)
    bench = _Bench(configuration, samples, execution)
    parts.begin()
    batch = execution.whole_batch
    starts = range(0, len(samples), batch)
    described: list[dict[str, np.ndarray]] = []
    measured: list[list[dict[str, np.ndarray]]] = []
    for number, first in enumerate(starts):
        work = _Batch(bench, parts, range(first, min(first + batch, len(samples))))
        described.append(work.described())
        measured.append([])
        for place, level in enumerate(levels):
            measured[-1].append(work.at(level))
            done = number * len(levels) + place + 1
            progress(f"{configuration.codec} {level}", done, len(starts) * len(levels))
    found = _gather(configuration, levels, described, measured)
    found.save(file)
    parts.remove()
    return found


class _Bench:
    """Encodes, and decodes with errors put in place of a link's."""

    def __init__(
        self, configuration: InjectedConfiguration, samples: Samples, execution: Execution
    ) -> None:
        device, models = execution.device, configuration.models
        preset = load_preset(
            configuration.preset, Path(models) if models else None, execution.trusted
        )
        codec = load_codec(configuration.codec, preset, device)
        llava, seed = load_llava(preset, device), configuration.seed
        # Its link is replaced by one that injects errors; any that carries the messages will do.
        self.measurement = Measurement(
            samples, codec, llava, device, PhySpec(), seed, "native", execution.threads
        )
        self._links = {kind: Injection(codec, kind, seed) for kind in ERROR_KINDS}
        self._codec = configuration.codec

    def describe(self, groups: Sequence[PreparedGroup]) -> dict[str, np.ndarray]:
        """Return questions and costs of prepared samples, an entry for each."""
        self.measurement.link = self._links["bit"]
        try:
            costs = self.measurement.costs(groups)
        except Fault as fault:
            raise Fault(f"--codec {self._codec}: {str(fault).partition(' ')[2]}") from None
        texts = [sample.question for group in groups for sample in group.samples[: group.used]]
        wanted = [answer for group in groups for answer in group.wanted.answers[: group.used]]
        return {
            "bits": costs["bits"],
            "indices": costs["indices"],
            "text": np.array(texts, dtype=np.str_),
            "wanted": np.array(wanted, dtype=np.str_),
        }

    def measure(self, groups: Sequence[PreparedGroup], level: Level) -> dict[str, np.ndarray]:
        """Return `FIGURES` of prepared samples at a level of errors."""
        self.measurement.link = self._links[level.kind]
        found = self.measurement.measure(groups, level.probability)
        return {name: found[name] for name in FIGURES}


class _Batch:
    """Some of the samples: prepared when first needed, each result taken from its part if there."""

    def __init__(self, bench: _Bench, parts: Parts, numbers: range) -> None:
        self._bench, self._parts, self._numbers = bench, parts, numbers
        self._name = f"{numbers.start:06d}-{numbers.stop:06d}"
        self._groups: list[PreparedGroup] = []

    def described(self) -> dict[str, np.ndarray]:
        return self._kept(self._name, lambda: self._bench.describe(self._prepared()))

    def at(self, level: Level) -> dict[str, np.ndarray]:
        name = f"{self._name}-{level}"
        return self._kept(name, lambda: self._bench.measure(self._prepared(), level))

    def _kept(
        self, name: str, measure: Callable[[], dict[str, np.ndarray]]
    ) -> dict[str, np.ndarray]:
        stored = self._parts.load(name)
        if stored is None:
            stored = measure()
            self._parts.save(name, stored)
        return stored

    def _prepared(self) -> list[PreparedGroup]:
        if not self._groups:
            self._groups = self._bench.measurement.prepare(self._numbers)
        return self._groups


def _gather(
    configuration: InjectedConfiguration,
    levels: Sequence[Level],
    described: list[dict[str, np.ndarray]],
    measured: list[list[dict[str, np.ndarray]]],
) -> Injected:
    """Join the batches' arrays; ``measured`` is by batch, then by level."""
    about = {name: np.concatenate([d[name] for d in described]) for name in described[0]}
    pictures = {
        name: np.stack(
            [
                np.concatenate([batch[place][name] for batch in measured])
                for place in range(len(levels))
            ]
        )
        for name in FIGURES
    }
    return Injected(
        configuration,
        np.array([level.kind for level in levels], dtype=np.str_),
        np.array([level.probability for level in levels]),
        pictures,
        costs={name: about[name] for name in ("bits", "indices")},
        questions={name: about[name] for name in ("text", "wanted")},
    )
