"""A picture file as a message of fixed size, and what a receiver shows of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch

from linksim.source.codec import UnknownCodec, codec_options
from linksim.source.message import Message, MessageFormat, Received
from linksim.source.stills.guarded import GuardedDecoder

GREY = 0.5
"""What a receiver shows that can't decode what came."""

Compress = Callable[[np.ndarray, int], bytes]
"""Makes of a picture, uint8 ``[H, W, 3]``, the best stream of at most so many bytes, or b""."""

_KEPT_BYTES = 2**25  # of streams, of pictures that may come again: a grid sends all many times
_BITS = (1024, 2**27)  # fewest and most that a message may have


class StillCodec:
    """Sends a picture as a file, its message filled up with zeros to the same size for all.

    A picture that no stream of this size can hold is sent as zeros, and so shown as grey.

    Args:
        name: of the codec.
        side: of the pictures.
        bits: of a message, a multiple of 8.
        compress: makes the streams.
        decoder: reads them.
        device: of the pictures.
    """

    def __init__(
        self,
        name: str,
        side: int,
        bits: int,
        compress: Compress,
        decoder: GuardedDecoder,
        device: torch.device,
    ) -> None:
        self.name, self.side = name, side
        self._bytes, self._compress, self._decoder = bits // 8, compress, decoder
        self._device = device
        self._streams: dict[bytes, bytes] = {}

    @property
    def format(self) -> MessageFormat:
        """A file's bytes; see `linksim.source.codec.Codec.format`."""
        return MessageFormat(self._bytes, 8)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return a file's bytes for each picture; see `linksim.source.codec.Codec.encode`."""
        pictures = images.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        values = np.zeros((len(pictures), self._bytes), dtype=np.int64)
        for row, picture in zip(values, pictures, strict=True):
            stream = np.frombuffer(self._stream(picture), dtype=np.uint8)
            row[: len(stream)] = stream
        return Message(torch.from_numpy(values), 8)

    def _stream(self, picture: np.ndarray) -> bytes:
        """Return a picture's stream, from those that are kept if it came before."""
        digest = hashlib.sha256(picture.tobytes()).digest()
        stream = self._streams.get(digest)
        if stream is None:
            stream = self._compress(picture, self._bytes)
            if len(self._streams) * self._bytes >= _KEPT_BYTES:
                self._streams.clear()  # another thread may be here: what is returned is in hand
            self._streams[digest] = stream
        return stream

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures, grey where the bytes are none."""
        shape = (len(received.values), self.side, self.side, 3)
        pictures = np.full(shape, GREY, dtype=np.float32)
        for picture, row in zip(pictures, received.values.byte().cpu().numpy(), strict=True):
            decoded = self._decoder.decode(row.tobytes())
            if decoded is not None:
                picture[...] = decoded / np.float32(255)
        return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().to(self._device)


def budget(codec: str, options: str, default: int) -> int:
    """Return the bits of a message, in whole bytes, that ``bits=N`` asks for.

    Args:
        codec: its name, for what is said to the user.
        options: what follows the colon; empty for the default.
        default: number of bits.

    Raises:
        UnknownCodec: if the options are others, or the number is none of bits.
    """
    fewest, most = _BITS
    text = codec_options(options, ["bits"], codec).get("bits", str(default))
    if not (text.isdecimal() and len(text) < 12 and fewest <= int(text) <= most):
        raise UnknownCodec(f"{codec}:bits={text}: give the bits of a picture, {fewest} to {most}")
    return int(text) // 8 * 8
