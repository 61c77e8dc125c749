"""VVC (ITU-T H.266) intra pictures, coded by VVenC in the FFmpeg that imageio-ffmpeg brings.

VVenC codes 4:2:0 with 10 bits and nothing else: colours are halved both ways by Lanczos' filter.
The matrix is BT.601's, full range, as the receiver knows.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import numpy as np

from linksim.source.stills.worker import vvc_side

QUANTISERS = 64
"""Quantisation parameters 0 to 63, the finest first."""

_SECONDS = 3600.0  # in case an encoder waits without working
_SETS_AND_SLICES = frozenset((7, 8, 9, 14, 15, 16, 17, 18))  # IDR, CRA, VPS, SPS, PPS, APS
_START = b"\0\0\1"
_NO_ROOM = b"submitting video frame"  # what FFmpeg says of a stream that is too long
_FILTER = "out_color_matrix=bt601:out_range=full:flags=lanczos+accurate_rnd+full_chroma_int"


def encode(picture: np.ndarray, quantiser: int, preset: str) -> bytes:
    """Return the stream of a picture, as `payload` leaves it.

    FFmpeg leaves VVenC room for a byte a pixel. Of noise, which takes more, it is the finest stream
    for which there is room.

    Args:
        picture: uint8 ``[H, W, 3]``; filled up on the right and below to what VVC codes.
        quantiser: 0 to 63.
        preset: VVenC's, ``faster`` to ``slower``.

    Raises:
        OSError: if FFmpeg can't be run, or has no VVenC.
    """
    for coarser in range(quantiser, QUANTISERS):
        done = _encoded(picture, coarser, preset)
        if done.stdout and not done.returncode:
            return payload(done.stdout)
        if _NO_ROOM not in done.stderr:
            break
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    raise OSError(f"vvc: FFmpeg with VVenC made no stream: {said[0][:200] if said else ''}")


def _encoded(
    picture: np.ndarray, quantiser: int, preset: str
) -> subprocess.CompletedProcess[bytes]:
    import imageio_ffmpeg

    more = [(0, vvc_side(side) - side) for side in picture.shape[:2]]
    filled = np.pad(picture, (*more, (0, 0)), mode="edge")
    height, width = filled.shape[:2]
    before = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "pipe:0"]
    colours = ["-vf", f"scale={_FILTER}", "-pix_fmt", "yuv420p10le", "-frames:v", "1"]
    coder = ["-c:v", "libvvenc", "-qp", str(quantiser), "-qpa", "0", "-preset", preset]
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *before, *colours, *coder]
    words += ["-threads", "1", "-f", "vvc", "pipe:1"]
    return subprocess.run(words, input=filled.tobytes(), capture_output=True, timeout=_SECONDS)


def payload(stream: bytes) -> bytes:
    """Return parameter sets and slices of a stream, each behind a start code of 3 bytes.

    What delimits and describes pictures is left out (ITU-T H.266, table 5).
    """
    return b"".join(_START + nal for nal in _nals(stream) if nal[1] >> 3 in _SETS_AND_SLICES)


def _nals(stream: bytes) -> Iterator[bytes]:
    """Yield the NAL units of a byte stream (ITU-T H.266, annex B)."""
    for nal in stream.split(_START)[1:]:
        if len(whole := nal.rstrip(b"\0")) > 1:
            yield whole
