"""Sweeps: the same pictures at every SNR, measured, journalled and gathered."""

from __future__ import annotations

import math
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from linksim.experiments.configuration import SweepConfiguration, parse_snr
from linksim.experiments.execution.gathering import counted, pictures, questions
from linksim.experiments.execution.lock import is_over, only_run
from linksim.experiments.execution.means import Execution, crew_for, order_for
from linksim.experiments.execution.schedule import Piece, Progress, Schedule, carry_out
from linksim.experiments.execution.tasks import Crew, Facts
from linksim.experiments.faults import Fault
from linksim.experiments.grid import SweepGrid, options_of
from linksim.experiments.metrics import ssim_name
from linksim.experiments.parts import (
    PARTS_FOLDER,
    Parts,
    Section,
    differences,
    parts_are_kept,
    remove_unfinished,
)
from linksim.experiments.results import (
    COSTS,
    SweepResults,
    load_results,
    save_results,
    versions,
)
from linksim.experiments.setting import samples_for, spec_of
from linksim.phy import ebno_db_from_snr_db, snr_db_from_ebno_db

__all__ = [
    "RESULTS_FILE",
    "Execution",
    "Piece",
    "Progress",
    "run_sweep",
    "run_sweeps",
    "stored_sweep",
]

RESULTS_FILE = "results.h5"


def run_sweep(
    configuration: SweepConfiguration,
    execution: Execution,
    progress: Progress,
    crew: Crew | None = None,
) -> SweepResults:
    """Run a single sweep as `run_sweeps` runs several."""
    (results,) = run_sweeps(SweepGrid.of(configuration), execution, progress, crew).values()
    return results


def stored_sweep(configuration: SweepConfiguration, execution: Execution) -> SweepResults:
    """Return what `run_sweep` wrote before; nothing is measured, and no model or picture is read.

    Raises:
        Fault: if there is nothing, or it is of other options.
    """
    grid = SweepGrid.of(configuration)
    (results,) = _finished(execution.out / RESULTS_FILE, grid, execution).values()
    return results


def run_sweeps(
    grid: SweepGrid, execution: Execution, progress: Progress, crew: Crew | None = None
) -> dict[str, SweepResults]:
    """Measure every picture at every SNR for every sweep of a grid, and write ``results.h5``.

    Args:
        grid: the sweeps.
        execution: how they are carried out.
        progress: told of each piece of work.
        crew: who does the work; None to call together who ``execution`` asks for.

    Returns:
        what each sweep found, by its label.

    Raises:
        Fault: if an option is wrong or the results folder is in use.
        UnknownCodec: if a codec does not take what follows its colon.
        ModelUnavailable: if the preset's weights are missing or damaged.
        UnreadablePicture: if a picture of the folder cannot be read.
    """
    results_file = execution.out / RESULTS_FILE
    for configuration in grid.sweeps().values():
        parse_snr(configuration.snr), spec_of(configuration)
    if results_file.exists() and is_over(execution.out):
        return _finished(results_file, grid, execution)  # who only reads leaves no trace
    images = len(samples_for(grid.common))
    with only_run(execution.out):
        parts = Parts(execution.out / PARTS_FOLDER, grid, execution.resume)
        if results_file.exists():
            results = _finished(results_file, grid, execution)
            parts.remove()
            return results
        with crew_for(execution) if crew is None else nullcontext(crew) as who:
            results = _all_measured(grid, who, images, parts, execution, progress)
        with parts_are_kept(execution.out):
            remove_unfinished(execution.out)
            save_results(results, results_file)
            parts.remove()
    return results


def _all_measured(
    grid: SweepGrid,
    crew: Crew,
    images: int,
    parts: Parts,
    execution: Execution,
    progress: Progress,
) -> dict[str, SweepResults]:
    """Measure a grid's sweeps one after the other, all by the same crew."""
    sweeps, results = grid.sweeps(), {}
    if len(sweeps) > 1:  # what cannot be run is refused before the first one is
        for configuration in sweeps.values():
            _axis(configuration, crew.facts(order_for(configuration, execution)))
    teller = _Teller(len(sweeps), progress)
    for number, (label, configuration) in enumerate(sweeps.items()):
        section, tell = parts.section(f"{number:03d}"), teller.begin(label)
        found = _measured(configuration, crew, images, section, execution, tell)
        results[label] = replace(found, attributes=found.attributes | _shared(grid))
    return results


class _Teller:
    """Counts the pieces of one sweep on after those of the sweeps before it."""

    def __init__(self, sweeps: int, progress: Progress) -> None:
        self._left, self._progress = sweeps, progress
        self._before = self._last = 0

    def begin(self, label: str) -> Progress:
        self._before, self._left = self._before + self._last, self._left - 1
        self._last = 0

        def tell(piece: Piece) -> None:
            self._last = piece.done
            total = self._before + piece.total * (1 + self._left)
            done = self._before + piece.done
            self._progress(replace(piece, label=label, done=done, total=total))

        return tell


def _shared(grid: SweepGrid) -> dict[str, str]:
    return {
        "linksim_version": version("semantic-linksim"),
        "command": grid.command(),
        "versions": versions(),
    }


def _finished(file: Path, grid: SweepGrid, execution: Execution) -> dict[str, SweepResults]:
    """Return results that are there already: a run that was killed at the last moment has them.

    Raises:
        Fault: if nobody asked to go on, or they are of other options.
    """
    if not execution.resume:
        raise Fault(f"--out {execution.out}: holds results already; give another folder")
    results = load_results(file)
    begun = options_of([found.configuration for found in results.values()])
    if differing := differences(begun, grid.shared()):
        raise Fault(
            f"--out {execution.out}: holds results of other options: {differing}; give "
            "another folder"
        )
    return results


def _measured(
    configuration: SweepConfiguration,
    crew: Crew,
    images: int,
    parts: Section,
    execution: Execution,
    progress: Progress,
) -> SweepResults:
    """Measure one sweep; what its parts have is not measured again."""
    order = order_for(configuration, execution)
    facts = crew.facts(order)
    snr_db = _axis(configuration, facts)
    with parts_are_kept(execution.out):
        parts.begin()
    schedule = Schedule(
        images,
        execution.whole_batch,
        snr_db,
        configuration.precision,
        crew.size(),
        facts.engine,
        parts,
        progress,
    )
    carry_out(schedule, order, crew, execution.out)
    return _gather(configuration, facts, schedule)


def _axis(configuration: SweepConfiguration, facts: Facts) -> list[float]:
    """Return the Es/N0 of each point.

    Those of Eb/N0 follow from one number, where all pictures cost the same.
    """
    axis = parse_snr(configuration.snr)
    if not configuration.ebno:
        return axis
    per_symbol = facts.information_bits_per_symbol
    if not per_symbol:
        what = "no bits" if per_symbol is not None else "other bits per symbol for every picture"
        raise Fault(f"--ebno: {configuration.codec} sends {what}; give --snr as Es/N0")
    return [snr_db_from_ebno_db(x, per_symbol) for x in axis]


def _gather(configuration: SweepConfiguration, facts: Facts, schedule: Schedule) -> SweepResults:
    """Join what was measured into results."""
    texts, figures = questions(schedule), pictures(schedule)
    costs = {name: texts.pop(name) for name in COSTS}
    bits, symbols = int(costs["bits"].sum()), int(costs["symbols"].sum())
    shown = {"original": texts.pop("original"), "received": figures.pop("received")}
    attributes = {
        "configuration": configuration.to_json(),
        **{f"{name}_per_picture": float(counts.mean()) for name, counts in costs.items()},
        "information_bits_per_symbol": bits / symbols,
        "engine": facts.engine,
        "ssim": ssim_name(shown["original"].shape[1]),
    }
    snr_db = list(schedule.points)
    ebno_db = [ebno_db_from_snr_db(x, bits / symbols) if bits else math.nan for x in snr_db]
    axes = np.array(snr_db), np.array(ebno_db)
    return SweepResults(attributes, *axes, figures, texts, shown, costs, counted(schedule))
