"""The process that reads HDF5 files, whatever they hold: ``python hdf5_worker.py``.

It says `READY`, then reads requests from stdin and answers each on stdout: a length (8 bytes, big
endian), so many bytes of JSON, and after these the bytes of an array where there is one. A request
has a number, which its answer repeats. Memory and time are limited, where the system has such
limits; a file that takes too much of either ends the process. Started by its path: a package around
it would load more than it needs.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

import h5py
import numpy as np

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

READY = b"ready"

_MEMORY = 1 << 30  # bytes of address space, the interpreter's among them
_CPU_SECONDS = 2.0  # for a request, and for every so many bytes of the file
_PER_BYTES = 1 << 26
_SPARE = 1 << 26  # bytes that any file may fill
_COMPRESSED = 100  # times that a file system may have packed a file
_MOST_TEXT = 1 << 20  # bytes of an attribute
_KINDS = {"count": "iu", "number": "f", "byte": "u", "text": "S"}


class Refused(Exception):
    """What is asked for is not there, or not as linksim stores it."""


class Reader:
    """An open file, of which no more is read than it can hold.

    Args:
        path: of the file, as the system spells it.
    """

    def __init__(self, path: bytes) -> None:
        self.left = _fits(os.stat(path))
        self.file = h5py.File(path, "r")

    def names(self, group: Sequence[str]) -> list[str]:
        """Return what is in a group, which is named by the groups around it and itself."""
        found = list(self._group(group))
        self._take(sum(map(len, found)), group)
        return found

    def attributes(self, group: Sequence[str]) -> dict[str, Any]:
        """Return a group's attributes: texts and single numbers."""
        attributes, found = self._group(group).attrs, {}
        for name in attributes:
            stored, place = attributes.get_id(name), [*group, f"attribute {name}"]
            text, number = h5py.check_string_dtype(stored.dtype), stored.dtype.kind in "iuf"
            if stored.shape != () or not (text or number):
                raise _refused(place, "neither a text nor a number")
            value = attributes[name]
            if text and not (isinstance(value, str) and len(value) <= _MOST_TEXT):
                raise _refused(place, "no text of a length that linksim writes")
            found[name] = value if text else value.item()
            self._take(len(name) + (len(value) if text else value.nbytes), place)
        return found

    def array(
        self, group: Sequence[str], name: str, kind: str, shape: Sequence[int | None]
    ) -> np.ndarray:
        """Return an array; see `linksim.experiments.results.hdf5.Stored.array`."""
        stored, place = _member(self._group(group), name, group, h5py.Dataset), [*group, name]
        if stored.chunks or stored.external or stored.is_virtual:  # before anything is followed
            raise _refused(place, "is not stored as linksim stores arrays")
        if stored.dtype.kind not in _KINDS[kind] or (kind == "byte" and stored.dtype.itemsize > 1):
            raise _refused(place, f"holds no {kind}s")
        pairs = zip(stored.shape, shape, strict=False)
        if len(stored.shape) != len(shape) or any(w not in (None, n) for n, w in pairs):
            raise _refused(place, f"has the shape {stored.shape}")
        self._take(stored.nbytes, place)
        values = np.ascontiguousarray(stored[...])
        if kind == "count" and values.size and values.min() < 0:
            raise _refused(place, "holds counts below 0")
        return values

    def _group(self, names: Sequence[str]) -> h5py.Group:
        group: h5py.Group = self.file
        for depth, name in enumerate(names):
            group = _member(group, name, names[:depth], h5py.Group)
        return group

    def _take(self, size: int, place: Sequence[str]) -> None:
        self.left -= size
        if self.left < 0:
            raise _refused(place, "claims more than the file holds")


def _member(group: h5py.Group, name: str, place: Sequence[str], kind: type) -> Any:
    # Looked at before it is opened: a link may point into another file.
    link = None if "/" in name else group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise _refused([*place, name], "is missing" if link is None else "is a link")
    member = group[name]
    if not isinstance(member, kind):
        raise _refused([*place, name], "is no " + kind.__name__.lower())
    return member


def _refused(place: Sequence[str], problem: str) -> Refused:
    return Refused(f"/{'/'.join(place)} {problem}")


def _fits(about: os.stat_result) -> int:
    """Return how many bytes a file can hold: not its holes, of which it may claim terabytes."""
    stored = getattr(about, "st_blocks", 0) * 512  # Windows does not tell
    return min(about.st_size, _SPARE + _COMPRESSED * stored) if stored else about.st_size


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted parent ends us
    if resource:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    reader: Reader | None = None
    while header := requests.read(8):
        request = json.loads(requests.read(*struct.unpack(">Q", header)))
        number, wanted = request.pop("number"), request.pop("do")
        _limit_time(_CPU_SECONDS)
        try:
            if wanted in ("open", "close"):
                if reader:
                    reader.file.close()
                reader = _open(bytes.fromhex(request["path"])) if wanted == "open" else None
                found = None
            else:
                _limit(reader)
                found = getattr(reader, wanted)(**request)
            answer = {"found": None if isinstance(found, np.ndarray) else found}
        except Refused as refused:
            answer, found = {"refused": str(refused)}, None
        except Exception as error:  # of any kind: the file is damaged
            answer, found = {"damaged": str(error)}, None
        _limit_time(0)
        _send(answers, {"number": number, **answer}, found)


def _open(path: bytes) -> Reader:
    _limit_memory(0)
    return Reader(path)


def _limit(reader: Reader | None) -> None:
    """Limit what is to be read by what the file holds."""
    left = reader.left if reader else 0
    _limit_memory(left)
    _limit_time(_CPU_SECONDS * (1 + max(left, 0) / _PER_BYTES))


def _limit_time(seconds: float) -> None:
    """Let a signal end the process after so much CPU time; 0 for no limit.

    Where there is no such signal, who asks waits only so long.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory(size: int) -> None:
    if not resource:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MEMORY + 2 * max(size, 0)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ValueError, OSError):
        if sys.platform != "darwin":  # which takes no such limit
            raise


def _send(answers: BinaryIO, answer: dict[str, Any], found: Any) -> None:
    if isinstance(found, np.ndarray):
        answer |= {"dtype": found.dtype.str, "shape": found.shape}
    said = json.dumps(answer).encode()
    answers.write(struct.pack(">Q", len(said)) + said)
    if isinstance(found, np.ndarray):
        answers.write(found.reshape(-1).view(np.uint8).data)
    answers.flush()


if __name__ == "__main__":
    main()
