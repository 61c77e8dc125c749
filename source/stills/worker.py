"""The process that decodes picture files, whatever they hold: ``python worker.py FORMAT SIDE``.

It says `READY`, then reads streams from stdin, a number and a length before each (`HEADER`), and
answers each on stdout in the same form, by its number: RGB, a byte per colour, or nothing where the
stream is no picture of that side. Memory and time are limited, where the system has such limits; a
stream that takes too long, or breaks the decoder, ends the process. Started by its path, because
``import linksim.source`` would load torch.
"""

from __future__ import annotations

import io
import signal
import struct
import sys
import warnings

from PIL import Image

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

READY = b"ready"
HEADER = ">II"  # as `struct` writes it

_MEMORY = 512 * 2**20  # bytes of address space, the interpreter's among them
_PER_PIXEL = 256  # more of them
_CPU_SECONDS = 2.0  # for a stream; 64×64 pixels take a thousandth of it


def main(name: str, side: int) -> None:
    """Answer streams until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted parent closes stdin
    warnings.simplefilter("ignore")
    most = _MEMORY + _PER_PIXEL * side * side
    _limit_memory(most)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    while header := requests.read(struct.calcsize(HEADER)):
        number, size = struct.unpack(HEADER, header)
        stream = requests.read(size)
        _limit_time(_CPU_SECONDS)
        try:
            answer = decode(stream, name, side)
        except Exception:  # of any kind: the stream is damaged
            answer = b""
        _limit_time(0)
        answers.write(struct.pack(HEADER, number, len(answer)) + answer)
        answers.flush()


def _limit_memory(most: int) -> None:
    """Take no more bytes of address space, and leave no picture of the process if it breaks."""
    if not resource:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ValueError, OSError):
        if sys.platform != "darwin":  # which takes no such limit
            raise


def _limit_time(seconds: float) -> None:
    """Let a signal end the process after so much CPU time; 0 for no limit.

    Where there is no such signal, who asks waits only so long.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def decode(stream: bytes, name: str, side: int) -> bytes:
    """Return the picture's RGB; empty, before memory is taken, if its header claims another size.

    Raises:
        Exception: of any kind, for a stream that is damaged.
    """
    with Image.open(io.BytesIO(stream), formats=(name,)) as opened:
        if opened.size != (side, side) or opened.mode != "RGB":
            return b""
        return opened.tobytes()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
