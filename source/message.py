"""What a codec sends and what it gets back: numbers that become bits, streams, or symbols."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

MOST_BITS = 32
"""The largest width of a message's numbers."""

_INTEGERS = ("torch.uint8", "torch.int8", "torch.int16", "torch.int32", "torch.int64")
_COMPLEX = ("torch.complex64", "torch.complex128")


def _check_rows(values: torch.Tensor, wanted: str, dtypes: tuple[str, ...]) -> None:
    import torch  # here, because formats of messages do without

    if not isinstance(values, torch.Tensor) or str(values.dtype) not in dtypes:
        given = getattr(values, "dtype", type(values).__name__)
        raise TypeError(f"values: give a tensor of {wanted}, not {given}")
    if values.ndim != 2:
        raise ValueError(f"values: have the shape {tuple(values.shape)}; give B rows")


def _check_width(width: int) -> None:
    if not isinstance(width, int) or not 1 <= width <= MOST_BITS:
        raise ValueError(f"width {width}: give 1 to {MOST_BITS} bits")


@dataclass(frozen=True)
class MessageFormat:
    """What the messages of a codec look like, all of them.

    Attributes:
        count: numbers of each message.
        width: bits per number; 8 for bytes.
        parts: name and count of the runs of numbers that a link may protect each in its own way,
            in the order in which they lie; all numbers together.
        units: runs of equal length that a message consists of, what matters most first, each of
            which a receiver can do without; 1 where it cannot.

    Raises:
        ValueError: if the width is none, or the parts or units do not add up to the message.
    """

    count: int
    width: int
    parts: tuple[tuple[str, int], ...] = ()
    units: int = 1

    def __post_init__(self) -> None:
        _check_width(self.width)
        if not isinstance(self.units, int) or self.units < 1 or self.count % self.units:
            raise ValueError(f"units {self.units}: do not share {self.count} numbers evenly")
        if self.parts and sum(count for _, count in self.parts) != self.count:
            raise ValueError(f"parts {dict(self.parts)} are not {self.count} numbers")

    @property
    def bits(self) -> int:
        """Bits of one picture's message."""
        return self.count * self.width


@dataclass(frozen=True)
class SymbolsFormat:
    """What the symbols of a codec look like: ``count`` for each picture."""

    count: int


@dataclass(frozen=True)
class StreamsFormat:
    """What the streams of a codec look like: ``parts`` names what its units may be."""

    parts: tuple[str, ...]


AnyFormat = MessageFormat | SymbolsFormat | StreamsFormat
"""What the messages of a codec of any kind look like."""


@dataclass(frozen=True)
class Message:
    """Numbers of one bit width for each picture of a batch: codeword indices, or bytes.

    Attributes:
        values: int64 ``[B, count]``, each from 0 to ``2**width - 1``.
        width: bits per number; 8 for bytes.

    Raises:
        TypeError: if the values are no tensor of integers.
        ValueError: if they are no rows, or the width is none.
    """

    values: torch.Tensor
    width: int

    def __post_init__(self) -> None:
        _check_rows(self.values, "integers", _INTEGERS)
        _check_width(self.width)


@dataclass(frozen=True)
class Received:
    """A message as it arrived.

    Attributes:
        values: decided numbers, int64 ``[B, count]``.
        width: bits per number.
        erased: numbers touched by a code block whose CRC failed, bool ``[B, count]``.
        llr: log p(1)/p(0) of each bit, most significant first, float32 ``[B, count, width]``.
    """

    values: torch.Tensor
    width: int
    erased: torch.Tensor
    llr: torch.Tensor


@dataclass(frozen=True)
class Symbols:
    """Channel symbols that a codec makes by itself, any complex numbers.

    Attributes:
        values: complex64 ``[B, count]``, each row of mean energy one.

    Raises:
        TypeError: if the values are no tensor of complex numbers.
        ValueError: if they are no rows.
    """

    values: torch.Tensor

    def __post_init__(self) -> None:
        _check_rows(self.values, "complex numbers", _COMPLEX)


@dataclass(frozen=True)
class Draft:
    """What a sender that knows the SNR makes symbols of, once it is told at which they are sent.

    Attributes:
        values: float32 ``[B, …]``, pictures or what a network has made of them by then.
    """

    values: torch.Tensor


@dataclass(frozen=True)
class ReceivedSymbols:
    """Symbols as they arrived, the channel's gain divided out.

    Attributes:
        values: the symbols in noise, complex64 ``[B, count]``.
        n0: variance of each one's noise, float32 ``[B, count]``.
    """

    values: torch.Tensor
    n0: torch.Tensor


@dataclass(frozen=True)
class Unit:
    """Bytes that stand or fall together: a header, one object, the background.

    Attributes:
        part: what a link may protect in its own way, by name.
        data: at least one byte.
    """

    part: str
    data: bytes


@dataclass(frozen=True)
class Streams:
    """Messages whose lengths differ from picture to picture.

    Attributes:
        units: of each picture of a batch, in the order of their importance; at most 256.
    """

    units: tuple[tuple[Unit, ...], ...]


@dataclass(frozen=True)
class ReceivedUnit:
    """A unit as it arrived.

    Attributes:
        data: its bytes up to the first that is missing.
        complete: whether none is missing.
    """

    data: bytes
    complete: bool


@dataclass(frozen=True)
class ReceivedStreams:
    """Streams as they arrived.

    Attributes:
        units: of each picture, by their place in `Streams.units`; units that are lost are missing.
    """

    units: tuple[dict[int, ReceivedUnit], ...]


AnyMessage = Message | Symbols | Draft | Streams
"""What a codec of any kind sends."""

AnyReceived = Received | ReceivedSymbols | ReceivedStreams
"""What a codec of any kind gets back."""
