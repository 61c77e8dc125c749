"""What an engine of the physical layer does, and the choice of one.

An engine runs whole code blocks through encoder, mapper, channel, demapper and decoder. It alone
knows the framework it runs on; arrays cross its boundary by DLPack. All engines meet the same draws
of the channel (`linksim.phy.channel`).
"""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.checks import bit_rows, instance_of, whole_number
from linksim.phy.codes import CodeSpec
from linksim.phy.modulation import Modulation
from linksim.phy.segmentation import Segmentation, base_graph

DEMAPPERS = ("app", "maxlog")
ENGINES = ("auto", "native", "hybrid", "sionna")


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
        ValueError: for an unknown demapper, or sizes that are not those of code and modulation.
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
            raise ValueError(f"{self.demapper}: unknown; one of {', '.join(DEMAPPERS)}")
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
    """Runs code blocks of one format over the channel."""

    name: str

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


def load_engine(name: str, block: BlockFormat, threads: int = 0) -> Engine:
    """Return the engine called ``name`` for blocks of one format.

    Args:
        name: ``native``, ``hybrid``, ``sionna``, or ``auto``: native where it can, else Sionna; on
            a machine with a CUDA GPU and Sionna 2, Sionna.
        block: the format.
        threads: cores to use; 0 for all that this process may use.

    Raises:
        TypeError: if the block is no format, or threads are no number.
        ValueError: for an unknown engine, one that cannot do this format, or an LDPC code that
            cannot be decoded at any SNR.
        RuntimeError: if what it needs is not installed.
    """
    if name not in ENGINES:
        raise ValueError(f"{name}: unknown; one of {', '.join(ENGINES)}")
    instance_of(BlockFormat, block, "block", "BlockFormat(…)")
    return _load_engine(name, block, whole_number(threads, "threads"))


@lru_cache(maxsize=8)
def _load_engine(name: str, block: BlockFormat, threads: int) -> Engine:
    # Imported when needed: each engine brings a framework, and seconds of start-up.
    if block.code.name == "ldpc":
        _refuse_what_never_comes_back(block)
    if name == "auto":
        name = "native" if _native_serves(block) and not _sionna_has_gpu() else "sionna"
    if name == "native":
        from linksim.phy.native.engine import NativeEngine

        return NativeEngine(block, threads)
    if _sionna_generation() == 1:
        from linksim.phy.sionna_tf import HybridTensorFlow, SionnaTensorFlow

        return (HybridTensorFlow if name == "hybrid" else SionnaTensorFlow)(block, threads)
    from linksim.phy.sionna_torch import HybridTorch, SionnaTorch

    return (HybridTorch if name == "hybrid" else SionnaTorch)(block, threads)


def _refuse_what_never_comes_back(block: BlockFormat) -> None:
    from linksim.phy.native.base_graph import comes_back, lifted_code

    code, plan = block.code, block.segmentation
    graph = base_graph(code, plan.information_bits)
    lifted = lifted_code(plan.information_bits, plan.coded_bits, graph)
    if not comes_back(lifted):
        raise ValueError(
            f"{code}: 5G leaves out the first {lifted.punctured} of a block's "
            f"{plan.information_bits} information bits, and {plan.coded_bits} coded bits do not "
            "bring them back at any SNR; give a lower rate or longer messages"
        )


def _native_serves(block: BlockFormat) -> bool:
    return block.code.decoder != "bp"


def _sionna_generation() -> int:
    try:
        return int(importlib.metadata.version("sionna-no-rt").partition(".")[0])
    except importlib.metadata.PackageNotFoundError:
        raise RuntimeError("the physical layer needs Sionna: pip install sionna-no-rt") from None


def _sionna_has_gpu() -> bool:
    if _sionna_generation() == 1:
        return False
    import torch

    return torch.cuda.is_available()
