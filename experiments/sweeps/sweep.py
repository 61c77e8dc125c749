"""Sweeps: the same pictures at every SNR, measured, journalled and gathered."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from linksim._given import DIGESTS, lent
from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.constellations import constellation_inputs
from linksim.experiments.data.inputs import Inputs, inputs_of
from linksim.experiments.faults import Fault
from linksim.experiments.report.sheets import picture_names, save_pictures
from linksim.experiments.results.hdf5 import RESULTS_FILE
from linksim.experiments.results.journal import journalled_run
from linksim.experiments.results.parts import Parts, Section, differences, differing, parts_are_kept
from linksim.experiments.results.sweeps import (
    COSTS,
    PIXELS,
    SweepResults,
    load_results,
    save_results,
    versions,
)
from linksim.experiments.sweeps.execution import Execution, crew_for, order_for
from linksim.experiments.sweeps.gathering import counted, pictures, questions
from linksim.experiments.sweeps.grid import SweepGrid, options_of
from linksim.experiments.sweeps.schedule import Piece, Progress, Schedule, carry_out
from linksim.experiments.sweeps.setting import Plan, plans_of, samples_for
from linksim.experiments.sweeps.similarity import ssim_name
from linksim.experiments.sweeps.tasks import Crew, Facts, Order
from linksim.experiments.sweeps.work import hold
from linksim.phy import ebno_db_from_snr_db, snr_db_from_ebno_db

__all__ = [
    "RESULTS_FILE",
    "Execution",
    "Piece",
    "Progress",
    "run_sweep",
    "run_sweeps",
    "stored_sweeps",
]


Sweeps = Mapping[str, tuple[Plan, Order]]
"""Sweeps by label: as they were asked for, and what those must know who do them."""


def run_sweep(
    configuration: SweepConfiguration,
    execution: Execution,
    progress: Progress,
    crew: Crew | None = None,
) -> SweepResults:
    """Run a single sweep as `run_sweeps` runs several."""
    (results,) = run_sweeps(SweepGrid.of(configuration), execution, progress, crew).values()
    return results


def run_sweeps(
    grid: SweepGrid,
    execution: Execution,
    progress: Progress,
    crew: Crew | None = None,
    pictures: bool = False,
) -> dict[str, SweepResults]:
    """Measure every picture at every SNR for every sweep of a grid, and write ``results.h5``.

    Args:
        grid: the sweeps.
        execution: how they are carried out.
        progress: told of each piece of work.
        crew: who does the work; None to call together who ``execution`` asks for.
        pictures: draw curves and received pictures beside the results, see `save_pictures`.

    Returns:
        what each sweep found, by its label.

    Raises:
        Fault: if an option is wrong or the results folder is in use.
        linksim.phy.Refused: if the physical layer cannot be, or cannot carry what codecs send.
        UnknownCodec: if a codec does not take what follows its colon.
        ModelUnavailable: if the preset's weights are missing or damaged.
        UnreadablePicture: if a picture of the folder cannot be read.
    """
    plans, out = plans_of(grid.sweeps()), execution.out
    drawn = picture_names(list(plans)) if pictures else []
    samples = samples_for(next(iter(plans.values())).source)
    for passed_over in samples.notes:
        execution.note(passed_over)
    inputs = inputs_of(grid.common, samples, grid.lists["codec"])
    inputs |= {**constellation_inputs(grid.lists["modulation"]), **lent(DIGESTS)}
    with journalled_run(out, grid, execution.resume, [RESULTS_FILE, *drawn], inputs) as parts:
        if parts is None:
            results = _finished(out / RESULTS_FILE, grid, inputs)
        else:
            orders = {
                label: order_for(plan, execution, inputs, label) for label, plan in plans.items()
            }
            hold(next(iter(orders.values())).sender, samples)
            sweeps = {label: (plan, orders[label]) for label, plan in plans.items()}
            with crew_for(execution) if crew is None else nullcontext(crew) as who:
                found = _all_measured(sweeps, who, len(samples), parts, execution, progress)
            results = {
                label: replace(one, attributes=one.attributes | _shared(grid))
                for label, one in found.items()
            }
            with parts_are_kept(out):
                save_results(results, out / RESULTS_FILE)
        if not all((out / name).exists() for name in drawn):
            with parts_are_kept(out):
                save_pictures(results, out)
    return results


def _all_measured(
    sweeps: Sweeps,
    crew: Crew,
    images: int,
    parts: Parts,
    execution: Execution,
    progress: Progress,
) -> dict[str, SweepResults]:
    """Measure a grid's sweeps, all by the same crew: those of the same messages together."""
    senders = dict.fromkeys(order.sender for _, order in sweeps.values())
    if len(senders) > 1:  # what cannot be run is refused before the first one is
        for plan, order in sweeps.values():
            _axis(plan, crew.facts(order))
    teller = _Teller(sweeps, images, execution.whole_batch, progress)
    sections = {label: parts.section(f"{number:03d}") for number, label in enumerate(sweeps)}
    results: dict[str, SweepResults] = {}
    for sender in senders:
        chosen = {name: one for name, one in sweeps.items() if one[1].sender == sender}
        results |= _measured(chosen, crew, images, sections, execution, teller)
    return {label: results[label] for label in sweeps}


class _Teller:
    """Counts the pieces of all of a grid's sweeps together."""

    def __init__(self, sweeps: Sweeps, images: int, batch: int, progress: Progress) -> None:
        batches = -(-images // batch)
        self._total = {label: len(plan.points) * batches for label, (plan, _) in sweeps.items()}
        self._done, self._progress = dict.fromkeys(sweeps, 0), progress

    def of(self, label: str) -> Progress:
        """Return who is to be told of a sweep's pieces."""

        def tell(piece: Piece) -> None:
            self._done[label], self._total[label] = piece.done, piece.total
            done, total = sum(self._done.values()), sum(self._total.values())
            of_sweep = piece.done, piece.total
            told = replace(piece, label=label, done=done, total=total, of_sweep=of_sweep)
            self._progress(told)

        return tell


def _shared(grid: SweepGrid) -> dict[str, str]:
    return {
        "linksim_version": version("semantic-linksim"),
        "command": grid.command(),
        "versions": versions(),
    }


def _finished(file: Path, grid: SweepGrid, now: Inputs) -> dict[str, SweepResults]:
    """Return results that are there already: a run that was killed at the last moment has them.

    Raises:
        Fault: if they are of other options or inputs.
    """
    results = stored_sweeps(file, grid)
    for found in results.values():
        if found.inputs and (others := differing(found.inputs, now)):
            raise Fault(
                f"--out {file.parent}: holds results of other contents of: {others}; give "
                "another folder"
            )
    return results


def stored_sweeps(file: Path, grid: SweepGrid) -> dict[str, SweepResults]:
    """Return a grid's results from their file, whatever it was that they were measured on.

    Raises:
        Fault: if they are of other options.
    """
    results = load_results(file)
    begun = options_of([found.configuration for found in results.values()])
    if others := differences(begun, grid.shared()):
        raise Fault(
            f"--out {file.parent}: holds results of other options: {others}; give another folder"
        )
    return results


def _measured(
    sweeps: Sweeps,
    crew: Crew,
    images: int,
    sections: Mapping[str, Section],
    execution: Execution,
    teller: _Teller,
) -> dict[str, SweepResults]:
    """Measure the sweeps of one sender; what their parts have is not measured again."""
    facts = {label: crew.facts(order) for label, (_, order) in sweeps.items()}
    for found in facts.values():
        if found.cut:
            execution.note(found.cut)
    schedules = {}
    for label, (plan, order) in sweeps.items():
        points, most = _axis(plan, facts[label]), facts[label].batch
        sections[label].begin()
        schedules[label] = Schedule(
            order,
            images,
            min(execution.whole_batch, most) if most else execution.whole_batch,
            points,
            plan.configuration.precision,
            facts[label].engine,
            sections[label],
            teller.of(label),
        )
    precise = any(plan.configuration.precision for plan, _ in sweeps.values())
    side_by_side = 1 if precise else crew.size()  # little is measured that does not count
    carry_out(list(schedules.values()), crew, side_by_side)
    return {label: _gather(*sweeps[label], facts[label], schedules[label]) for label in sweeps}


def _axis(plan: Plan, facts: Facts) -> list[float]:
    """Return the Es/N0 of each point.

    Those of Eb/N0 follow from one number, where all pictures cost the same.
    """
    configuration = plan.configuration
    if not configuration.ebno:
        return list(plan.points)
    per_symbol = facts.information_bits_per_symbol
    if not per_symbol:
        what = "no bits" if per_symbol is not None else "other bits per symbol for every picture"
        raise Fault(f"--ebno: {configuration.codec} sends {what}; give --snr as Es/N0")
    return [snr_db_from_ebno_db(x, per_symbol) for x in plan.points]


def _gather(plan: Plan, order: Order, facts: Facts, schedule: Schedule) -> SweepResults:
    """Join what was measured into results."""
    texts, figures = questions(schedule), pictures(schedule)
    costs = {name: texts.pop(name) for name in (*COSTS, PIXELS) if name in texts}
    bits, symbols = int(costs["bits"].sum()), int(costs["symbols"].sum())
    shown = {"original": texts.pop("original"), "received": figures.pop("received")}
    attributes = {
        "configuration": plan.configuration.to_json(),
        "inputs": order.sender.inputs,
        **{f"{name}_per_picture": float(counts.mean()) for name, counts in costs.items()},
        "information_bits_per_symbol": bits / symbols,
        "engine": facts.engine,
        "ssim": facts.ssim or ssim_name(shown["original"].shape[1]),
        **({"sender_knows": facts.sender_knows} if facts.sender_knows else {}),
    }
    snr_db = list(schedule.points)
    ebno_db = [ebno_db_from_snr_db(x, bits / symbols) if bits else math.nan for x in snr_db]
    axes = np.array(snr_db), np.array(ebno_db)
    return SweepResults(attributes, *axes, figures, texts, shown, costs, counted(schedule))
