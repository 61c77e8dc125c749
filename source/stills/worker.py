"""The process that decodes picture files, whatever they hold: ``python worker.py FORMAT``.

It says `READY`, then reads streams from stdin, each behind a number, the height and width that it
must have, and its length (`HEADER`), and answers each on stdout by its number and a length
(`ANSWER`): RGB, a byte per colour, or nothing where the stream is no picture of that size. Memory
and time are limited, where the system has such limits; a stream that takes too long, or breaks the
decoder, ends the process. Started by its path, because ``import linksim.source`` would load torch.
"""

from __future__ import annotations

import io
import signal
import struct
import subprocess
import sys
import warnings

from PIL import Image

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

READY = b"ready"
HEADER, ANSWER = ">IIII", ">II"  # as `struct` writes them
HEIF, JPEG_XL, VVC = "HEIF", "JPEG XL", "VVC"
"""Formats that Pillow leaves to others."""

_MEMORY = 512 * 2**20  # bytes of address space, the interpreter's among them
_VVC_MEMORY = 768 * 2**20  # of FFmpeg, 170 MB of them its program
_PER_PIXEL = 96  # more of them
_LEAST_VVC, _VVC_STEP = 64, 8  # pixels a side of what VVenC codes
_VVC_COLOURS = (
    "in_color_matrix=bt601:in_range=full:flags=lanczos+accurate_rnd+full_chroma_int+full_chroma_inp"
)
_WAITS = 10  # times as long as it may compute FFmpeg may take
_CPU_SECONDS = 2.0  # for a stream; 64×64 pixels take a thousandth of it
_CPU_SECONDS_PER_PIXEL = 3e-6  # more of them: several times what JPEG2000 takes, the slowest


def main(name: str) -> None:
    """Answer streams until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted parent closes stdin
    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # sizes are compared with what they must be
    _load(name)
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    while header := requests.read(struct.calcsize(HEADER)):
        number, height, width, length = struct.unpack(HEADER, header)
        _limit_memory(_MEMORY + _PER_PIXEL * height * width)
        stream = requests.read(length)
        _limit_time(seconds_for(height, width))
        try:
            answer = decode(stream, name, height, width)
        except Exception:  # of any kind: the stream is damaged
            answer = b""
        _limit_time(0)
        answers.write(struct.pack(ANSWER, number, len(answer)) + answer)
        answers.flush()


def seconds_for(height: int, width: int) -> float:
    """Return the CPU time that a stream of a size may take."""
    return _CPU_SECONDS + _CPU_SECONDS_PER_PIXEL * height * width


def _load(name: str) -> None:
    """Load what decodes a format, before memory is limited."""
    if name == HEIF:
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener(thumbnails=False, aux_images=False, depth_images=False)
    elif name == JPEG_XL:
        import imagecodecs

        imagecodecs.jpegxl_decode  # noqa: B018 - loads the library
    elif name == VVC:
        import imageio_ffmpeg

        imageio_ffmpeg.get_ffmpeg_exe()
    else:
        Image.init()


def _limit_memory(most: int) -> None:
    """Take no more bytes of address space, and leave no picture of the process if it breaks."""
    if not resource:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ValueError, OSError):
        if sys.platform != "darwin":  # which takes no such limit
            raise


def _limit_time(seconds: float) -> None:
    """Let a signal end the process after so much CPU time; 0 for no limit.

    Where there is no such signal, who asks waits only so long.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def decode(stream: bytes, name: str, height: int, width: int) -> bytes:
    """Return the picture's RGB; empty, before memory is taken, if its header claims another size.

    Raises:
        Exception: of any kind, for a stream that is damaged.
    """
    if name == JPEG_XL:
        return _jpeg_xl(stream, height, width)
    if name == VVC:
        return _vvc(stream, height, width)
    with Image.open(io.BytesIO(stream), formats=(name,)) as opened:
        if opened.size != (width, height) or opened.mode != "RGB":
            return b""
        return opened.tobytes()


def _jpeg_xl(stream: bytes, height: int, width: int) -> bytes:
    import imagecodecs

    pixels = imagecodecs.jpegxl_decode(stream, numthreads=1)
    if pixels.shape != (height, width, 3) or pixels.dtype.name != "uint8":
        return b""
    return bytes(pixels.tobytes())


def vvc_side(side: int) -> int:
    """Return the side that VVC codes, for one of a picture: both are filled up."""
    return max(_LEAST_VVC, -(-side // _VVC_STEP) * _VVC_STEP)


def _vvc(stream: bytes, height: int, width: int) -> bytes:
    """Decode by FFmpeg, in a process that has limits of its own."""
    import imageio_ffmpeg

    seconds = seconds_for(height, width)
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-threads", "1", "-f", "vvc"]
    words += ["-i", "pipe:0", "-frames:v", "1", "-vf", f"scale={_VVC_COLOURS}"]
    words += ["-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"]

    def limit() -> None:
        _limit_memory(_VVC_MEMORY + _PER_PIXEL * height * width)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))

    shown = subprocess.run(
        words,
        input=stream,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_WAITS * seconds,
        preexec_fn=limit if resource else None,
    ).stdout
    rows, columns = vvc_side(height), vvc_side(width)
    if len(shown) != 3 * rows * columns:
        return b""
    return Image.frombytes("RGB", (columns, rows), shown).crop((0, 0, width, height)).tobytes()


if __name__ == "__main__":
    main(sys.argv[1])
