"""The native LDPC decoder for whoever brings LLRs: the back half of the hybrid engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from queue import Empty, SimpleQueue
from typing import NamedTuple

import numpy as np

from linksim.phy.checks import instance_of, rows_of, whole_number
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import base_graph
from linksim.phy.kernels.compilation import cached_kernel
from linksim.phy.kernels.vectors import LANES, aligned_zeros, borrowed
from linksim.phy.native import ldpc_decoder
from linksim.phy.native.ldpc_code import lifted_code
from linksim.phy.refused import Refused


class DecoderMemory(NamedTuple):
    """One thread's decoder.

    Attributes:
        plan, narrow, wide, llr, iterations: what `ldpc_decoder.decode_llr` wants.
    """

    plan: ldpc_decoder.Schedule
    narrow: ldpc_decoder.Workspace
    wide: ldpc_decoder.Workspace
    llr: np.ndarray
    iterations: int


class NativeLdpcDecoder:
    """Decodes batches of LDPC blocks by three minima, layered; threads may share it.

    Args:
        block: the format.
        threads: cores that a call uses.

    Raises:
        TypeError: if the block is no format, or threads are no number.
        Refused: if the code is not LDPC, or to be decoded in another way.
    """

    def __init__(self, block: BlockFormat, threads: int = 1) -> None:
        instance_of(BlockFormat, block, "block", "BlockFormat(…)")
        plan = block.segmentation
        if problem := block.code.family.lacks("hybrid", block.code, plan.information_bits):
            raise Refused("engine", problem, "hybrid")
        graph = base_graph(block.code, plan.information_bits)
        self._schedule = ldpc_decoder.schedule(
            lifted_code(plan.information_bits, plan.coded_bits, graph)
        )
        self._iterations, self._threads = block.code.iterations, whole_number(threads, "threads", 1)
        self._memories: SimpleQueue[DecoderMemory] = SimpleQueue()

    def __call__(self, llr: np.ndarray) -> np.ndarray:
        """Return LLRs of the information bits.

        Args:
            llr: log p(1)/p(0) of the coded bits ``[N, coded_bits]``, taken as float32.

        Returns:
            float32 ``[N, information_bits]``.

        Raises:
            TypeError: if they are no real numbers.
            ValueError: if they are no rows of this length, or one is not a number.
        """
        llr = np.ascontiguousarray(rows_of(llr, "llr", "f", self._schedule.n), dtype=np.float32)
        if llr.size and np.isnan(llr.max()):
            raise ValueError("llr: one is not a number")
        soft = np.empty((len(llr), self._schedule.k), dtype=np.float32)
        bounds = np.linspace(0, len(llr), self._threads + 1).astype(int)
        parts = [slice(a, b) for a, b in pairwise(bounds) if a < b]
        if len(parts) == 1:
            self._decode(llr, soft)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(lambda rows: self._decode(llr[rows], soft[rows]), parts))
        return soft

    def _decode(self, llr: np.ndarray, soft: np.ndarray) -> None:
        memory = self._borrow_memory()
        decode_blocks(memory, llr, soft)
        self._memories.put(memory)

    def _borrow_memory(self) -> DecoderMemory:
        """Return memory that no other thread is using."""
        try:
            return self._memories.get_nowait()
        except Empty:
            return decoder_memory(self._schedule, self._iterations)


def decoder_memory(schedule: ldpc_decoder.Schedule, iterations: int) -> DecoderMemory:
    """Return one thread's memory for a code."""
    return DecoderMemory(
        schedule,
        ldpc_decoder.workspace(schedule, np.int8),
        ldpc_decoder.workspace(schedule, np.int16),
        aligned_zeros(schedule.n + LANES, np.float32),
        iterations,
    )


@cached_kernel
def decode_blocks(memory, llr, soft):  # type: ignore[no-untyped-def]
    """Decode every row of ``llr`` into a row of ``soft``."""
    memory = borrowed(memory)
    plan, narrow, wide, padded = memory.plan, memory.narrow, memory.wide, memory.llr
    for i in range(llr.shape[0]):
        for j in range(llr.shape[1]):
            padded[j] = llr[i, j]
        ldpc_decoder.decode_llr(plan, narrow, wide, padded, memory.iterations, soft[i])
