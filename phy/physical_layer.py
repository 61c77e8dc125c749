"""Messages of any length over a channel: segmentation, CRC, an engine, counting of errors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from linksim.phy.blocks import blocks_pass, from_blocks, messages_pass, to_blocks
from linksim.phy.channel import BLOCK, ChannelUse
from linksim.phy.checks import frame_numbers, instance_of, seed_number
from linksim.phy.engine import BlockCounts, BlockFormat, Engine
from linksim.phy.engines import load_engine
from linksim.phy.refused import Refused
from linksim.phy.segmentation import Segmentation, segment
from linksim.phy.spec import PhySpec

_AS_SPEC = "PhySpec(CodeSpec.parse('ldpc:rate=1/2'), Modulation.named('8psk'))"


@dataclass(frozen=True)
class Reception:
    """What arrived of B messages, and how much of it is wrong.

    Attributes:
        bits: decided message bits, uint8 ``[B, message_bits]``.
        llr: log p(1)/p(0) of the message bits, float32 ``[B, message_bits]``.
        block_passed: whether each block's CRC holds, bool ``[B, blocks]``; True where a code has
            no CRC. This the receiver knows; the counts below it cannot know.
        message_passed: whether all CRCs of a message hold, a transport block's own among them,
            bool ``[B]``.
        bit_errors: wrong message bits, int64 ``[B]``.
        block_errors: blocks with a wrong message bit, int64 ``[B]``.
        raw_errors: wrong coded bits before decoding, int64 ``[B]``.
    """

    bits: np.ndarray
    llr: np.ndarray
    block_passed: np.ndarray
    message_passed: np.ndarray
    bit_errors: np.ndarray
    block_errors: np.ndarray
    raw_errors: np.ndarray


class PhysicalLayer:
    """A channel code, a modulation and a channel, for messages of one length.

    Args:
        message_bits: length of every message.
        spec: what it is made of.
        seed: of noise and fading, below 2**64; with the SNR (to a thousandth of a dB) and a
            frame's number it decides every draw.
        engine: which engine runs it, see `linksim.phy.engines.load_engine`.
        threads: cores to use, 0 for all that this process may use.

    Raises:
        TypeError: if an argument is of another kind, saying what to give.
        ValueError: for a seed out of range.
        Refused: if the code cannot carry such messages, or the engine not this code, or what the
            engine needs is not installed.
    """

    def __init__(
        self,
        message_bits: int,
        spec: PhySpec,
        seed: int = 0,
        engine: str = "auto",
        threads: int = 0,
    ) -> None:
        self.spec, self.seed = instance_of(PhySpec, spec, "spec", _AS_SPEC), seed_number(seed)
        self.segmentation: Segmentation = segment(
            spec.code, message_bits, spec.modulation.bits_per_symbol
        )
        _check_pilots(spec, self.segmentation)
        block = BlockFormat(spec.code, spec.modulation, spec.demapper, self.segmentation)
        self._engine: Engine = load_engine(
            engine, block, threads, own_channel=spec.channel.own is not None
        )
        shared = self._engine.shared
        self._turn: AbstractContextManager[object] = nullcontext() if shared else Lock()

    @property
    def engine(self) -> str:
        """Name of the engine at work."""
        return self._engine.name

    @property
    def symbols(self) -> int:
        """Channel symbols of one message, pilots among them."""
        return self.segmentation.symbols + self.spec.channel.pilots(self.segmentation.symbols)

    @property
    def information_bits_per_symbol(self) -> float:
        """Message bits per channel symbol, all padding, parity and pilots paid for."""
        return self.segmentation.message_bits / self.symbols

    def transmit(
        self, bits: np.ndarray, snr_db: float, frames: Sequence[int] | np.ndarray | None = None
    ) -> Reception:
        """Send one message per row; threads may do so at a time.

        Args:
            bits: zeros and ones ``[B, message_bits]``, bool or any integer dtype.
            snr_db: Es/N0 in dB, from -200 to 200.
            frames: number of each message, below 2**64; equal numbers meet equal noise and fading.
                None is 0 … B − 1.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if the bits are no rows of this length, or no bits, or there is not one
                frame's number for each row.
        """
        plan = self.segmentation
        sent = to_blocks(bits, plan)
        messages = len(sent) // plan.blocks
        numbers = frame_numbers(frames, messages)
        with self._turn:
            received = self._engine.transmit(sent, self._use(snr_db, numbers))
        decided = (received.llr > 0).view(np.uint8)
        wrong = decided[:, : plan.payload_bits] != sent[:, : plan.payload_bits]
        wrong = wrong.reshape(messages, plan.blocks, plan.payload_bits)
        return Reception(
            bits=from_blocks(decided, plan),
            llr=from_blocks(received.llr, plan),
            block_passed=blocks_pass(decided, plan).reshape(messages, plan.blocks),
            message_passed=messages_pass(decided, plan),
            bit_errors=wrong.sum(axis=(1, 2)),
            block_errors=wrong.any(axis=2).sum(axis=1),
            raw_errors=received.raw_errors.reshape(messages, plan.blocks).sum(axis=1),
        )

    def count(self, snr_db: float, frames: Sequence[int] | np.ndarray) -> BlockCounts:
        """Send messages of random bits and count what goes wrong, block by block.

        All blocks are full, also the last one of a message. Arguments as for `transmit`.
        """
        return self._engine.count(self._use(snr_db, frames))

    def _use(self, snr_db: float, frames: Sequence[int] | np.ndarray) -> ChannelUse:
        plan = self.segmentation
        return ChannelUse(
            self.spec.channel, self.seed, snr_db, frames, plan.blocks, plan.block_symbols
        )


@dataclass(frozen=True)
class PhySetup:
    """A physical layer but for the length of messages, and how it is simulated.

    Attributes:
        spec, seed, engine, threads: see `PhysicalLayer`.

    Raises:
        TypeError: if the spec is none, or the seed no number.
        ValueError: for a seed out of range.
    """

    spec: PhySpec = field(default_factory=PhySpec)
    seed: int = 0
    engine: str = "auto"
    threads: int = 0

    def __post_init__(self) -> None:
        instance_of(PhySpec, self.spec, "spec", _AS_SPEC)
        seed_number(self.seed)

    def layer_for(self, message_bits: int) -> PhysicalLayer:
        """Return the physical layer for messages of this length; raises as that does."""
        return PhysicalLayer(message_bits, self.spec, self.seed, self.engine, self.threads)


def _check_pilots(spec: PhySpec, plan: Segmentation) -> None:
    channel = spec.channel
    if channel.coherence == BLOCK and channel.pilot_every > plan.block_symbols:
        problem = f"a code block has {plan.block_symbols} symbols; send pilots at least as often"
        raise Refused("csi", problem, f"pilot:every={channel.pilot_every}")
