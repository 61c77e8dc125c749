"""Decoding of picture files that may be damaged, in a process of its own."""

from __future__ import annotations

import struct
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np

from linksim.source.processes import ended_after
from linksim.source.stills.worker import HEADER, READY

_WORKER = Path(__file__).with_name("worker.py")
_SECONDS = 60.0  # in case a decoder waits without working; generous, for a busy machine
_STREAMS = 500  # after so many a worker is replaced, and with it what it may have leaked


class GuardedDecoder:
    """Reads streams of one format into pictures of one size, whatever the streams hold.

    Args:
        name: of the format, as Pillow calls it.
        side: width and height of the pictures.
    """

    def __init__(self, name: str, side: int) -> None:
        self._name, self._side = name, side
        self._idle: list[_Worker] = []  # one for each thread that has decoded at the same time

    def decode(self, stream: bytes) -> np.ndarray | None:
        """Return the picture, uint8 ``[side, side, 3]``; None if the stream is none of this size.

        Raises:
            OSError: if no process can be started.
        """
        answer = self._ask(stream)
        if answer is None:  # it died: of this stream, or of something else
            answer = self._ask(stream)
        if not answer:
            return None
        return np.frombuffer(answer, dtype=np.uint8).reshape(self._side, self._side, 3)

    def _ask(self, stream: bytes) -> bytes | None:
        """Return a worker's answer; None if it died over it."""
        worker = self._take()  # back once its answer has come, and whole
        answer = worker.ask(stream)
        if answer is not None:
            self._idle.append(worker)
        return answer

    def _take(self) -> _Worker:
        """Return a worker for one question, a new one where all are asked or old."""
        while self._idle:
            worker = self._idle.pop()
            if worker.asked < _STREAMS:
                return worker
        return _Worker(self._name, self._side)


class _Worker:
    """A process of `linksim.source.stills.worker`, which ends with this object."""

    def __init__(self, name: str, side: int) -> None:
        self.asked = 0
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(_WORKER), name, str(side)],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        weakref.finalize(self, _end, self.process)
        if self._read(len(READY)) != READY:
            raise OSError(f"the process that decodes {name} does not start")

    def ask(self, stream: bytes) -> bytes | None:
        """Return the answer to a stream; None if the process is dead, or does not answer it."""
        self.asked += 1
        assert self.process.stdin
        request = memoryview(struct.pack(HEADER, self.asked, len(stream)) + stream)
        try:
            while request:
                request = request[self.process.stdin.write(request) :]
        except OSError:  # of a pipe whose other end is closed; Windows calls that by another name
            return None
        header = self._read(struct.calcsize(HEADER))
        number, size = (0, 0) if header is None else struct.unpack(HEADER, header)
        return self._read(size) if number == self.asked else None

    def _read(self, count: int) -> bytes | None:
        """Return so many bytes; None if they do not come."""
        pipe = self.process.stdout
        assert pipe
        read = b""
        with ended_after(self.process, _SECONDS):
            while len(read) < count:
                part = pipe.read(count - len(read))
                if not part:
                    return None
                read += part
        return read


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
