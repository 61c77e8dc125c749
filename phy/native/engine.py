"""The engine that needs no framework: compiled kernels on the processor's own vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.cores import allowed_cores
from linksim.phy.crc import crc_polynomial
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception
from linksim.phy.native.chain import (
    Chain,
    chain_memory,
    count_blocks,
    transmit_blocks,
)
from linksim.phy.native.mapping import DEMAPPED, constellation
from linksim.phy.refused import Refused

_TASKS_PER_THREAD = 4  # so that no thread waits long for the last
_SMALLEST_TASK, _LARGEST_TASK = 16, 4096  # blocks


class NativeEngine:
    """All codes over flat channels, in Numba kernels.

    Threads share the blocks of a call; what a block meets and what becomes of it depends on its
    frame's number alone.

    Args:
        block: the format.
        threads: cores to use, 0 for all that this process may use.

    Raises:
        Refused: if there is no native decoder for the code, or no code of such a size.
    """

    name, shared = "native", True

    def __init__(self, block: BlockFormat, threads: int = 0) -> None:
        refuse_what_is_not_native(block)
        self._block, self._chains = block, Chains(block, threads)

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        sent = self._block.sent_bits(bits, use)
        llr = np.empty(sent.shape, dtype=np.float32)
        raw_errors = np.empty(len(sent), dtype=np.int32)
        self._run(transmit_blocks, use, len(sent), sent, llr, raw_errors)
        return BlockReception(llr, raw_errors)

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        blocks = len(use.frames) * use.blocks
        bit_errors, raw_errors = np.empty((2, blocks), dtype=np.int32)
        self._run(count_blocks, use, blocks, bit_errors, raw_errors)
        return BlockCounts(bit_errors, raw_errors)

    def _run(self, kernel: Callable[..., None], use: ChannelUse, count: int, *arrays: Any) -> None:
        """Run a kernel of `linksim.phy.native.chain` over all blocks, on all threads."""
        frames, fading = use.frames, use.fading
        seed, sigma = np.uint64(use.seed), np.float32(math.sqrt(use.n0))

        def work(chain: Chain, rows: slice) -> None:
            kernel(chain, fading, seed, use.milli_db, frames, sigma, rows.start, rows.stop, *arrays)

        self._chains.run(work, count)


class Chains:
    """Plans for the blocks of a format, with memory for as many threads as run them.

    Args:
        block: the format.
        threads: cores to use, 0 for all that this process may use.
    """

    def __init__(self, block: BlockFormat, threads: int) -> None:
        self._block, self._threads = block, threads or allowed_cores()
        self._chains: SimpleQueue[Chain] = SimpleQueue()

    def run(self, work: Callable[[Chain, slice], None], count: int) -> None:
        """Work on ``count`` blocks, some at a time, on all threads.

        Args:
            work: is called with a chain that no other thread is using, and which blocks.
            count: how many there are.
        """
        size = -(-count // (_TASKS_PER_THREAD * self._threads))
        size = min(max(size, _SMALLEST_TASK), _LARGEST_TASK)

        def task(first: int) -> None:
            chain = self._borrow()
            work(chain, slice(first, min(first + size, count)))
            self._chains.put(chain)

        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(task, range(0, count, size)))

    def _borrow(self) -> Chain:
        """Return a chain that no other thread is using."""
        try:
            return self._chains.get_nowait()
        except Empty:
            return new_chain(self._block, self._block.segmentation.blocks)


def refuse_what_is_not_native(block: BlockFormat) -> None:
    """Make sure that the native engine has a decoder and a demapper for a format.

    Raises:
        Refused: if it does not, or the code has no such size.
    """
    code = block.code
    if problem := code.family.lacks("native", code, block.segmentation.information_bits):
        raise Refused("engine", problem, "native")
    if block.modulation.bits_per_symbol not in DEMAPPED:
        problem = f"demaps symbols of {', '.join(map(str, DEMAPPED))} bits"
        raise Refused("engine", problem, "native")
    code.family.check_native(code, block.segmentation.sizes)


def new_chain(block: BlockFormat, blocks: int) -> Chain:
    """Return the plans for a block, and memory to run it."""
    plan = block.segmentation
    return Chain(
        code=block.code.family.native_coder(block.code, plan.sizes),
        points=constellation(block.modulation),
        exact=block.demapper == "app",
        polynomial=np.uint32(crc_polynomial(plan.crc_bits, plan.crc_name)),
        crc_bits=plan.crc_bits,
        payload_bits=plan.payload_bits,
        coded_bits=plan.coded_bits,
        symbols=plan.block_symbols,
        blocks=blocks,
        **chain_memory(plan.information_bits, plan.coded_bits, plan.block_symbols, plan.symbols),
    )
