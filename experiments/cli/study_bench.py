"""What studies that are made of sweeps run on: a bench, its crew, and a bar that tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from linksim.experiments.calls.progress import StudyBar
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.cli.worker_options import memory_bytes

if TYPE_CHECKING:
    from linksim.experiments.configuration import SweepConfiguration
    from linksim.experiments.studies.sweeps import Bench

_BATCH = 256  # pictures


@contextmanager
def study_bench(
    common: SweepConfiguration, how: dict[str, Any], codec: str = "--codec"
) -> Iterator[tuple[Bench, StudyBar]]:
    """Give a study its bench, and the bar that tells of its work.

    Args:
        common: what all sweeps share.
        how: the options ``out``, ``device`` and ``threads``, and those of `worker_options`.
        codec: the option that is to blame for a codec that cannot be had.
    """
    from linksim.experiments.studies.sweeps import Bench
    from linksim.experiments.sweeps.execution import LazyCrew
    from linksim.experiments.sweeps.sweep import Execution

    how["out"].mkdir(parents=True, exist_ok=True)
    execution = Execution(
        how["out"],
        _BATCH,
        how["device"],
        how["threads"],
        resume=True,
        workers=how["workers"],
        scheduler=how["scheduler"],
        memory=memory_bytes(how["worker_memory"]),
        wait_s=60 * how["worker_wait"],
    )
    with StudyBar() as bar, refusals_said_of(codec=codec), LazyCrew(execution) as crew:
        yield Bench(common, execution, bar.piece_done, crew), bar
