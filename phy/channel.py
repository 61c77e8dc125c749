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
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import numpy as np

from linksim.phy.checks import (
    decibels,
    frame_numbers,
    instance_of,
    seed_number,
    whole_number,
)
from linksim.phy.native.compilation import cached_kernel, kernel
from linksim.phy.native.random import (
    BITS_PER_GROUP,
    ROOM,
    Draw,
    complex_normals,
    random_bits,
)
from linksim.phy.native.vectors import LANES, aligned_zeros
from linksim.phy.options import parse_options
from linksim.phy.snr import n0_from_snr_db

CHANNELS: dict[str, str] = {
    "awgn": "additive white Gaussian noise",
    "rayleigh": "flat Rayleigh fading, h ~ CN(0, 1) constant over --coherence symbols, plus AWGN",
    "rician": "flat Rician fading, rician:k=K with K the power of the direct path over the rest",
}
"""Every channel by name, with a line about it."""

BLOCK, IMAGE = -1, 0
"""Coherence over one code block, over everything sent for one image."""

_LONGEST = 2**31 - 1  # symbols

NOISE, FADING, PILOTS, BITS = 1, 2, 3, 4
"""Purposes of a frame's independent draws."""


@dataclass(frozen=True)
class ChannelSpec:
    """A channel by name.

    Attributes:
        name: awgn, rayleigh or rician.
        coherence: data symbols over which h stays the same; `BLOCK` and `IMAGE` stand for those.
        rician_k: power of the direct path over that of the scattered ones (linear).
        pilot_every: a pilot is sent before every so many data symbols, and h is estimated from
            the pilots of its coherence span by least squares; 0 is perfect knowledge.

    Raises:
        TypeError: for what is no number.
        ValueError: for an unknown name, or numbers that make no channel.
    """

    name: str = "awgn"
    coherence: int = 1
    rician_k: float = 3.0
    pilot_every: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or self.name not in CHANNELS:
            raise ValueError(f"{self.name}: unknown; one of {', '.join(CHANNELS)}")
        if not isinstance(self.rician_k, Real):
            raise TypeError(f"rician:k={self.rician_k}: give a number")
        whole_number(self.pilot_every, "pilot:every", -_LONGEST, _LONGEST)
        if whole_number(self.coherence, "coherence", -_LONGEST, _LONGEST) < BLOCK:
            raise ValueError(
                f"coherence {self.coherence}: give a number of symbols, block or image"
            )
        if not (math.isfinite(self.rician_k) and self.rician_k >= 0):
            raise ValueError(f"rician:k={self.rician_k}: k is a ratio of powers, 0 or more")
        if self.pilot_every < 0:
            raise ValueError(f"pilot:every={self.pilot_every}: give a number of symbols")
        fades = self.name != "awgn" and self.coherence > 0
        if fades and self.pilot_every and self.coherence % self.pilot_every:
            raise ValueError(
                f"pilot:every={self.pilot_every} leaves parts of the fading without a pilot: "
                f"make --coherence a multiple of {self.pilot_every}, block or image"
            )

    @classmethod
    def parse(cls, channel: str, coherence: str = "1", csi: str = "perfect") -> ChannelSpec:
        """Read ``--channel NAME[:k=K]``, ``--coherence`` and ``--csi perfect|pilot:every=N``.

        Raises:
            ValueError: saying what is wrong and what is possible.

        >>> ChannelSpec.parse("rician:k=4", "block", "pilot:every=16").pilot_every
        16
        """
        name, options = parse_options(channel, {"rician": {"k": float}}, CHANNELS)
        knowledge, pilots = parse_options(csi, {"pilot": {"every": int}}, ("perfect", "pilot"))
        if knowledge == "pilot" and pilots.setdefault("every", 16) < 1:
            raise ValueError(f"{csi}: every must be 1 or more")
        return cls(
            name, _coherence(coherence), options.get("k", cls.rician_k), pilots.get("every", 0)
        )

    @property
    def coherence_text(self) -> str:
        return {BLOCK: "block", IMAGE: "image"}.get(self.coherence, str(self.coherence))

    def pilots(self, symbols: int) -> int:
        """Return the pilots sent along with a frame of so many data symbols."""
        return math.ceil(symbols / self.pilot_every) if self.pilot_every else 0


def _coherence(text: str) -> int:
    if (word := text.lower()) in ("block", "image"):
        return BLOCK if word == "block" else IMAGE
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"coherence {text}: give a number of symbols, block or image")
    return int(text)


class Fading(NamedTuple):
    """A channel's numbers, as kernels take them.

    Attributes:
        fades: whether h varies at all.
        span: data symbols over which h stays the same.
        direct, scattered: amplitudes of h's constant and of its random part.
        pilot_every: as in `ChannelSpec`.
        symbols: data symbols of a frame.
    """

    fades: bool
    span: int
    direct: np.float32
    scattered: np.float32
    pilot_every: int
    symbols: int


@dataclass(frozen=True)
class ChannelUse:
    """Frames over a channel at one SNR: all that decides their draws.

    Attributes:
        channel, seed, snr_db: of the simulation; the seed is below 2**64.
        frames: number of each frame, below 2**64; equal numbers meet equal noise and fading. They
            are kept as uint64 ``[F]``.
        blocks: code blocks of a frame.
        block_symbols: data symbols of a block.

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

    def __post_init__(self) -> None:
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
        return np.uint32(round(self.snr_db * 1000) % 2**28)

    @property
    def fading(self) -> Fading:
        """The channel's numbers for kernels."""
        channel, symbols = self.channel, self.blocks * self.block_symbols
        fades = channel.name != "awgn"
        span = {BLOCK: self.block_symbols, IMAGE: symbols}.get(channel.coherence, channel.coherence)
        k = channel.rician_k if channel.name == "rician" else 0.0
        return Fading(
            fades,
            span if fades else symbols,
            np.float32(math.sqrt(k / (k + 1)) if fades else 1.0),
            np.float32(math.sqrt(1 / (k + 1)) if fades else 0.0),
            channel.pilot_every,
            symbols,
        )

    def noise(self) -> np.ndarray:
        """Return w ~ CN(0, 1) of every data symbol, complex64 ``[N, block_symbols]``."""
        noise = np.empty((len(self.frames), self.blocks * self.block_symbols), dtype=np.complex64)
        _noise_of_frames(np.uint64(self.seed), self.milli_db, self.frames, noise)
        return noise.reshape(-1, self.block_symbols)

    def gains(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the gain h of every data symbol, what the receiver takes it for, and N0'.

        Returns:
            h, h': complex64 ``[N, block_symbols]``; N0': float32 ``[N, block_symbols]``.
        """
        shape = (len(self.frames), self.blocks * self.block_symbols)
        true, known = np.empty((2, *shape), dtype=np.complex64)
        n0 = np.empty(shape, dtype=np.float32)
        seed, sigma = np.uint64(self.seed), np.float32(math.sqrt(self.n0))
        _gains_of_frames(seed, self.milli_db, self.frames, self.fading, sigma, true, known, n0)
        by_block = (-1, self.block_symbols)
        return true.reshape(by_block), known.reshape(by_block), n0.reshape(by_block)

    def random_payload(self, payload_bits: int) -> np.ndarray:
        """Return random payload for every block, uint8 ``[N, payload_bits]``."""
        whole_number(payload_bits, "payload_bits", 0)
        bits = np.empty((len(self.frames) * self.blocks, payload_bits), dtype=np.uint8)
        _bits_of_frames(np.uint64(self.seed), self.milli_db, self.frames, self.blocks, bits)
        return bits


class GainBuffers(NamedTuple):
    """Memory for one block's gains, float32; see `block_gains`."""

    real: np.ndarray
    imaginary: np.ndarray
    known_real: np.ndarray
    known_imaginary: np.ndarray
    n0: np.ndarray
    drawn_real: np.ndarray
    drawn_imaginary: np.ndarray


def gain_buffers(symbols: int, pilots: int) -> GainBuffers:
    """Return memory for the gains of ``symbols`` symbols and their frame's ``pilots``."""
    sizes = [symbols + LANES] * 5 + [max(symbols, pilots) + ROOM] * 2
    return GainBuffers(*(aligned_zeros(size, np.float32) for size in sizes))


@kernel
def block_gains(draw, fading, sigma, first, count, counters, buffers):  # type: ignore[no-untyped-def]
    """Fill the buffers with h, h' and N0' of data symbols ``first`` … of a frame.

    Args:
        draw: of the frame; its purpose is ignored.
        fading: the channel's `Fading`.
        sigma: sqrt(N0).
        first, count: which data symbols.
        counters: of `linksim.phy.native.random.even_counters`.
        buffers: `GainBuffers` to be filled.
    """
    real, imaginary, n0 = buffers.real, buffers.imaginary, buffers.n0
    known_real, known_imaginary = buffers.known_real, buffers.known_imaginary
    drawn_real, drawn_imaginary = buffers.drawn_real, buffers.drawn_imaginary
    first_span = first // fading.span
    at = 0
    if fading.fades:
        spans = (first + count - 1) // fading.span - first_span + 1
        scattered = Draw(draw.seed, draw.snr, draw.frame, np.uint32(FADING))
        at = complex_normals(scattered, first_span, spans, counters, drawn_real, drawn_imaginary)
    left = fading.span - first % fading.span
    for s in range(count):
        if left == 0:
            at, left = at + 1, fading.span
        left -= 1
        real[s] = fading.direct + fading.scattered * drawn_real[at]
        imaginary[s] = fading.scattered * drawn_imaginary[at]
        known_real[s], known_imaginary[s] = real[s], imaginary[s]
        n0[s] = sigma * sigma
    if fading.pilot_every:
        _estimate(draw, fading, sigma, first, count, counters, buffers)


@kernel
def _estimate(draw, fading, sigma, first, count, counters, buffers):  # type: ignore[no-untyped-def]
    """Put least-squares estimates in place of the known gains.

    A pilot p = 1 is received as h + sqrt(N0) w; the estimate is the mean over a span's pilots.
    """
    every, span = fading.pilot_every, fading.span
    noise = Draw(draw.seed, draw.snr, draw.frame, np.uint32(PILOTS))
    s = 0
    while s < count:
        start = (first + s) // span * span
        end = min(start + span, fading.symbols)
        pilot, last_pilot = (start + every - 1) // every, (end + every - 1) // every
        pilots = last_pilot - pilot
        at = complex_normals(
            noise, pilot, pilots, counters, buffers.drawn_real, buffers.drawn_imaginary
        )
        error_real, error_imaginary = np.float32(0), np.float32(0)
        for p in range(at, at + pilots):
            error_real += buffers.drawn_real[p]
            error_imaginary += buffers.drawn_imaginary[p]
        scale = sigma / np.float32(pilots)
        while s < count and first + s < end:
            buffers.known_real[s] += scale * error_real
            buffers.known_imaginary[s] += scale * error_imaginary
            buffers.n0[s] *= np.float32(1) + np.float32(1) / np.float32(pilots)
            s += 1


@cached_kernel
def _noise_of_frames(seed, milli_db, frames, noise):  # type: ignore[no-untyped-def]
    count = noise.shape[1]
    counters = np.arange(0, LANES, 2).astype(np.uint64)
    real = np.empty(count + ROOM, dtype=np.float32)
    imaginary = np.empty(count + ROOM, dtype=np.float32)
    for f in range(frames.size):
        draw = Draw(seed, milli_db, frames[f], np.uint32(NOISE))
        complex_normals(draw, 0, count, counters, real, imaginary)
        for s in range(count):
            noise[f, s] = complex(real[s], imaginary[s])


@cached_kernel
def _gains_of_frames(seed, milli_db, frames, fading, sigma, true, known, n0):  # type: ignore[no-untyped-def]
    count = true.shape[1]
    counters = np.arange(0, LANES, 2).astype(np.uint64)
    pilots = (count + fading.pilot_every - 1) // fading.pilot_every if fading.pilot_every else 0
    drawn = max(count, pilots) + ROOM
    buffers = GainBuffers(
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.zeros(drawn, dtype=np.float32),
        np.zeros(drawn, dtype=np.float32),
    )
    for f in range(frames.size):
        draw = Draw(seed, milli_db, frames[f], np.uint32(FADING))
        block_gains(draw, fading, sigma, 0, count, counters, buffers)
        for s in range(count):
            true[f, s] = complex(buffers.real[s], buffers.imaginary[s])
            known[f, s] = complex(buffers.known_real[s], buffers.known_imaginary[s])
            n0[f, s] = buffers.n0[s]


@cached_kernel
def _bits_of_frames(seed, milli_db, frames, blocks, bits):  # type: ignore[no-untyped-def]
    count = bits.shape[1]
    counters = np.arange(0, LANES, 2).astype(np.uint64)
    drawn = np.empty(count + BITS_PER_GROUP, dtype=np.uint8)
    for f in range(frames.size):
        draw = Draw(seed, milli_db, frames[f], np.uint32(BITS))
        for block in range(blocks):
            random_bits(draw, block, count, counters, drawn)
            bits[f * blocks + block] = drawn[:count]
