"""The verbs of a source codec, and how codecs are found by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from linksim._given import lent
from linksim.source.description import descriptions
from linksim.source.message import (
    Draft,
    Message,
    MessageFormat,
    Received,
    ReceivedStreams,
    ReceivedSymbols,
    Streams,
    StreamsFormat,
    Symbols,
    SymbolsFormat,
)
from linksim.source.refused import Refused
from linksim.source.sizes import Sizes
from linksim.source.zoo.preset import Preset

if TYPE_CHECKING:  # slow to load, and not needed to name codecs
    import torch


class Codec(Protocol):
    """A semantic source codec: picture and question to message, received message to picture."""

    name: str

    @property
    def side(self) -> int:
        """Width and height of the pictures it takes and gives, in pixels."""

    @property
    def format(self) -> MessageFormat:
        """What all its messages look like, so that a link can be planned without one."""

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return the messages of a batch.

        Args:
            images: float32 ``[B, 3, side, side]`` in 0..1.
            questions: what the user wants to know of each picture.
        """

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures as received, float32 ``[B, 3, side, side]`` in 0..1.

        Each depends on ``received.values`` and ``received.erased`` of its own row alone: a message
        that arrived before is not decoded again.
        """


@runtime_checkable
class SoftCodec(Codec, Protocol):
    """A codec whose receiver can also weigh how sure each bit is."""

    def decode_soft(self, received: Received) -> torch.Tensor:
        """As `decode`, but from ``received.llr`` in place of the decided numbers."""


@runtime_checkable
class ReadingCodec(Codec, Protocol):
    """A codec that reads questions, of which a long one may be cut."""

    def cuts(self, questions: Sequence[str]) -> list[bool]:
        """Tell of each question whether only a part of it is read."""


@runtime_checkable
class SizedCodec(Protocol):
    """A codec for pictures of many sizes, each of which it is fitted to before it is used.

    As it was loaded it is fitted to squares, whose ``side`` it has as every codec.

    Attributes:
        sizes: which it takes.
    """

    name: str
    sizes: Sizes

    def fitted(self, height: int, width: int) -> AnyCodec:
        """Return the codec for pictures of a size; weights and memory are shared.

        What it encodes and decodes is ``[B, 3, height, width]``, and its format is that of such
        pictures' messages.

        Raises:
            UnfitPicture: if it does not take this size.
        """


@runtime_checkable
class BudgetCodec(SizedCodec, Protocol):
    """A codec whose messages have as many bits as it is told."""

    def within(self, height: int, width: int, bits: int) -> Codec:
        """Return the codec for pictures of a size, and messages of at most so many bits.

        Raises:
            UnfitPicture: as `fitted`.
        """


class AnalogueCodec(Protocol):
    """A codec that makes channel symbols by itself: it knows neither bits nor a channel code.

    The link sends what it encodes over the channel alone. ``name`` and ``side`` as in `Codec`.
    """

    name: str

    @property
    def side(self) -> int: ...

    @property
    def format(self) -> SymbolsFormat:
        """How many symbols it makes of a picture."""

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Symbols:
        """Return the symbols of a batch; arguments as in `Codec.encode`."""

    def decode(self, received: ReceivedSymbols) -> torch.Tensor:
        """Return the pictures as received, float32 ``[B, 3, side, side]`` in 0..1."""


class AdaptiveCodec(Protocol):
    """An `AnalogueCodec` whose sender knows the channel's mean Es/N0, as receivers report it.

    Pictures are encoded once for all SNRs, up to what depends on it. ``name`` and ``side`` as in
    `Codec`; noise and gain of single symbols only the receiver knows.
    """

    name: str

    @property
    def side(self) -> int: ...

    @property
    def format(self) -> SymbolsFormat:
        """How many symbols it makes of a picture."""

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Draft:
        """Return what the symbols are made of; arguments as in `Codec.encode`."""

    def adapt(self, draft: Draft, snr_db: float) -> Symbols:
        """Return the symbols of a batch for a mean Es/N0 in dB."""

    def decode(self, received: ReceivedSymbols) -> torch.Tensor:
        """Return the pictures as received, float32 ``[B, 3, side, side]`` in 0..1."""


class StreamCodec(Protocol):
    """A codec whose messages have lengths of their own, in units that stand or fall together.

    ``name`` and ``side`` as in `Codec`.
    """

    name: str

    @property
    def side(self) -> int: ...

    @property
    def format(self) -> StreamsFormat:
        """What its units may be."""

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Streams:
        """Return the streams of a batch; arguments as in `Codec.encode`."""

    def decode(self, received: ReceivedStreams) -> torch.Tensor:
        """Return the pictures as received, float32 ``[B, 3, side, side]`` in 0..1."""


@runtime_checkable
class ObjectCodec(StreamCodec, Protocol):
    """A codec that sends objects, each with its label and its place."""

    def boxes(
        self, received: ReceivedStreams
    ) -> list[list[tuple[str, tuple[float, float, float, float]]]]:
        """Return the objects that arrived of each picture: labels and boxes.

        A box is left, top, right and bottom, as shares of the picture's sides.
        """


AnyCodec = Codec | AnalogueCodec | AdaptiveCodec | StreamCodec
"""Whatever a link can carry."""


class UnknownCodec(Refused):
    """No codec is called so, or it can't take what follows the colon; one line for the user."""

    about = "codec"


Loader = Callable[[Preset, "torch.device", str], AnyCodec]
"""What a codec's entry point names: builds the codec from a preset's weights on a device.

The text is what follows the colon of ``NAME:TEXT``, empty if nothing does: a variant, or options,
as the codec has them. It raises `UnknownCodec` for one that it can't take.
"""

GROUP = "linksim.codecs"
"""Entry points by which other packages bring codecs: a `Loader`."""


def codec_names() -> list[str]:
    """Return the names of all installed codecs.

    Other packages add theirs by an entry point in the group ``linksim.codecs``.
    """
    return sorted({*entry_points(group=GROUP).names, *lent(GROUP)})


def load_codec(text: str, preset: Preset, device: torch.device) -> AnyCodec:
    """Load the codec ``NAME`` or ``NAME:VARIANT`` with the weights of a preset.

    Raises:
        UnknownCodec: if no codec has this name, or it has no such variant.
        ModelUnavailable: if its weights are missing or damaged.
    """
    if text in lent(GROUP):
        codec: AnyCodec = lent(GROUP)[text]
        return codec
    check_codec(text)
    name, _, variant = text.partition(":")
    loader: Loader = next(iter(entry_points(group=GROUP, name=name))).load()
    return loader(preset, device, variant)


def takes_any_size(text: str) -> bool:
    """Tell whether ``NAME`` or ``NAME:VARIANT`` is a `SizedCodec`, without loading it."""
    if text in lent(GROUP):
        return isinstance(lent(GROUP)[text], SizedCodec)
    described = descriptions().get(text.partition(":")[0])
    return described is not None and described.sized


def check_codec(text: str) -> None:
    """Make sure that the codec which ``NAME`` or ``NAME:VARIANT`` begins with is installed.

    Raises:
        UnknownCodec: if it is not.
    """
    if text.partition(":")[0] not in codec_names():
        raise UnknownCodec(f"{text}: unknown; one of {', '.join(codec_names())}")


def codec_options(text: str, known: Collection[str], name: str) -> dict[str, str]:
    """Read ``key=value,…``, for codecs whose variants have this form.

    Args:
        text: what follows the colon.
        known: the keys that there are.
        name: of the codec, for what is said to the user.

    Raises:
        UnknownCodec: if the text is not of this form.

    >>> codec_options("bits=4096", ["bits"], "jpeg2000")
    {'bits': '4096'}
    """
    options: dict[str, str] = {}
    for part in text.split(",") if text else ():
        key, _, value = part.partition("=")
        if key not in known:
            offer = ", ".join(known)
            raise UnknownCodec(f"{name}:{text}: {name} has no option {key!r}; it has {offer}")
        if key in options or not value:
            raise UnknownCodec(f"{name}:{text}: give {key} one value")
        options[key] = value
    return options
