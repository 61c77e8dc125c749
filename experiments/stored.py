"""HDF5 files from outside: read no more than a file can hold, and nothing outside of it.

linksim writes whole arrays, uncompressed, text among them in fields of one length. So a file that
links to other files, or whose arrays are cut up, compressed or of variable length, is none of its.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from linksim.experiments.faults import Fault

_MOST_TEXT = 1 << 20  # bytes of an attribute
_KINDS = {"count": "iu", "number": "f", "byte": "u", "text": "S"}


# What h5py raises for files that are none, or damaged.
_UNREADABLE = (OSError, KeyError, AttributeError, RuntimeError, TypeError, ValueError, MemoryError)


@contextmanager
def open_stored(path: Path, what: str) -> Iterator[Stored]:
    """Open a file to be read.

    Args:
        path: of the file.
        what: it should hold, in words.

    Raises:
        Fault: if it can't be read as that.
    """
    _check_is_file(path)
    try:
        with h5py.File(path, "r") as file:
            yield Stored(file)
    except _UNREADABLE as error:
        raise Fault(f"{path}: can't be read as {what} ({error})") from None


def _check_is_file(path: Path) -> None:
    """Say in fewer words than HDF5 why there is nothing to be read.

    Raises:
        Fault: if the path is no file that can be read, or an empty one.
    """
    try:
        with path.open("rb") as opened:
            if not opened.read(1):
                raise Fault(f"{path}: is empty")
    except OSError as error:
        raise Fault(f"{path}: can't be read ({error.strerror})") from None


class Stored:
    """A group of an open file. All that is read through it is together no larger than the file.

    Args:
        group: of an open file.
        budget: bytes that may still be read, shared by all groups of a file.
    """

    def __init__(self, group: h5py.Group, budget: list[int] | None = None) -> None:
        self._group = group
        self._budget = [group.file.id.get_filesize()] if budget is None else budget

    def __iter__(self) -> Iterator[str]:
        return iter(self._group)

    def group(self, name: str) -> Stored:
        """Return a group in this one.

        Raises:
            Fault: if there is none.
        """
        return Stored(self._member(name, h5py.Group), self._budget)

    def attributes(self) -> dict[str, Any]:
        """Return the group's attributes: texts and single numbers.

        Raises:
            Fault: if one is anything else.
        """
        found = {}
        for name in self._group.attrs:
            stored = self._group.attrs.get_id(name)
            text = h5py.check_string_dtype(stored.dtype)
            number = stored.dtype.kind in "iuf"
            if stored.shape != () or not (text or number):
                raise self._fault(f"attribute {name}", "neither a text nor a number")
            value = self._group.attrs[name]
            if text and not (isinstance(value, str) and len(value) <= _MOST_TEXT):
                raise self._fault(f"attribute {name}", "no text of a length that linksim writes")
            found[name] = value
            self._take(value.nbytes if isinstance(value, np.generic) else len(value), name)
        return found

    def array(self, name: str, kind: str, shape: Sequence[int | None]) -> np.ndarray:
        """Return an array of this group.

        Args:
            name: of the dataset.
            kind: count (integers from 0), number, byte or text.
            shape: that it must have; None fits any length.

        Raises:
            Fault: if it is not there, of another kind or shape, or claims more than the file holds.
        """
        stored = self._member(name, h5py.Dataset)
        if stored.dtype.kind not in _KINDS[kind] or (kind == "byte" and stored.dtype.itemsize > 1):
            raise self._fault(name, f"holds no {kind}s")
        if stored.chunks or stored.external or stored.is_virtual:
            raise self._fault(name, "is not stored as linksim stores arrays")
        pairs = zip(stored.shape, shape, strict=False)
        if len(stored.shape) != len(shape) or any(w not in (None, n) for n, w in pairs):
            raise self._fault(name, f"has the shape {stored.shape}")
        self._take(stored.nbytes, name)
        values = np.asarray(stored[...])
        if kind == "count" and values.size and values.min() < 0:
            raise self._fault(name, "holds counts below 0")
        return np.char.decode(values, "utf-8") if kind == "text" else values

    def arrays(
        self, kinds: Mapping[str, str], shape: Sequence[int | None]
    ) -> dict[str, np.ndarray]:
        """Return arrays of one shape; see `array`. Where it is free, the first one decides it."""
        found: dict[str, np.ndarray] = {}
        for name, kind in kinds.items():
            found[name] = self.array(name, kind, shape)
            shape = found[name].shape
        return found

    def _take(self, size: int, name: str) -> None:
        self._budget[0] -= size
        if self._budget[0] < 0:
            raise self._fault(name, "claims more than the file holds")

    def _member(self, name: str, kind: type) -> Any:
        # Looked at before it is opened: a link may point into another file.
        link = self._group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise self._fault(name, "is missing" if link is None else "is a link")
        member = self._group[name]
        if not isinstance(member, kind):
            raise self._fault(name, "is no " + kind.__name__.lower())
        return member

    def _fault(self, name: str, problem: str) -> Fault:
        place = f"{self._group.name.rstrip('/')}/{name}"
        return Fault(f"{self._group.file.filename}: {place} {problem}")


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
