"""The stages of the native chain, one by one: encoder, mapper, channel, demapper, decoder.

Composed they are `PhysicalLayer`, bit by bit; each runs the compiled code that it runs there:

>>> from linksim.phy import ChannelSpec, CodeSpec, Modulation, from_blocks, segment, to_blocks
>>> code, modulation = CodeSpec.parse("ldpc:rate=1/2"), Modulation.named("8psk")
>>> plan = segment(code, 100, modulation.bits_per_symbol)
>>> message = np.random.default_rng(0).integers(0, 2, (5, 100))
>>> sent = Mapper(modulation)(Encoder(code, plan)(to_blocks(message, plan)))
>>> received = Channel(ChannelSpec("rayleigh"), seed=1)(sent, snr_db=12.0, blocks=plan.blocks)
>>> soft = Decoder(code, plan)(Demapper(modulation)(received))
>>> sent.shape, bool((from_blocks(soft > 0, plan) == message).all())
((5, 82), True)

A block's interleaver (TS 38.212 5.4.2.2) is the mapper's and the demapper's: bit b of symbol j is
bit ``b * symbols + j`` of the codeword.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Self

import numpy as np

from linksim.phy.channel import ChannelSpec, ChannelUse
from linksim.phy.checks import (
    bit_rows,
    frame_numbers,
    instance_of,
    rows_of,
    seed_number,
    whole_number,
)
from linksim.phy.codes import CodeSpec
from linksim.phy.engine import DEMAPPERS, BlockFormat
from linksim.phy.modulation import Modulation
from linksim.phy.native.blocks import (
    decode_blocks,
    demap_blocks,
    encode_blocks,
    map_blocks,
    pass_blocks,
)
from linksim.phy.native.chain import Chain
from linksim.phy.native.engine import new_chain, refuse_what_is_not_native
from linksim.phy.native.own_code_engine import OwnCoder
from linksim.phy.refused import Refused
from linksim.phy.segmentation import Segmentation, segment

_BPSK = "bpsk"


class _Coding:
    """What an encoder and a decoder have in common: a code at one block length, and memory."""

    def __init__(self, code: CodeSpec, plan: Segmentation) -> None:
        instance_of(CodeSpec, code, "code", "CodeSpec.parse('ldpc:rate=1/2')")
        instance_of(Segmentation, plan, "plan", "segment(code, message_bits, bits_per_symbol)")
        if plan != segment(code, plan.message_bits, plan.bits_per_symbol):
            raise ValueError(f"plan: {code} is not cut so; take segment(code, …)")
        self._prepare(code, plan)

    @classmethod
    def of_length(cls, code: CodeSpec, plan: Segmentation, coded_bits: int) -> Self:
        """Return a stage for blocks of which another number of bits is sent than by one rate."""
        stage = cls.__new__(cls)
        stage._prepare(code, replace(plan, coded_bits=coded_bits, bits_per_symbol=1))
        return stage

    def _prepare(self, code: CodeSpec, plan: Segmentation) -> None:
        self.code, self.plan = code, plan
        self._own = OwnCoder(code.own, plan.coded_bits) if code.own else None
        # Mapping plays no part: symbols of one bit do for any.
        single = replace(plan, bits_per_symbol=1)
        self._block = BlockFormat(code, Modulation.named(_BPSK), "app", single)
        self._chains: SimpleQueue[Chain] = SimpleQueue()
        if self._own is None:
            refuse_what_is_not_native(self._block)

    def _chain(self) -> Chain:
        """Return memory that no other thread is using."""
        try:
            return self._chains.get_nowait()
        except Empty:
            return new_chain(self._block, 1)


class Encoder(_Coding):
    """Encodes code blocks; threads may share it.

    Args:
        code: any that the native engine has, or a user's own.
        plan: how messages are cut, from `linksim.phy.segment`: it fixes the blocks' lengths.

    Raises:
        TypeError: for what is no code, or no plan.
        ValueError: for a plan of another code.
        Refused: for a decoder that is not native.
    """

    def __call__(self, bits: np.ndarray) -> np.ndarray:
        """Return codewords, uint8 ``[N, coded_bits]``.

        Args:
            bits: zeros and ones ``[N, information_bits]``: payload and CRC, as
                `linksim.phy.to_blocks` makes them.

        Raises:
            TypeError: if they are no integers.
            ValueError: if they are no rows of this length, or no bits.
        """
        rows = bit_rows(bits, "bits", self.plan.information_bits)
        if self._own is not None:
            return self._own.encode(rows)
        codewords = np.empty((len(rows), self.plan.coded_bits), dtype=np.uint8)
        chain = self._chain()
        encode_blocks(chain, rows, codewords)
        self._chains.put(chain)
        return codewords


class Decoder(_Coding):
    """Decodes code blocks; threads may share it. Arguments and what is raised as of `Encoder`."""

    def __call__(self, llr: np.ndarray) -> np.ndarray:
        """Return LLRs of the information bits, float32 ``[N, information_bits]``.

        Args:
            llr: log p(1)/p(0) of the coded bits ``[N, coded_bits]``, taken as float32.

        Returns:
            log p(1)/p(0); of a decoder that decides, plus or minus one.

        Raises:
            TypeError: if they are no real numbers.
            ValueError: if they are no rows of this length, or one is not a number.
        """
        rows = _numbers(llr, "llr", "f", self.plan.coded_bits)
        if self._own is not None:
            return self._own.decode(rows)
        soft = np.empty((len(rows), self.plan.information_bits), dtype=np.float32)
        chain = self._chain()
        decode_blocks(chain, rows, soft)
        self._chains.put(chain)
        return soft


class Mapper:
    """Maps coded bits to symbols.

    Args:
        modulation: whose labels the bits are.

    Raises:
        TypeError: for what is no modulation.
        Refused: for bits per symbol that the native engine does not demap.

    >>> Mapper(Modulation.named("bpsk"))([[0, 1, 1]]).real.tolist()
    [[1.0, -1.0, -1.0]]
    """

    def __init__(self, modulation: Modulation) -> None:
        self.modulation = _native(modulation)

    def __call__(self, bits: np.ndarray) -> np.ndarray:
        """Return symbols of average energy 1, complex64 ``[N, symbols]``.

        Args:
            bits: zeros and ones ``[N, symbols · bits_per_symbol]``; bit b of symbol j is number
                ``b * symbols + j``.

        Raises:
            TypeError: if they are no integers.
            ValueError: if they are no rows of whole symbols, or no bits.
        """
        rows, width = bit_rows(bits, "bits"), self.modulation.bits_per_symbol
        if not rows.shape[1] or rows.shape[1] % width:
            raise ValueError(f"bits: {rows.shape[1]} do not fill whole symbols of {width} bits")
        symbols = np.empty((len(rows), rows.shape[1] // width), dtype=np.complex64)
        map_blocks(_uncoded(self.modulation, symbols.shape[1]), rows, symbols)
        return symbols


@dataclass(frozen=True)
class ChannelOutput:
    """What a receiver has of N blocks.

    Attributes:
        values: y h'*, received symbols times the conjugate of what the receiver takes the gain
            for, complex64 ``[N, symbols]``.
        energy: |h'|², float32 ``[N, symbols]``.
        weight: 1/N0', float32 ``[N, symbols]``; see `linksim.phy.channel`.

    Raises:
        TypeError: for another kind of numbers.
        ValueError: if they are not of one shape, ``[N, symbols]``, or one is not finite.
    """

    values: np.ndarray
    energy: np.ndarray
    weight: np.ndarray

    def __post_init__(self) -> None:
        columns = rows_of(self.values, "values", "c").shape[1]
        for name, kinds in (("values", "c"), ("energy", "f"), ("weight", "f")):
            part = _numbers(getattr(self, name), name, kinds, columns)
            if len(part) != len(self.values):
                raise ValueError(f"{name}: {len(part)} rows for {len(self.values)} of values")
            object.__setattr__(self, name, part)

    @property
    def equalised(self) -> np.ndarray:
        """The symbols in noise, y/h', complex64 ``[N, symbols]``."""
        return np.asarray(self.values / self.energy)

    @property
    def n0(self) -> np.ndarray:
        """The variance of the noise in `equalised`, N0'/|h'|², float32 ``[N, symbols]``."""
        return np.asarray(1 / (self.weight * self.energy))


class Channel:
    """Noise and fading, with the draws of `PhysicalLayer`.

    Args:
        spec: the channel.
        seed: of noise and fading, below 2**64.

    Raises:
        TypeError: for what is no channel, or no number.
        ValueError: for a seed out of range.
    """

    def __init__(self, spec: ChannelSpec, seed: int = 0) -> None:
        self.spec = instance_of(ChannelSpec, spec, "spec", "ChannelSpec.parse('awgn')")
        self.seed = seed_number(seed)

    def __call__(
        self,
        symbols: np.ndarray,
        snr_db: float,
        frames: Sequence[int] | np.ndarray | None = None,
        blocks: int = 1,
    ) -> ChannelOutput:
        """Send blocks of symbols.

        Args:
            symbols: complex ``[F · blocks, symbols]``, taken as complex64; the SNR is of symbols
                of mean energy 1.
            snr_db: Es/N0 in dB, from -200 to 200.
            frames: number of each of F frames, below 2**64; None is 0 … F − 1.
            blocks: of a frame; the channel's coherence runs through all of them.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if the symbols are not the blocks of these frames, or not finite.
        """
        rows = _numbers(symbols, "symbols", "c")
        count, width = rows.shape
        frames = frame_numbers(frames, count // whole_number(blocks, "blocks", 1))
        use = ChannelUse(self.spec, self.seed, snr_db, frames, blocks, width)
        if len(use.frames) * use.blocks != count:
            raise ValueError(f"symbols: {count} blocks are no frames of {use.blocks}")
        if self.spec.own is not None:
            return ChannelOutput(*use.through_own(rows))
        values = np.empty_like(rows)
        energy, weight = np.empty((2, *rows.shape), dtype=np.float32)
        chain = _uncoded(Modulation.named(_BPSK), width, use.blocks)
        sigma, seed = np.float32(math.sqrt(use.n0)), np.uint64(use.seed)
        draws = (use.fading, seed, use.milli_db, use.frames, sigma)
        pass_blocks(chain, *draws, rows, values, energy, weight)
        return ChannelOutput(values, energy, weight)


class Demapper:
    """Turns received symbols into LLRs of the coded bits.

    Args:
        modulation: as of the mapper.
        demapper: ``app`` (exact a-posteriori LLRs) or ``maxlog``.

    Raises:
        TypeError: for what is no modulation.
        Refused: for an unknown demapper, or bits per symbol that there is none for.
    """

    def __init__(self, modulation: Modulation, demapper: str = "app") -> None:
        if demapper not in DEMAPPERS:
            raise Refused("demapper", f"unknown; one of {', '.join(DEMAPPERS)}", demapper)
        self.modulation, self.demapper = _native(modulation), demapper

    def __call__(self, received: ChannelOutput) -> np.ndarray:
        """Return log p(1)/p(0), float32 ``[N, symbols · bits_per_symbol]``, in the mapper's order.

        Raises:
            TypeError: for what is no `ChannelOutput`.
        """
        instance_of(ChannelOutput, received, "received", "Channel(…)(symbols, snr_db)")
        count, width = received.values.shape
        llr = np.empty((count, width * self.modulation.bits_per_symbol), dtype=np.float32)
        if not llr.size:
            return llr
        chain = _uncoded(self.modulation, width, demapper=self.demapper)
        demap_blocks(chain, received.values, received.energy, received.weight, llr)
        return llr


def _uncoded(modulation: Modulation, symbols: int, blocks: int = 1, demapper: str = "app") -> Chain:
    """Return a chain without a code for blocks of so many symbols, and memory to run it."""
    width = modulation.bits_per_symbol
    bits = symbols * width
    plan = Segmentation(blocks * bits, blocks, bits, 0, bits, width)
    return new_chain(BlockFormat(CodeSpec("none"), modulation, demapper, plan), blocks)


def _native(modulation: Modulation) -> Modulation:
    instance_of(Modulation, modulation, "modulation", "Modulation.named('8psk')")
    width = modulation.bits_per_symbol
    plan = Segmentation(width, 1, width, 0, width, width)
    refuse_what_is_not_native(BlockFormat(CodeSpec("none"), modulation, "app", plan))
    return modulation


def _numbers(values: np.ndarray, name: str, kinds: str, columns: int | None = None) -> np.ndarray:
    """Return real or complex rows in single precision, without gaps, all finite or infinite."""
    dtype = np.complex64 if kinds == "c" else np.float32
    rows = np.ascontiguousarray(rows_of(values, name, kinds, columns), dtype=dtype)
    if np.isnan(rows).any():
        raise ValueError(f"{name}: one is not a number")
    return rows
