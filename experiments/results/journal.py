"""A run in a folder: alone there, kept piece by piece, and gone on with after any end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from linksim.experiments.configuration import Configuration
from linksim.experiments.faults import Fault
from linksim.experiments.results.lock import only_run, was_left
from linksim.experiments.results.parts import (
    PARTS_FOLDER,
    Parts,
    is_marked,
    not_ours,
    unfinished,
)


@contextmanager
def journalled_run(
    out: Path,
    configuration: Configuration,
    resume: bool,
    files: Sequence[str],
    inputs: Mapping[str, str] | None = None,
) -> Iterator[Parts | None]:
    """Let one run write its files into a folder, whenever it was interrupted before.

    Yields the parts, from which the files are to be made; or None if the results are there
    already and fit to be read, because the run had ended or was killed while it tidied up. What is
    missing of the other files is to be written then too. An end without an exception deletes the
    parts.

    Args:
        out: the folder; made where it is missing, and removed again where nothing was written.
        configuration: what the files depend on.
        resume: go on with a run that was interrupted, or is over.
        files: that the run writes; the first one holds the results and is written before the
            others, which are drawn from it.
        inputs: digests of what the run reads besides, see `linksim.experiments.data.inputs`.

    Raises:
        Fault: if another run is writing there, if nobody asked to resume what is there, if that
            was begun with other options or inputs, or if the folder holds files of the user's by
            our names.
    """
    if _is_over(out, files):
        if not resume:
            raise Fault(f"--out {out}: holds results already; give another folder")
        yield None  # who only reads leaves no trace
        return
    with only_run(out):
        parts = Parts(out / PARTS_FOLDER, configuration, resume, inputs)
        _check(out, files, resume)
        for file in unfinished(out, files):
            file.unlink()
        yield None if os.path.lexists(out / files[0]) else parts
        parts.remove()


def _is_over(out: Path, files: Sequence[str]) -> bool:
    """Tell whether no run is in a folder, and none was killed there before it had tidied up."""
    whole = all(os.path.lexists(out / name) for name in files)
    left = was_left(out) or is_marked(out / PARTS_FOLDER) or unfinished(out, files)
    return whole and not left


def _check(out: Path, files: Sequence[str], resume: bool) -> None:
    first, *others = files
    if not os.path.lexists(out / first):
        for name in others:  # ours come after the results
            if os.path.lexists(out / name):
                raise not_ours(out, name)
    elif not resume:
        raise Fault(
            f"--out {out}: holds results already; go on with --resume, or give another folder"
        )
