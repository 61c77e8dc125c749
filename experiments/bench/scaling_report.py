"""The scaling of a sweep as text."""

from __future__ import annotations

from linksim.experiments.bench.report import markdown_table, processor
from linksim.experiments.bench.scaling import Scaling

_ENOUGH = 0.02  # of a task's time may go into handing it out


def scaling_report(measured: Scaling, cores: int, load: float) -> str:
    """Return the report.

    Args:
        cores: how many this process may use.
        load: processes that wanted to run meanwhile, on average over the last minute.
    """
    task_s, empty_s = measured.task_s(), measured.empty_s
    most, apart = max(measured.rounds), measured.speed_up_apart()
    per_picture = task_s / measured.batch
    return "\n\n".join(
        [
            f"A sweep of {measured.tasks} tasks of {measured.batch} pictures on {processor()}; "
            f"{cores} cores, load {load:.1f}; wall time, one thread for each process, medians of "
            f"{len(measured.rounds[0])} rounds in turns.",
            _table(measured),
            f"- {most} workers that do their shares in one piece each, with nothing handed out: "
            f"speed-up {apart:.2f}, efficiency {apart / most:.2f}; more this machine has not",
            f"- start-up: {measured.start_s:.1f} s until {most} workers had their models",
            f"- a task of {measured.batch} pictures takes {task_s:.3g} s; handing it out takes "
            f"client and scheduler {empty_s * 1e3:.2f} ms of CPU time, {empty_s / task_s:.2%} of "
            "that",
            f"- one worker takes {measured.cost_of_one_worker():+.1%} over this process without "
            "Dask",
            f"- handing out stays below {_ENOUGH:.0%} of a task with batches of "
            f"{empty_s / _ENOUGH / per_picture:.2g} pictures or more; one scheduler keeps W "
            f"workers busy with batches of W · {empty_s / per_picture:.2g} or more",
        ]
    )


def _table(measured: Scaling) -> str:
    header = ["workers", "s for all tasks", "speed-up", "efficiency"]
    rows = [["none: this process", _seconds(measured, 0), "", ""]]
    for workers in sorted(measured.rounds)[1:]:
        faster = measured.speed_up(workers)
        shares = [f"{faster:.2f}", f"{faster / workers:.2f}"]
        rows.append([str(workers), _seconds(measured, workers), *shares])
    return markdown_table(header, rows)


def _seconds(measured: Scaling, workers: int) -> str:
    rounds = sorted(measured.rounds[workers])
    return f"{rounds[len(rounds) // 2]:.1f}"
