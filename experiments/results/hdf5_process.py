"""Processes that read HDF5 files for this one: no file can hang it, or break it."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from linksim.experiments.results.hdf5_worker import READY
from linksim.source.processes import ended_after

_WORKER = Path(__file__).with_name("hdf5_worker.py")
_SECONDS = 60.0  # in case a file system waits without working; generous, for a busy machine
_BYTES_PER_SECOND = 1 << 20  # that the slowest of them reads
_REQUESTS = 10_000  # after so many a process is replaced, and with it what it may have leaked


class NoAnswer(Exception):
    """The process died of what it was asked, or did not answer in time."""


class Refused(Exception):
    """A process's answer that what was asked for is not there, or not as linksim stores it."""


class Damaged(Exception):
    """A process's answer that a file can't be read."""


class ReadingProcess:
    """A process of `linksim.experiments.results.hdf5_worker`, which ends with this object.

    Raises:
        OSError: if it does not start.
    """

    def __init__(self) -> None:
        self.asked, self.answered = 0, 0
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_WORKER)],
            bufsize=0,
            pipesize=1 << 20,  # where there is such a thing; fewer turns for large arrays
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
        self.end = weakref.finalize(self, _end, self._process, os.getpid())
        ready = bytearray(len(READY))
        with suppress(NoAnswer):
            self._receive(ready)
        if ready != READY:
            raise OSError("the process that reads such files does not start")

    @property
    def is_fit(self) -> bool:
        """Whether it can be asked for more: its last answer came, and whole."""
        fresh = self.asked == self.answered < _REQUESTS
        return fresh and self._process.poll() is None

    def ask(self, wanted: str, **request: Any) -> Any:
        """Return an answer: JSON's kinds of values, or an array.

        Raises:
            NoAnswer, Refused, Damaged: where there is none.
        """
        self.asked += 1
        question = json.dumps({"number": self.asked, "do": wanted, **request}).encode()
        self._send(struct.pack(">Q", len(question)) + question)
        header = bytearray(8)
        self._receive(header)
        said = bytearray(*struct.unpack(">Q", header))
        self._receive(said)
        answer = json.loads(said)
        found = answer.get("found")
        if "dtype" in answer:
            found = np.empty(answer["shape"], answer["dtype"])
            self._receive(found.reshape(-1).view(np.uint8).data)
        if answer["number"] != self.asked:
            raise NoAnswer
        self.answered = self.asked
        if "refused" in answer:
            raise Refused(answer["refused"])
        if "damaged" in answer:
            raise Damaged(answer["damaged"])
        return found

    def _send(self, content: bytes) -> None:
        assert self._process.stdin
        left = memoryview(content)
        try:
            while left:
                left = left[self._process.stdin.write(left) :]
        except OSError:  # of a pipe whose other end is closed; Windows calls that by another name
            raise NoAnswer from None

    def _receive(self, buffer: bytearray | memoryview) -> None:
        """Fill a buffer of bytes."""
        pipe, left = self._process.stdout, memoryview(buffer)
        assert pipe
        with ended_after(self._process, _SECONDS + len(left) / _BYTES_PER_SECOND):
            while left:
                count = pipe.readinto(left)  # type: ignore[attr-defined]
                if not count:
                    raise NoAnswer
                left = left[count:]


_idle: list[tuple[int, ReadingProcess]] = []  # with the process that started each


@contextmanager
def reading_process() -> Iterator[ReadingProcess]:
    """Yield a process that nobody else asks; it is kept for the next who needs one, if it is fit.

    Raises:
        OSError: if none starts.
    """
    process = _taken() or ReadingProcess()
    try:
        yield process
    finally:
        try:
            if process.is_fit:
                process.ask("close")  # whoever is to write the file may
        finally:
            if process.is_fit:
                _idle.append((os.getpid(), process))
            else:
                process.end()


def _taken() -> ReadingProcess | None:
    while _idle:
        owner, process = _idle.pop()
        if owner == os.getpid() and process.is_fit:  # not that of whom we were forked from
            return process
    return None


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    if os.getpid() == owner:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
