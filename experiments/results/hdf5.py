"""HDF5 files from outside: read no more than a file can hold, and nothing outside of it.

linksim writes whole arrays, uncompressed, text among them in fields of one length. So a file that
links to other files, or whose arrays are cut up, compressed or of variable length, is none of its.
HDF5's library trusts what it reads: one wrong byte can keep it busy for ever. So another process
reads (`linksim.experiments.results.hdf5_worker`), which has limits and can be ended.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from linksim.experiments.faults import Fault
from linksim.experiments.results.hdf5_process import (
    Damaged,
    NoAnswer,
    ReadingProcess,
    Refused,
    reading_process,
)

RESULTS_FILE = "results.h5"
"""What a run's results are called in its folder."""


@contextmanager
def open_stored(path: Path, what: str) -> Iterator[Stored]:
    """Open a file to be read.

    Who finds that it holds something else raises `Refused`, naming the place, or a `Fault`.

    Args:
        path: of the file, or of a folder that holds `RESULTS_FILE`.
        what: it should hold, in words.

    Raises:
        Fault: if it can't be read as that.
    """
    path = _file_of(path)
    _check_is_file(path)
    try:
        with reading_process() as process:
            yield _opened(process, path)
    except Refused as refused:
        raise Fault(f"{path}: {refused}") from None
    except NoAnswer:
        raise Fault(f"{path}: can't be read as {what} (it is damaged)") from None
    except OSError as error:
        raise Fault(f"{path}: can't be read as {what} ({error.strerror or error})") from None
    except Damaged as error:
        raise Fault(f"{path}: can't be read as {what} ({error})") from None


def _file_of(path: Path) -> Path:
    """Return the results in a folder, if a folder is given that holds some."""
    inside = path / RESULTS_FILE
    return inside if path.is_dir() and inside.exists() else path


def _check_is_file(path: Path) -> None:
    """Say in fewer words than HDF5 why there is nothing to be read.

    Raises:
        Fault: if the path is no file that can be read, or an empty one.
    """
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise Fault(f"{path}: is no file")  # to open a pipe would wait for ever
        with path.open("rb") as opened:
            if not opened.read(1):
                raise Fault(f"{path}: is empty")
    except OSError as error:
        raise Fault(f"{path}: can't be read ({error.strerror})") from None


def _opened(process: ReadingProcess, path: Path) -> Stored:
    process.ask("open", path=os.fsencode(path.absolute()).hex())
    return Stored(process)


class Stored:
    """A group of an open file. All that is read through it is together no larger than the file.

    Args:
        process: that has the file open.
        place: of the group: the names of those around it, and its own.
    """

    def __init__(self, process: ReadingProcess, place: Sequence[str] = ()) -> None:
        self._process, self._place = process, list(place)

    def __iter__(self) -> Iterator[str]:
        return iter(self._process.ask("names", group=self._place))

    def numbered(self) -> list[str]:
        """Return the names in this group in order; all are numbers.

        Raises:
            Refused: if one is none.
        """
        names = list(self)
        if not all(name.isascii() and name.isdecimal() and len(name) < 10 for name in names):
            raise Refused(f"/{'/'.join(self._place)} has other things in it than numbers 0, 1, …")
        return sorted(names, key=int)

    def group(self, name: str) -> Stored:
        """Return a group in this one; whether there is one shows when it is read."""
        return Stored(self._process, [*self._place, name])

    def attributes(self) -> dict[str, Any]:
        """Return the group's attributes: texts and single numbers.

        Raises:
            Refused: if one is anything else.
        """
        found: dict[str, Any] = self._process.ask("attributes", group=self._place)
        return found

    def array(self, name: str, kind: str, shape: Sequence[int | None]) -> np.ndarray:
        """Return an array of this group.

        Args:
            name: of the dataset.
            kind: count (integers from 0), number, byte or text.
            shape: that it must have; None fits any length.

        Raises:
            Refused: if it is not there, of another kind or shape, or claims more than the file
                holds.
        """
        wanted = {"name": name, "kind": kind, "shape": [n and int(n) for n in shape]}
        values: np.ndarray = self._process.ask("array", group=self._place, **wanted)
        if kind != "text":
            return values
        try:
            return np.char.decode(values, "utf-8")
        except UnicodeDecodeError:
            place = "/".join([*self._place, name])
            raise Refused(f"/{place} holds text that is not UTF-8") from None

    def arrays(
        self, kinds: Mapping[str, str], shape: Sequence[int | None]
    ) -> dict[str, np.ndarray]:
        """Return arrays of one shape; see `array`. Where it is free, the first one decides it."""
        found: dict[str, np.ndarray] = {}
        for name, kind in kinds.items():
            found[name] = self.array(name, kind, shape)
            shape = found[name].shape
        return found


def json_of(text: object) -> Any:
    """Return what an attribute holds as JSON.

    Raises:
        Damaged: if it is no text, or no JSON.
    """
    try:
        return json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError):
        raise Damaged("an attribute is no JSON") from None


def table_of(text: object) -> dict[str, Any]:
    """Return the table that an attribute holds as JSON.

    Raises:
        Damaged: if it is no such table.
    """
    table = json_of(text)
    if not isinstance(table, dict):
        raise Damaged("an attribute is no table in JSON")
    return table


def as_stored(values: np.ndarray) -> np.ndarray:
    """Return an array as it is written: text in UTF-8, in fields as long as the longest.

    What is no text (bytes of a name that Python keeps as surrogates) is written as ``\\udcff``:
    nothing that was measured is lost for it.
    """
    if values.dtype.kind != "U":
        return values
    coded = np.char.encode(values, "utf-8", "backslashreplace")
    width = max(coded.dtype.itemsize, 1)
    return coded.astype(h5py.string_dtype("utf-8", width))
