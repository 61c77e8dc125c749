"""A picture file as a message of fixed size, and what a receiver shows of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from linksim.source.codec import UnknownCodec, codec_options
from linksim.source.message import Message, MessageFormat, Received
from linksim.source.sizes import Size, Sizes
from linksim.source.stills.containers import DamagedPayload
from linksim.source.stills.guarded import GuardedDecoder

GREY = 0.5
"""What a receiver shows that can't decode what came."""

Compress = Callable[[np.ndarray, int], bytes]
"""Makes of a picture, uint8 ``[H, W, 3]``, the best stream of at most so many bytes, or b""."""

_KEPT_BYTES = 2**25  # of streams, of pictures that may come again: a grid sends all many times
_BITS = (1024, 2**27)  # fewest and most that a message may have


@dataclass(frozen=True)
class Budget:
    """How many bits a message has.

    Attributes:
        bits: of every picture; None for so many a pixel.
        per_pixel: bits for each pixel.
        least: bits that no message has fewer than.
    """

    bits: int | None = None
    per_pixel: float = 0.0
    least: int = 8

    def bytes_for(self, size: Size) -> int:
        """Return the bytes of a message, at least one."""
        if self.bits is not None:
            return max(self.bits // 8, 1)
        return max(int(self.per_pixel * size[0] * size[1]), self.least) // 8


class StillCodec:
    """Sends a picture as a file, its message filled up with zeros to the same length for all.

    A picture that no stream of this length can hold is sent as zeros, and so shown as grey; grey is
    what a receiver shows of everything that it can't decode.

    Args:
        name: of the codec.
        size: height and width of the pictures, or what finds them out when they are asked for.
        budget: of a message.
        compress: makes the streams.
        decoder: reads them.
        device: of the pictures.
        sizes: which pictures it takes.
        restore: makes a file of a stream and a size, where a stream is no file.
        draft: makes streams that look alike, much sooner.
        kept: streams that were made, by picture and budget; one for all sizes and budgets.
    """

    def __init__(
        self,
        name: str,
        size: Size | Callable[[], Size],
        budget: Budget,
        compress: Compress,
        decoder: GuardedDecoder,
        device: torch.device,
        *,
        sizes: Sizes | None = None,
        restore: Callable[[bytes, Size], bytes] | None = None,
        draft: Compress | None = None,
        kept: dict[tuple[bytes, int], bytes] | None = None,
    ) -> None:
        self.name, self._size, self.budget = name, size, budget
        self.sizes = sizes or Sizes()
        self._compress, self._decoder, self._restore = compress, decoder, restore
        self._device, self._draft = device, draft
        self._streams = {} if kept is None else kept

    @cached_property
    def size(self) -> Size:
        """Height and width of the pictures."""
        return self._size() if callable(self._size) else self._size

    @property
    def side(self) -> int:
        """Width and height of pictures if they are square, see `linksim.source.codec.Codec.side`.

        Raises:
            AttributeError: if they are not.
        """
        height, width = self.size
        if height != width:
            raise AttributeError(f"{self.name}: is for pictures of {width}×{height}, no square")
        return height

    def fitted(self, height: int, width: int) -> StillCodec:
        """Return this codec for pictures of another size; see `linksim.source.codec.SizedCodec`."""
        return self._for((height, width), self.budget)

    def within(self, height: int, width: int, bits: int) -> StillCodec:
        """Return it with another budget, too; see `linksim.source.codec.BudgetCodec`."""
        return self._for((height, width), Budget(bits))

    def _for(self, size: Size, budget: Budget) -> StillCodec:
        return StillCodec(
            self.name,
            self.sizes.check(size),
            budget,
            self._compress,
            self._decoder,
            self._device,
            sizes=self.sizes,
            restore=self._restore,
            draft=self._draft,
            kept=self._streams,
        )

    @property
    def drafting(self) -> StillCodec:
        """This codec, making its streams much sooner, where that is to be had; to try out much."""
        if self._draft is None:
            return self
        what = self.name, self.size, self.budget, self._draft, self._decoder, self._device
        return StillCodec(*what, sizes=self.sizes, restore=self._restore)

    @property
    def format(self) -> MessageFormat:
        """A file's bytes; see `linksim.source.codec.Codec.format`."""
        return MessageFormat(self.budget.bytes_for(self.size), 8)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return a file's bytes for each picture; see `linksim.source.codec.Codec.encode`."""
        pictures = images.clamp(0, 1).mul_(255).round_().byte().permute(0, 2, 3, 1).cpu().numpy()
        values = np.zeros((len(pictures), self.format.count), dtype=np.int64)
        for row, picture in zip(values, pictures, strict=True):
            stream = np.frombuffer(self.stream(picture), dtype=np.uint8)
            row[: len(stream)] = stream
        return Message(torch.from_numpy(values), 8)

    def stream(self, picture: np.ndarray) -> bytes:
        """Return what is sent of a picture, uint8 ``[H, W, 3]``; empty if nothing fits."""
        most = self.format.count
        shape = str(picture.shape).encode()
        key = hashlib.sha256(shape + picture.tobytes()).digest(), most
        stream = self._streams.get(key)
        if stream is None:
            stream = self._compress(np.ascontiguousarray(picture), most)
            if sum(map(len, [*self._streams.values()])) >= _KEPT_BYTES:
                self._streams.clear()  # another thread may be here: what is returned is in hand
            self._streams[key] = stream
        return stream

    def shown(self, stream: bytes) -> np.ndarray | None:
        """Return the picture that a stream shows, uint8 ``[H, W, 3]``; None if it shows none.

        Args:
            stream: what arrived, zeros behind it or not.
        """
        try:
            file = self._restore(stream, self.size) if self._restore else stream
        except DamagedPayload:
            return None
        return self._decoder.decode(file, self.size)

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures, grey where the bytes are none."""
        shape = (len(received.values), *self.size, 3)
        pictures = np.full(shape, GREY, dtype=np.float32)
        for picture, row in zip(pictures, received.values.byte().cpu().numpy(), strict=True):
            decoded = self.shown(row.tobytes())
            if decoded is not None:
                picture[...] = decoded / np.float32(255)
        return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous().to(self._device)


def budget_of(codec: str, options: str, default: Budget) -> Budget:
    """Return the budget that ``bits=N`` or ``bpp=X`` asks for.

    Args:
        codec: its name, for what is said to the user.
        options: what follows the colon; empty for the default.
        default: where neither is given.

    Raises:
        UnknownCodec: if the options are others, or say no such numbers.
    """
    given = codec_options(options, ["bits", "bpp"], codec)
    if len(given) > 1:
        raise UnknownCodec(f"{codec}:{options}: give bits or bpp, one of them")
    if "bpp" in given:
        return Budget(per_pixel=_bits_per_pixel(codec, given["bpp"]))
    return Budget(budget(codec, options, 0)) if given else default


def _bits_per_pixel(codec: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.001 <= number <= 64:
        raise UnknownCodec(f"{codec}:bpp={text}: give bits per pixel, 0.001 to 64")
    return number


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
