"""How far a run is: on stderr in a terminal, or below a notebook's cell."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from linksim.experiments.results.estimates import Estimate
from linksim.experiments.text_out import note, printable

if TYPE_CHECKING:
    from linksim.experiments.links.results import Tally
    from linksim.experiments.links.simulation import Place
    from linksim.experiments.sweeps.schedule import Piece


def progress_bar(console: Console, left: ProgressColumn | None = None) -> Progress:
    """Return a bar for pieces of work; it stays away from what is no terminal and no notebook.

    Args:
        console: where it is drawn.
        left: says how long it goes on; by the pace of the last pieces, unless told otherwise.
    """
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        left or TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not shows_bars(console),
    )


def shows_bars(console: Console) -> bool:
    """Tell whether a console redraws what it shows: a terminal, or a notebook with ipywidgets."""
    return console.is_terminal or (console.is_jupyter and find_spec("ipywidgets") is not None)


def stderr_console() -> Console:
    """Return the console that bars and notes are on."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def link_progress(shown: bool) -> Iterator[Callable[[Place, Tally, bool], None]]:
    """Yield who is to be told of each round of a link's simulation: a bar, if it is to be shown."""
    from linksim.experiments.links.tables import point_line  # h5py is slow to load

    bar = progress_bar(stderr_console())
    task = bar.add_task("starting", total=None)

    def tell(place: Place, counted: Tally, finished: bool) -> None:
        done = place.done + finished
        bar.update(
            task,
            description=printable(point_line(place, counted)),
            completed=done,
            total=place.total,
        )

    if not shown:
        yield lambda *_: None
        return
    with bar:
        yield tell


class TimeLeft:
    """How long a sweep goes on, by the pace of its whole batches.

    The pieces of a batch are no measure: its first SNRs pay for pictures that later ones share. So
    only batches that are to begin count.

    Args:
        clock: seconds of whatever zero.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._first: tuple[str, float] | None = None
        self._began, self._batches = (0.0, 0), 0
        self._end: float | None = None

    def see(self, piece: Piece) -> None:
        """Take note of a piece; where one of the first one's SNR comes again, a batch is over."""
        now, where = (self._clock(), piece.done), (piece.label, piece.point)
        if self._first is None:
            self._first, self._began = where, now
        elif where == self._first:
            self._batches += 1
            took, pieces = (b - a for a, b in zip(self._began, now, strict=True))
            to_begin = (piece.total - piece.done) * self._batches // pieces
            self._end = now[0] + took / self._batches * to_begin

    def seconds(self) -> float | None:
        """Return the seconds left, None where no batch is over yet."""
        return None if self._end is None else max(self._end - self._clock(), 0.0)


class _TimeLeftColumn(ProgressColumn):
    """Shows a `TimeLeft` in the first line."""

    def __init__(self, left: TimeLeft) -> None:
        super().__init__()
        self._left = left

    def render(self, task: Task) -> Text:
        seconds = self._left.seconds()
        if task.id or seconds is None:
            return Text("" if task.id else "-:--:--", style="progress.remaining")
        return Text(str(timedelta(seconds=round(seconds))), style="progress.remaining")


class StudyBar:
    """A bar for the piece of a study that is in hand: a sweep, or work of its own."""

    def __init__(self) -> None:
        self._bar = progress_bar(stderr_console())
        self._task = self._bar.add_task("loading models", total=None)

    def __enter__(self) -> StudyBar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def advance(self, name: str, done: int, total: int) -> None:
        """Show how much is done of what has this name."""
        self._bar.update(self._task, description=printable(name), completed=done, total=total)

    def piece_done(self, name: str, piece: Piece) -> None:
        """Show what has become of a sweep with this piece of it."""
        self.advance(f"{name} {piece.point:5.1f} dB", piece.done, piece.total)

    def note(self, text: str) -> None:
        """Say something above the bar."""
        note(text, self._bar.console)


class SweepBars:
    """A bar for all work, and below it one for each SNR of a sweep, or for each sweep of a grid.

    The former show the answer match so far.

    Args:
        console: where they are drawn.
        grid: whether there are several sweeps.

    Bars stay away from what is no terminal. Where a terminal has fewer lines than there are SNRs,
    rich leaves out what does not fit.
    """

    def __init__(self, console: Console, grid: bool = False) -> None:
        self._left, self._grid = TimeLeft(), grid
        self._bars = progress_bar(console, _TimeLeftColumn(self._left))
        self._all = self._bars.add_task("loading models", total=None)
        self._tasks: dict[str | float, TaskID] = {}

    def __enter__(self) -> SweepBars:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def advance(self, piece: Piece) -> None:
        """Show what has become of the work with this piece."""
        self._left.see(piece)
        update = self._bars.update
        update(self._all, description="all", completed=piece.done, total=piece.total)
        label = printable(piece.label)
        if self._grid:
            done, total = piece.of_sweep
            update(self._task(piece.label), description=label, completed=done, total=total)
            return
        text = f"{label} {piece.point:5.1f} dB"
        if not math.isnan(piece.match.value):
            text += f": answer match {spread(piece.match)}"
        task = self._task(piece.point)
        update(task, description=text, completed=piece.pictures, total=piece.wanted)

    def _task(self, name: str | float) -> TaskID:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task("")
        return self._tasks[name]


def spread(estimate: Estimate) -> str:
    """Return a share with half the width of its interval.

    >>> spread(Estimate(0.5, 0.375, 0.625))
    '50.0 ± 12.5 %'
    """
    half = (estimate.high - estimate.low) / 2
    return f"{100 * estimate.value:.1f} ± {100 * half:.1f} %"
