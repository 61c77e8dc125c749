"""The engine on a GPU: the native engine's numbers, by kernels of `linksim.phy.cuda.chain`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from threading import Lock

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.cuda.chain import Chain
from linksim.phy.cuda.device import Device
from linksim.phy.cuda.gpu import first_gpu
from linksim.phy.cuda.toolkit import Unavailable
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception
from linksim.phy.native.mapping import DEMAPPED
from linksim.phy.refused import Refused

_SHARE = 0.5  # of the memory that is free, for one batch
_MOST_BLOCKS = 1 << 20  # of a batch

Found = tuple[np.ndarray, np.ndarray]


class GpuEngine:
    """Some codes over flat channels, in CUDA kernels; counts are the native engine's.

    Args:
        block: the format.
        device: where kernels run; None for the first GPU.

    Raises:
        Refused: if a code or a modulation is not served, or there is no GPU.
    """

    name, shared = "gpu", True

    def __init__(self, block: BlockFormat, device: Device | None = None) -> None:
        refuse_what_is_not_served(block)
        try:
            self._device = device or first_gpu()
            self._chain = Chain(block, self._device)
        except Unavailable as problem:
            raise Refused("engine", str(problem), "gpu") from None
        self._block, self._turn = block, Lock()
        share = int(_SHARE * self._device.free_bytes())
        self._batch = max(1, min(_MOST_BLOCKS, share // self._chain.bytes_per_block))

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        sent = self._block.sent_bits(bits, use)
        device, chain = self._device, self._chain

        def work(part: ChannelUse, rows: slice) -> Found:
            information = device.upload(sent[rows])
            llr, raw_errors = chain.send(information, part)
            soft = chain.decode(llr, information, len(sent[rows]), soft=True)
            return device.download(soft), device.download(raw_errors)

        width = self._block.segmentation.information_bits
        empty = np.empty((0, width), np.float32), np.empty(0, np.int32)
        return BlockReception(*self._in_batches(work, use, empty))

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        device, chain = self._device, self._chain

        def work(part: ChannelUse, rows: slice) -> Found:
            information = chain.payload(part)
            llr, raw_errors = chain.send(information, part)
            errors = chain.decode(llr, information, rows.stop - rows.start, soft=False)
            return device.download(errors), device.download(raw_errors)

        empty = np.empty(0, np.int32), np.empty(0, np.int32)
        return BlockCounts(*self._in_batches(work, use, empty))

    def _in_batches(
        self, work: Callable[[ChannelUse, slice], Found], use: ChannelUse, empty: Found
    ) -> Found:
        """Do work on some frames after others; half as many where memory runs out."""
        found, first, frames = [empty], 0, np.asarray(use.frames)
        while first < len(frames):
            some = frames[first : first + max(1, self._batch // use.blocks)]
            rows = slice(first * use.blocks, (first + len(some)) * use.blocks)
            try:
                with self._turn:
                    found.append(work(replace(use, frames=some), rows))
            except MemoryError:
                if len(some) == 1:
                    raise
                self._halve(len(some) * use.blocks)
                continue
            first += len(some)
        return np.concatenate([x for x, _ in found]), np.concatenate([y for _, y in found])

    def _halve(self, blocks: int) -> None:
        self._batch = blocks // 2
        text = f"linksim: {self._device.name} has no memory for {blocks} blocks; going on with half"
        print(text, file=sys.stderr, flush=True)


def refuse_what_is_not_served(block: BlockFormat) -> None:
    """Make sure that there are kernels for a format.

    Raises:
        Refused: if there are none.
    """
    code, plan = block.code, block.segmentation
    if problem := code.family.lacks("gpu", code, plan.information_bits):
        raise Refused("engine", problem, "gpu")
    if plan.bits_per_symbol not in DEMAPPED:
        problem = f"demaps symbols of {', '.join(map(str, DEMAPPED))} bits; use sionna"
        raise Refused("engine", problem, "gpu")
    if plan.blocks * plan.coded_bits >= 1 << 31:
        raise Refused("engine", "has no messages of 2**31 coded bits and more; use native", "gpu")
