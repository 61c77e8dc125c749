"""The sweeps of a study: each in a folder of its own, done once, whoever asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.results import SweepResults, load_results
from linksim.experiments.statistics import Estimate, mean
from linksim.experiments.sweep import RESULTS_FILE, Execution, Piece, run_sweep

Progress = Callable[[str, Piece], None]
"""Called after each piece of work, with the name of its sweep."""


@dataclass(frozen=True)
class Bench:
    """Where and how a study's sweeps are run.

    Attributes:
        common: the configuration that all share; each sweep changes some of its fields.
        execution: of all; ``out`` is the study's folder.
        progress: told of each piece of work.
    """

    common: SweepConfiguration
    execution: Execution
    progress: Progress

    def sweep(self, **changes: Any) -> SweepResults:
        """Return the results of a sweep, from an earlier run if there is one, finished or not.

        Args:
            changes: fields of the configuration that differ from the common one.

        Raises:
            Fault: if the folder holds a sweep with other options.
        """
        configuration = replace(self.common, **changes)
        name = _name(configuration)
        folder = self.execution.out / name
        file = folder / RESULTS_FILE
        if file.exists():
            results = load_results(file)
            if results.attributes["configuration"] != configuration.to_json():
                raise Fault(
                    f"--out {self.execution.out}: {name} was measured with other options; "
                    "give another folder"
                )
            return results
        execution = replace(self.execution, out=folder, resume=True)
        return run_sweep(configuration, execution, lambda piece: self.progress(name, piece))


def _name(configuration: SweepConfiguration) -> str:
    """Return a folder's name: what sweeps of one study differ in."""
    words = [configuration.codec, configuration.code, configuration.channel, configuration.snr]
    words += [configuration.receiver, configuration.protect, str(configuration.images)]
    return "_".join(re.sub(r"[^A-Za-z0-9.+-]+", "-", word) for word in words if word)


def matches(results: SweepResults, snr_db: float) -> np.ndarray:
    """Return which questions are answered as for the original, bool ``[N]``.

    Raises:
        ValueError: if nothing was measured at this SNR.
    """
    (points,) = np.nonzero(np.isclose(results.snr_db, snr_db))
    if not len(points):
        raise ValueError(f"nothing was measured at {snr_db:g} dB")
    answers: np.ndarray = results.pictures["answers"][points[0]] == results.questions["wanted"]
    return answers


def gain(better: SweepResults, other: SweepResults, snr_db: float) -> Estimate:
    """Return by how much one answers more questions than the other, in shares, paired.

    Both answered the same questions about the same pictures, so that the interval is that of the
    differences, question by question.

    Raises:
        ValueError: if they did not.
    """
    for name in ("text", "name"):
        if not np.array_equal(better.questions[name], other.questions[name]):
            raise ValueError("these sweeps asked different questions")
    differences = matches(better, snr_db).astype(float) - matches(other, snr_db)
    return mean(differences)
