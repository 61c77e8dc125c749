"""What an engine of the physical layer does.

An engine runs whole code blocks through encoder, mapper, channel, demapper and decoder. It alone
knows the framework it runs on; arrays cross its boundary by DLPack. All engines meet the same draws
of the channel (`linksim.phy.channel`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.checks import bit_rows, instance_of
from linksim.phy.codes import CodeSpec
from linksim.phy.crc import crc
from linksim.phy.modulation import Modulation
from linksim.phy.refused import Refused
from linksim.phy.segmentation import Segmentation

if TYPE_CHECKING:
    from linksim.phy.tensors import Tensor

DEMAPPERS = ("app", "maxlog")
ENGINES = ("auto", "native", "gpu", "hybrid", "sionna")


@dataclass(frozen=True)
class BlockFormat:
    """What a code block is on the channel: all that an engine is built for.

    Bit b of symbol j of a block is bit ``b * block_symbols + j`` of its codeword: the bit
    interleaver of TS 38.212 5.4.2.2, for every code.

    Attributes:
        code, modulation: what it is made of.
        demapper: ``app`` (exact a-posteriori LLRs) or ``maxlog``.
        segmentation: its sizes.

    Raises:
        TypeError: if a part is no such object.
        Refused: for an unknown demapper.
        ValueError: for sizes that are not those of code and modulation.
    """

    code: CodeSpec
    modulation: Modulation
    demapper: str
    segmentation: Segmentation

    def __post_init__(self) -> None:
        code = instance_of(CodeSpec, self.code, "code", "CodeSpec.parse('ldpc:rate=1/2')")
        symbol = instance_of(Modulation, self.modulation, "modulation", "Modulation.named('8psk')")
        plan = instance_of(Segmentation, self.segmentation, "segmentation", "segment(…)")
        if self.demapper not in DEMAPPERS:
            raise Refused("demapper", f"unknown; one of {', '.join(DEMAPPERS)}", self.demapper)
        if plan.bits_per_symbol != symbol.bits_per_symbol:
            raise ValueError(f"segmentation: is of symbols of {plan.bits_per_symbol} bits")
        if plan.information_bits > code.family.information[1]:
            raise ValueError(f"segmentation: {code.name} has no blocks so large")

    def check_use(self, use: ChannelUse) -> None:
        """Make sure that frames hold such blocks.

        Raises:
            ValueError: if they hold others.
        """
        instance_of(ChannelUse, use, "use", "ChannelUse(…)")
        ours = self.segmentation.blocks, self.segmentation.block_symbols
        if (use.blocks, use.block_symbols) != ours:
            raise ValueError(f"use: give frames of {ours[0]} blocks of {ours[1]} symbols")

    def sent_bits(self, bits: np.ndarray, use: ChannelUse) -> np.ndarray:
        """Return the bits of code blocks, uint8 ``[N, information_bits]``.

        Raises:
            TypeError: if they are no integers.
            ValueError: if they are not the blocks of ``use.frames``, or no bits.
        """
        self.check_use(use)
        rows = bit_rows(bits, "bits", self.segmentation.information_bits)
        if len(rows) != len(use.frames) * use.blocks:
            raise ValueError(f"bits: {len(rows)} blocks for {len(use.frames)} frames")
        return rows


@dataclass(frozen=True)
class BlockReception:
    """What came out of an engine for N code blocks.

    Attributes:
        llr: log p(1)/p(0) of the information bits after decoding, float32 ``[N, info bits]``; of a
            decoder that decides, plus or minus one.
        raw_errors: wrong hard decisions on coded bits before decoding, int32 ``[N]``.
    """

    llr: np.ndarray
    raw_errors: np.ndarray


@dataclass(frozen=True)
class BlockCounts:
    """Errors in each of N blocks of random payload.

    Attributes:
        bit_errors: wrong payload bits after decoding, int32 ``[N]``.
        raw_errors: wrong coded bits before decoding, int32 ``[N]``.
    """

    bit_errors: np.ndarray
    raw_errors: np.ndarray


class Engine(Protocol):
    """Runs code blocks of one format over the channel.

    Attributes:
        name: of the engine.
        shared: whether several threads may call it at a time.
    """

    name: str
    shared: bool

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks.

        Args:
            bits: zeros and ones ``[N, information_bits]``, the blocks of ``use.frames`` in order.
            use: the channel they meet.

        Raises:
            TypeError, ValueError: for bits or frames that are not of such blocks.
        """

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send blocks of random payload (drawn from counters too) and count what goes wrong.

        Raises:
            ValueError: for frames that are not of such blocks.
        """


@runtime_checkable
class TensorEngine(Engine, Protocol):
    """An engine that also sends what is on a device, without a visit to the host."""

    def device_for(self, use: ChannelUse) -> str:
        """Return where it works on blocks that meet a channel, as PyTorch names devices."""

    def transmit_tensors(self, bits: Tensor, use: ChannelUse) -> tuple[Tensor, Tensor]:
        """Send N code blocks as `transmit` does.

        Args:
            bits: uint8 ``[N, information_bits]``, brought to the engine's device if they are not
                there.
            use: the channel they meet.

        Returns:
            What a `BlockReception` holds, on the engine's device: LLRs, float32
            ``[N, information_bits]``, and raw errors, int32 ``[N]``.
        """


def count_errors(engine: Engine, plan: Segmentation, use: ChannelUse) -> BlockCounts:
    """Send random payload through ``engine.transmit`` and count its wrong bits."""
    payload = use.random_payload(plan.payload_bits)
    parity = crc(payload, plan.crc_bits, plan.crc_name)
    received = engine.transmit(np.hstack([payload, parity]), use)
    wrong = (received.llr[:, : plan.payload_bits] > 0) != payload
    return BlockCounts(wrong.sum(axis=1, dtype=np.int32), received.raw_errors)
