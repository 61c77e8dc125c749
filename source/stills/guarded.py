"""Decoding of picture files that may be damaged, in a process of its own."""

from __future__ import annotations

import struct
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np

from linksim.source.processes import ended_after
from linksim.source.sizes import Size
from linksim.source.stills.worker import ANSWER, HEADER, READY, seconds_for

_WORKER = Path(__file__).with_name("worker.py")
_SECONDS = 60.0  # in case a decoder waits without working; generous, for a busy machine
_STREAMS = 500  # after so many a worker is replaced, and with it what it may have leaked


class GuardedDecoder:
    """Reads streams of one format into pictures, whatever the streams hold.

    Args:
        name: of the format, as Pillow calls it, or one of `linksim.source.stills.worker`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle: list[_Worker] = []  # one for each thread that has decoded at the same time

    def decode(self, stream: bytes, size: Size) -> np.ndarray | None:
        """Return the picture, uint8 ``[H, W, 3]``; None if the stream is none of this size.

        Args:
            stream: a file, or what arrived of one.
            size: height and width that the picture must have.

        Raises:
            OSError: if no process can be started.
        """
        answer = self._ask(stream, size)
        if answer is None:  # it died: of this stream, or of something else
            answer = self._ask(stream, size)
        if not answer:
            return None
        return np.frombuffer(answer, dtype=np.uint8).reshape(*size, 3)

    def _ask(self, stream: bytes, size: Size) -> bytes | None:
        """Return a worker's answer; None if it died over it."""
        worker = self._take()  # back once its answer has come, and whole
        answer = worker.ask(stream, size)
        if answer is not None:
            self._idle.append(worker)
        return answer

    def _take(self) -> _Worker:
        """Return a worker for one question, a new one where all are asked or old."""
        while self._idle:
            worker = self._idle.pop()
            if worker.asked < _STREAMS:
                return worker
        return _Worker(self._name)


class _Worker:
    """A process of `linksim.source.stills.worker`, which ends with this object."""

    def __init__(self, name: str) -> None:
        self.asked = 0
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(_WORKER), name],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        weakref.finalize(self, _end, self.process)
        if self._read(len(READY), _SECONDS) != READY:
            raise OSError(f"the process that decodes {name} does not start")

    def ask(self, stream: bytes, size: Size) -> bytes | None:
        """Return the answer to a stream; None if the process is dead, or does not answer it."""
        self.asked += 1
        assert self.process.stdin
        request = memoryview(struct.pack(HEADER, self.asked, *size, len(stream)) + stream)
        try:
            while request:
                request = request[self.process.stdin.write(request) :]
        except OSError:  # of a pipe whose other end is closed; Windows calls that by another name
            return None
        seconds = _SECONDS + seconds_for(*size)
        header = self._read(struct.calcsize(ANSWER), seconds)
        number, length = (0, 0) if header is None else struct.unpack(ANSWER, header)
        return self._read(length, seconds) if number == self.asked else None

    def _read(self, count: int, seconds: float) -> bytes | None:
        """Return so many bytes; None if they do not come in time."""
        pipe = self.process.stdout
        assert pipe
        read = bytearray()
        with ended_after(self.process, seconds):
            while len(read) < count:
                part = pipe.read(count - len(read))
                if not part:
                    return None
                read += part
        return bytes(read)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
