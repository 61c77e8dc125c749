"""Errors put into a codec's messages at a grid of probabilities, measured and journalled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from linksim.experiments.data.inputs import Inputs, inputs_of
from linksim.experiments.faults import Fault
from linksim.experiments.results.journal import journalled_run
from linksim.experiments.results.parts import Parts, parts_are_kept
from linksim.experiments.studies.injected import (
    COSTS,
    FIGURES,
    QUESTIONS,
    Injected,
    InjectedConfiguration,
    load_injected,
)
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.sweeps.execution import order_for
from linksim.experiments.sweeps.gathering import pictures, questions
from linksim.experiments.sweeps.schedule import Piece, Schedule, carry_out
from linksim.experiments.sweeps.setting import plan_of, samples_for
from linksim.experiments.sweeps.tasks import Order
from linksim.experiments.sweeps.work import hold
from linksim.link import ERROR_KINDS

INJECTED_FILE = "injected.h5"
_MOST_LEVELS = 100

Progress = Callable[[str, int, int], None]
"""Called after each piece of work with its name, how many are done, and of how many."""


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


def inject(
    configuration: InjectedConfiguration, bench: Bench, folder: Path, progress: Progress
) -> Injected:
    """Return what injected errors do, from an earlier run if there is one, finished or not.

    Args:
        configuration: what is measured.
        bench: says which pictures and questions there are, and who does the work how; the link of
            its sweeps plays no part.
        folder: of this codec; ``injected.h5`` is written there.
        progress: told of each piece of work.

    Raises:
        linksim.phy.Refused: if the codec has nothing to put errors into.
        Fault: if the folder holds something else.
    """
    file, sweep = folder / INJECTED_FILE, replace(bench.common, codec=configuration.codec)
    plan = plan_of(sweep)
    samples = samples_for(plan.source)
    inputs, levels = inputs_of(sweep, samples), levels_of(configuration.errors)
    with journalled_run(folder, configuration, True, [INJECTED_FILE], inputs) as parts:
        if parts is None:
            return load_injected(file, configuration, inputs)
        found = {}
        for kind, points in levels.items():
            order = order_for(plan, bench.execution, inputs, kind, errors=kind)
            hold(order.sender, samples)
            found[kind] = _measured(configuration, order, points, bench, parts, progress)
        injected = _gathered(configuration, inputs, found)
        with parts_are_kept(folder):
            injected.save(file)
    return injected


def _measured(
    configuration: InjectedConfiguration,
    order: Order,
    points: Sequence[float],
    bench: Bench,
    parts: Parts,
    progress: Progress,
) -> Schedule:
    """Measure one kind of errors at every probability; what its parts have is not done again."""
    execution, crew = bench.execution, bench.crew
    kind, engine = order.label, crew.facts(order).engine
    parts.begin()

    def tell(piece: Piece) -> None:
        progress(f"{configuration.codec} {kind} {piece.point:g}", piece.done, piece.total)

    schedule = Schedule(
        order,
        configuration.images,
        execution.whole_batch,
        points,
        0,
        engine,
        parts.section(kind),
        tell,
    )
    carry_out([schedule], crew, crew.size())
    return schedule


def levels_of(errors: str) -> dict[str, list[float]]:
    """Return the probabilities of each kind of errors, no errors at all among those of the first.

    >>> levels_of("0.1,1e-3")
    {'index': [0.0, 0.1, 0.001], 'bit': [0.1, 0.001]}
    """
    first, *others = ERROR_KINDS
    grid = parse_errors(errors)
    return {first: [0.0, *grid], **dict.fromkeys(others, grid)}


def _gathered(
    configuration: InjectedConfiguration, inputs: Inputs, found: dict[str, Schedule]
) -> Injected:
    """Join what was measured, kind by kind."""
    about = questions(found[ERROR_KINDS[0]])
    figures = [pictures(schedule) for schedule in found.values()]
    kinds = [kind for kind, schedule in found.items() for _ in schedule.points]
    return Injected(
        configuration,
        np.array(kinds, dtype=np.str_),
        np.array([point for schedule in found.values() for point in schedule.points]),
        {name: np.concatenate([one[name] for one in figures]) for name in FIGURES},
        costs={name: about[name] for name in COSTS},
        questions={name: about[name] for name in QUESTIONS},
        inputs=inputs,
    )
