"""Options that say who does a command's work."""

from __future__ import annotations

from typing import Any

import click

from linksim.experiments.cli.options import Command, with_options
from linksim.experiments.faults import Fault

_MOST_WORKERS = 1024
_LEAST_BYTES = 2**28


def _workers(context: click.Context, _: click.Parameter, number: int) -> int:
    if not 1 <= number <= _MOST_WORKERS:
        raise Fault(f"--workers {number}: give a number from 1 to {_MOST_WORKERS}")
    if number > 1 and context.params.get("scheduler"):
        raise Fault("--workers: of this machine; those of --scheduler are as many as it has")
    return number


def _memory(_: click.Context, __: click.Parameter, text: str) -> str:
    memory_bytes(text)
    return text


def memory_bytes(text: str) -> int:
    """Return what --worker-memory says in bytes, 0 for a share of the machine's memory.

    Raises:
        Fault: if it is too little, or no number of bytes.
    """
    if text == "share":
        return 0
    from dask.utils import parse_bytes

    try:
        given = int(parse_bytes(text))
    except ValueError:
        given = 0
    if given < _LEAST_BYTES:
        raise Fault(f"--worker-memory {text}: give share, or 256MiB or more, like 4GiB")
    return given


def study_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return a study's options as `linksim.experiments.calls.studies` has them."""
    how = dict(options)
    memory, minutes = how.pop("worker_memory"), how.pop("worker_wait")
    return {**how, "memory": memory_bytes(memory), "wait_s": 60 * minutes}


def _wait(_: click.Context, __: click.Parameter, minutes: float) -> float:
    if not minutes > 0:
        raise Fault(f"--worker-wait {minutes:g}: give minutes, more than 0")
    return minutes


_OPTIONS: list[Any] = [
    click.option(
        "--scheduler",
        default="",
        is_eager=True,
        metavar="ADDRESS",
        help="Let the workers of a Dask scheduler do the work, like tcp://node:8786; see "
        "docs/cluster.md.",
    ),
    click.option(
        "--workers",
        type=int,
        default=1,
        show_default=True,
        callback=_workers,
        help="Processes to share the work, each with its share of the cores (or --threads) and one "
        "GPU, where there are any; 1 is this process alone.",
    ),
    click.option(
        "--worker-memory",
        default="share",
        show_default=True,
        callback=_memory,
        metavar="BYTES",
        help="Memory that each of --workers may use, like 4GiB; a worker that takes more is ended, "
        "and its work done again. share: the machine's memory over one more than the workers.",
    ),
    click.option(
        "--worker-wait",
        type=float,
        default=10.0,
        show_default=True,
        callback=_wait,
        metavar="MINUTES",
        help="How long to wait while --scheduler or --workers has no worker left; then the command "
        "ends, and what was measured is kept.",
    ),
]


def worker_options(command: Command) -> Command:
    """Add --scheduler, --workers, --worker-memory and --worker-wait."""
    return with_options(command, _OPTIONS)
