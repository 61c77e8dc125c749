"""JPEG2000 at a budget of bits, by Pillow's OpenJPEG: the best stream that fits is searched for."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from operator import itemgetter

import numpy as np
from PIL import Image

_FORMAT = "JPEG2000"
_COMMENT, _TILE = 0xFF64, 0xFF90  # markers (ISO/IEC 15444-1, A.2)
_COMMENT_BYTES = 39  # what the encoder counts among a stream's, and `without_comment` takes out

_STEP = 1.02  # from one rung of compression to the next
_RUNGS = 400  # the last one is a ratio of 2700: nothing but headers
_OVER = 12  # bytes by which streams are longer than asked for, typically
_HOPEFUL = 4  # ways of coding that are looked at closely
_FINALISTS = 2  # of these, whose coarser neighbours are too
_PHOTOGRAPH = 3 * 2**17  # bytes of a picture above which one way is tried
_DEPTH = 6  # its number of resolutions
_NEIGHBOURS = 4  # rungs below the finest that fits: a longer stream is worse at times


def compress(picture: np.ndarray, most: int) -> bytes:
    """Return the best codestream of at most ``most`` bytes that is found; empty if there is none.

    Best is what has the least squared error when it is decoded. Tried are both wavelets, each with
    four numbers of resolutions: for 64 pixels a side two or three do best at 1.5 bits a pixel, and
    four or five at a quarter of a bit, where few would leave the mean alone to be sent; each
    doubling of the side wants one more. Of a photograph the one that does best is tried alone.
    There is one layer: more of them cost headers, and change
    nothing where all are sent.

    Args:
        picture: uint8 ``[H, W, 3]``.
    """
    ways = list(_ways(picture))
    ways.sort(key=lambda way: way.error(_guess(picture.size, most)))
    fitting = ((way, rung) for way in ways if (rung := way.finest(most)) is not None)
    found = sorted(
        ((way.error(rung), way, rung) for way, rung in islice(fitting, _HOPEFUL)),
        key=itemgetter(0),
    )
    streams = [(error, way.stream(rung)) for error, way, rung in found]
    for _, way, finest in found[:_FINALISTS]:
        for rung in range(finest + 1, min(finest + 1 + _NEIGHBOURS, _RUNGS)):
            streams.append((way.error(rung), way.stream(rung)))
    return min(streams, default=(0.0, b""))[1]


def _ways(picture: np.ndarray) -> Iterator[_Way]:
    """Yield the ways of coding that are tried: of a photograph, the 9/7 wavelet at full depth."""
    usual = max(picture.shape).bit_length() - 4
    most = min(picture.shape[:2]).bit_length()  # no level may halve less than a pixel
    if picture.size > _PHOTOGRAPH:
        yield _Way(picture, True, min(_DEPTH, most))
        return
    depths = range(min(max(1, usual - 1), most), min(max(1, usual + 2), most) + 1)
    for irreversible, depth in product((False, True), depths):
        yield _Way(picture, irreversible, depth)


def _guess(size: int, most: int) -> int:
    """Return the rung at which a picture of ``size`` bytes has about ``most``."""
    ratio = size / max(most + _COMMENT_BYTES - _OVER, 1)
    return min(max(0, math.ceil(math.log(ratio, _STEP))), _RUNGS - 1)


@dataclass
class _Way:
    """A way to code a picture, over a ladder of ratios of compression: rung 0 is the finest."""

    picture: np.ndarray
    irreversible: bool
    resolutions: int
    _streams: dict[int, bytes] = field(default_factory=dict)
    _errors: dict[bytes, float] = field(default_factory=dict)

    def finest(self, most: int) -> int | None:
        """Return the first rung whose stream has at most ``most`` bytes; None if none has.

        Streams never grow from rung to rung.
        """
        rung, reach = _guess(self.picture.size, most), 1
        if not (self._fits(rung, most) or self._fits(_RUNGS - 1, most)):
            return None
        large, small = -1, _RUNGS - 1  # a rung that does not fit, and one that does
        while small - large > 1:
            if self._fits(rung, most):
                small, rung = rung, rung - reach
            else:
                large, rung = rung, rung + reach
            reach *= 2
            if not large < rung < small:
                rung = (large + small) // 2
        return small

    def _fits(self, rung: int, most: int) -> bool:
        return len(self.stream(rung)) <= most

    def stream(self, rung: int) -> bytes:
        """Return the codestream of a rung."""
        if rung not in self._streams:
            image, ratio = Image.fromarray(self.picture), _STEP**rung
            found = codestream(image, ratio, self.resolutions, self.irreversible)
            self._streams[rung] = found
        return self._streams[rung]

    def error(self, rung: int) -> float:
        """Return the mean squared error of what a rung's stream shows; colours go to 255."""
        stream = self.stream(rung)
        if stream not in self._errors:
            shown = np.asarray(Image.open(io.BytesIO(stream), formats=(_FORMAT,)), dtype=float)
            self._errors[stream] = float(np.square(shown - self.picture).mean())
        return self._errors[stream]


def codestream(image: Image.Image, ratio: float, resolutions: int, irreversible: bool) -> bytes:
    """Return the bare codestream of a picture at a ratio of compression.

    Args:
        image: RGB.
        ratio: of the picture's bytes to the stream's.
        resolutions: the number of levels of the wavelet transform, and one.
        irreversible: whether the wavelet is the 9/7 with its ICT, or the 5/3 with its RCT.
    """
    buffer = io.BytesIO()
    image.save(
        buffer,
        _FORMAT,
        no_jp2=True,
        mct=1,  # or colours would be coded one by one
        num_resolutions=resolutions,
        irreversible=irreversible,
        quality_mode="rates",
        quality_layers=[ratio],
    )
    return without_comment(buffer.getvalue())


def without_comment(stream: bytes) -> bytes:
    """Return a codestream less the encoder's name, 39 bytes that no decoder reads."""
    at = 2  # after the marker that begins it
    while (marker := int.from_bytes(stream[at : at + 2])) != _TILE:
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4])
        if marker == _COMMENT:
            return stream[:at] + stream[end:]
        at = end
    return stream
