"""Channels: what noise and fading each symbol meets, and what the receiver knows of it.

Everything that a channel does to a symbol x is here:

    y = h x + sqrt(N0) w            w ~ CN(0, 1), E|h|² = 1
    h' = h + e                      what the receiver takes h for; e = 0 with perfect knowledge
    y = h' x + (noise of variance N0')      N0' = N0 (1 + 1/P), P pilots in the estimate

and the demapper works with h' and N0' alone: its LLRs are those of y/h' in noise of N0'/|h'|².

All draws come from counters: those of a frame depend on (seed, SNR, frame number) alone, so that a
simulation gives the same counts whatever its batch size, its number of threads, the order of its
points or a resume in between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from linksim._given import lent
from linksim.phy.checks import (
    decibels,
    frame_numbers,
    instance_of,
    rows_of,
    seed_number,
    whole_number,
)
from linksim.phy.installed import installed_names, load_installed
from linksim.phy.options import parse_options
from linksim.phy.own_channel import Frames, OwnChannel, SymbolChannel
from linksim.phy.refused import Refused
from linksim.phy.snr import milli_db, n0_from_snr_db

if TYPE_CHECKING:
    from linksim.phy.kernels.draws import Fading

GROUP = "linksim.channels"
"""Entry points by which other packages bring channels: a `SymbolChannel`, or what returns one."""

CHANNELS: dict[str, str] = {
    "awgn": "additive white Gaussian noise",
    "rayleigh": "flat Rayleigh fading, h ~ CN(0, 1) constant over a coherence span, plus AWGN",
    "rician": "flat Rician fading, rician:k=K with K the power of the direct path over the rest",
}
"""linksim's own channels by name, with a line about each."""

BLOCK, IMAGE = -1, 0
"""Coherence over one code block, over everything sent for one image."""

_LONGEST = 2**31 - 1  # symbols
_SPANS = "give a number of symbols, block or image"
_PILOTS = {"pilot": {"every": int}}


def channel_names() -> tuple[str, ...]:
    """Return the names of linksim's channels, and of those that other packages bring."""
    return tuple(dict.fromkeys([*CHANNELS, *installed_names(GROUP)]))


@lru_cache
def _installed(name: str) -> OwnChannel:
    named = load_installed(GROUP, name, lambda part: isinstance(part, SymbolChannel))
    return OwnChannel(named, name)


@dataclass(frozen=True)
class ChannelSpec:
    """A channel by name.

    Attributes:
        name: awgn, rayleigh or rician, or of a channel of a user's own.
        coherence: data symbols over which h stays the same; `BLOCK` and `IMAGE` stand for those.
        rician_k: power of the direct path over that of the scattered ones (linear).
        pilot_every: a pilot is sent before every so many data symbols, and h is estimated from
            the pilots of its coherence span by least squares; 0 is perfect knowledge.
        own: a channel of a user's own, as `ChannelSpec.of` takes it.

    Raises:
        TypeError: for what is no number.
        Refused: for an unknown name, or numbers that make no channel.
    """

    name: str = "awgn"
    coherence: int = 1
    rician_k: float = 3.0
    pilot_every: int = 0
    own: OwnChannel | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or (self.own is None and self.name not in CHANNELS):
            raise Refused("channel", f"unknown; one of {', '.join(CHANNELS)}", self.name)
        if not isinstance(self.rician_k, Real):
            raise TypeError(f"rician:k={self.rician_k}: give a number")
        whole_number(self.pilot_every, "pilot:every", -_LONGEST, _LONGEST)
        if whole_number(self.coherence, "coherence", -_LONGEST, _LONGEST) < BLOCK:
            raise Refused("coherence", _SPANS, self.coherence)
        if not (math.isfinite(self.rician_k) and self.rician_k >= 0):
            raise Refused(
                "channel", "k is a ratio of powers, 0 or more", f"rician:k={self.rician_k}"
            )
        if self.pilot_every < 0:
            raise Refused("csi", "give a number of symbols", f"pilot:every={self.pilot_every}")
        if self.own is not None and self.pilot_every:
            problem = f"{self.name} says itself what the receiver knows; take perfect"
            raise Refused("csi", problem, f"pilot:every={self.pilot_every}")
        fades = self.name != "awgn" and self.coherence > 0
        if fades and self.pilot_every and self.coherence % self.pilot_every:
            remedy = f"make the coherence a multiple of {self.pilot_every}, block or image"
            problem = f"leaves parts of the fading without a pilot; {remedy}"
            raise Refused("csi", problem, f"pilot:every={self.pilot_every}")

    @classmethod
    def parse(cls, channel: str, coherence: str = "1", csi: str = "perfect") -> ChannelSpec:
        """Read ``NAME[:k=K]``, a coherence span and ``perfect`` or ``pilot:every=N``.

        Args:
            channel: its name, and K of a Rician one.
            coherence: a number of symbols, ``block`` or ``image``.
            csi: what the receiver knows of the fading.

        Raises:
            Refused: saying what is wrong and what is possible.

        >>> ChannelSpec.parse("rician:k=4", "block", "pilot:every=16").pilot_every
        16
        """
        name, options = parse_options(channel, {"rician": {"k": float}}, channel_names(), "channel")
        knowledge, pilots = parse_options(csi, _PILOTS, ("perfect", "pilot"), "csi")
        if knowledge == "pilot" and pilots.setdefault("every", 16) < 1:
            raise Refused("csi", "every must be 1 or more", csi)
        if pilots.get("every", 0) > _LONGEST:
            raise Refused("csi", f"give a number of symbols below {_LONGEST + 1}", csi)
        own = None if name in CHANNELS else lent(GROUP).get(name) or _installed(name)
        k, every = options.get("k", cls.rician_k), pilots.get("every", 0)
        return cls(name, _coherence(coherence), k, every, own)

    @classmethod
    def of(cls, channel: SymbolChannel, name: str = "", coherence: int = 1) -> ChannelSpec:
        """Return a channel of one's own, which runs between linksim's mapper and demapper.

        Args:
            channel: has ``send``, see `SymbolChannel`. What a frame meets must depend on the
                `Frames` that it is given alone, frame by frame.
            name: what it is called; by default as its class, in small letters.
            coherence: what `Frames.span` tells it.

        Raises:
            TypeError: if it has no ``send``, or answers with anything but what it must.
            Refused: for answers of another shape, that are not finite, or that are others when
                frames are sent again; or if the name is one of linksim's.
            RuntimeError: if it fails; its own exception is the cause.
        """
        own = OwnChannel(channel, name or type(channel).__name__.lower())
        if own.name in CHANNELS:
            raise Refused("channel", "is linksim's; give yours a name of its own", own.name)
        return cls(own.name, coherence, own=own)

    @property
    def coherence_text(self) -> str:
        return {BLOCK: "block", IMAGE: "image"}.get(self.coherence, str(self.coherence))

    def pilots(self, symbols: int) -> int:
        """Return the pilots sent along with a frame of so many data symbols."""
        return math.ceil(symbols / self.pilot_every) if self.pilot_every else 0


def _coherence(text: str) -> int:
    if (word := text.lower()) in ("block", "image"):
        return BLOCK if word == "block" else IMAGE
    try:
        number = int(text) if text.isdecimal() else 0
    except ValueError:  # more digits than Python reads
        number = _LONGEST + 1
    if number == 0:
        raise Refused("coherence", _SPANS, text)
    if number > _LONGEST:
        raise Refused("coherence", f"give a number below {_LONGEST + 1}, block or image", text)
    return number


@dataclass(frozen=True)
class ChannelUse:
    """Frames over a channel at one SNR: all that decides their draws.

    Attributes:
        channel, seed, snr_db: of the simulation; the seed is below 2**64.
        frames: number of each frame, below 2**64; equal numbers meet equal noise and fading. They
            are kept as uint64 ``[F]``.
        blocks: code blocks of a frame.
        block_symbols: data symbols of a block.
        run: the frames as they were given, if that was one number after the other; else None.

    Raises:
        TypeError: for what is no number, or no channel.
        ValueError: for numbers out of range.
    """

    channel: ChannelSpec
    seed: int
    snr_db: float
    frames: Sequence[int] | np.ndarray
    blocks: int
    block_symbols: int
    run: range | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        frames = self.frames
        run = frames if isinstance(frames, range) and frames.step == 1 else None
        object.__setattr__(self, "run", run)
        instance_of(ChannelSpec, self.channel, "channel", "ChannelSpec.parse('awgn')")
        checked = {
            "seed": seed_number(self.seed),
            "snr_db": decibels(self.snr_db),
            "frames": frame_numbers(self.frames),
            "blocks": whole_number(self.blocks, "blocks", 1, _LONGEST),
            "block_symbols": whole_number(self.block_symbols, "block_symbols", 1, _LONGEST),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def n0(self) -> float:
        """Noise variance of a complex sample, for Es = 1."""
        return n0_from_snr_db(self.snr_db)

    @property
    def milli_db(self) -> np.uint32:
        """The SNR as it keys the draws: thousandths of a dB, modulo 2**28."""
        return milli_db(self.snr_db)

    @property
    def span(self) -> int:
        """Data symbols over which h stays the same."""
        coherence, whole = self.channel.coherence, self.blocks * self.block_symbols
        return {BLOCK: self.block_symbols, IMAGE: whole}.get(coherence, coherence)

    @property
    def fading(self) -> Fading:
        """The channel's numbers for kernels.

        Raises:
            Refused: for a channel of a user's own, which draws by itself.
        """
        from linksim.phy.kernels.draws import Fading  # here and below: Numba is slow to load

        channel, symbols = self.channel, self.blocks * self.block_symbols
        if channel.own is not None:
            raise Refused("channel", "draws by itself; use linksim's here", channel.name)
        fades = channel.name != "awgn"
        k = channel.rician_k if channel.name == "rician" else 0.0
        return Fading(
            fades,
            self.span if fades else symbols,
            np.float32(math.sqrt(k / (k + 1)) if fades else 1.0),
            np.float32(math.sqrt(1 / (k + 1)) if fades else 0.0),
            channel.pilot_every,
            symbols,
        )

    def noise(self) -> np.ndarray:
        """Return w ~ CN(0, 1) of every data symbol, complex64 ``[N, block_symbols]``."""
        return self._frames.noise().reshape(-1, self.block_symbols)

    @property
    def _frames(self) -> Frames:
        symbols, numbers = self.blocks * self.block_symbols, np.asarray(self.frames)
        return Frames(self.seed, self.snr_db, numbers, symbols, self.span)

    def through_own(self, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Send blocks of symbols over a channel of a user's own.

        Args:
            symbols: complex64 ``[N, block_symbols]``.

        Returns:
            y h'*, complex64, |h'|² and 1/N0', float32, all ``[N, block_symbols]``.

        Raises:
            ValueError: if the channel is one of linksim's, or they are not the blocks of frames.
            TypeError, Refused, RuntimeError: as `linksim.phy.own_channel.OwnChannel`.
        """
        if self.channel.own is None:
            raise ValueError(f"{self.channel.name}: is no channel of a user's own")
        rows = rows_of(symbols, "symbols", "c", self.block_symbols).astype(np.complex64, copy=False)
        by_frame = rows.reshape(len(self.frames), self.blocks * self.block_symbols)
        values, energy, weight = self.channel.own.carry(by_frame, self._frames)
        shape = rows.shape
        return values.reshape(shape), energy.reshape(shape), weight.reshape(shape)

    def gains(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the gain h of every data symbol, what the receiver takes it for, and N0'.

        Returns:
            h, h': complex64 ``[N, block_symbols]``; N0': float32 ``[N, block_symbols]``.
        """
        from linksim.phy.kernels.draws import gains_of_frames

        shape = (len(self.frames), self.blocks * self.block_symbols)
        true, known = np.empty((2, *shape), dtype=np.complex64)
        n0 = np.empty(shape, dtype=np.float32)
        seed, sigma = np.uint64(self.seed), np.float32(math.sqrt(self.n0))
        gains_of_frames(seed, self.milli_db, self.frames, self.fading, sigma, true, known, n0)
        by_block = (-1, self.block_symbols)
        return true.reshape(by_block), known.reshape(by_block), n0.reshape(by_block)

    def random_payload(self, payload_bits: int) -> np.ndarray:
        """Return random payload for every block, uint8 ``[N, payload_bits]``."""
        from linksim.phy.kernels.draws import bits_of_frames

        whole_number(payload_bits, "payload_bits", 0)
        bits = np.empty((len(self.frames) * self.blocks, payload_bits), dtype=np.uint8)
        bits_of_frames(np.uint64(self.seed), self.milli_db, self.frames, self.blocks, bits)
        return bits
