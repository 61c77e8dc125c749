"""The sweeps of a study: each in a folder of its own, done once, whoever asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import file_word
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.sweeps.grid import SweepGrid
from linksim.experiments.sweeps.sweep import (
    RESULTS_FILE,
    Execution,
    Piece,
    run_sweep,
    stored_sweeps,
)
from linksim.experiments.sweeps.tasks import Crew
from linksim.experiments.sweeps.work import LocalCrew


class NotMeasured(Fault):
    """A study's folder lacks a sweep, and nothing is to be measured now."""


Progress = Callable[[str, Piece], None]
"""Called after each piece of work, with the name of its sweep."""


@dataclass(frozen=True)
class Bench:
    """Where and how a study's sweeps are run.

    Attributes:
        common: the configuration that all share; each sweep changes some of its fields.
        execution: of all; ``out`` is the study's folder.
        progress: told of each piece of work.
        crew: who does the work, for all sweeps the same.
        measures: whether sweeps that are not there are made.
    """

    common: SweepConfiguration
    execution: Execution
    progress: Progress
    crew: Crew = field(default_factory=LocalCrew)
    measures: bool = True

    def sweep(self, **changes: Any) -> SweepResults:
        """Return the results of a sweep, from an earlier run if there is one, finished or not.

        Args:
            changes: fields of the configuration that differ from the common one.

        Raises:
            Fault: if the folder holds a sweep with other options.
            NotMeasured: if it lacks the sweep and this bench does not measure.
        """
        configuration = replace(self.common, **changes)
        name = _name(configuration, self.common)
        folder = self.execution.out / name
        if not self.measures:
            return _stored(folder, configuration)
        execution = replace(self.execution, out=folder, resume=True)
        tell = partial(self.progress, name)
        return run_sweep(configuration, execution, tell, self.crew)


def _stored(folder: Path, configuration: SweepConfiguration) -> SweepResults:
    file = folder / RESULTS_FILE
    if not file.exists():
        raise NotMeasured(f"{folder.parent}: {folder.name} was not measured")
    (results,) = stored_sweeps(file, SweepGrid.of(configuration)).values()
    return results


def _name(configuration: SweepConfiguration, common: SweepConfiguration) -> str:
    """Return a folder's name: what sweeps of one study differ in."""
    words = [configuration.codec, configuration.code, configuration.modulation]
    words += [configuration.channel, configuration.snr, configuration.receiver]
    words += [configuration.protect, str(configuration.images)]
    words += [f"told-{configuration.told}"] if configuration.told != SweepConfiguration.told else []
    words += [configuration.harq or ""]
    words += [f"seed-{configuration.seed}"] if configuration.seed != common.seed else []
    return "_".join(file_word(word) for word in words if word)
