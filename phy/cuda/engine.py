"""The engine on a GPU: the native engine's numbers, by kernels of `linksim.phy.cuda.chain`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.cuda.chain import Chain
from linksim.phy.cuda.device import Device, DeviceArray, TensorMemory
from linksim.phy.cuda.gpu import first_gpu
from linksim.phy.cuda.toolkit import Unavailable
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception
from linksim.phy.native.mapping import DEMAPPED
from linksim.phy.refused import Refused

if TYPE_CHECKING:
    from linksim.phy.tensors import Tensor

_SHARE = 0.5  # of the memory that is free, for one batch
_MOST_BLOCKS = 1 << 20  # of a batch

Found = tuple[Any, ...]
"""Two arrays that a batch leaves, of any kind."""


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
            self._device: Device = device or first_gpu()
            self._chain = Chain(block, self._device)
        except Unavailable as problem:
            raise Refused("engine", str(problem), "gpu") from None
        self._block, self._turn = block, Lock()
        share = int(_SHARE * self._device.free_bytes())
        self._batch = max(1, min(_MOST_BLOCKS, share // self._chain.bytes_per_block))

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        sent = self._block.sent_bits(bits, use)
        device = self._device

        def work(part: ChannelUse, rows: slice) -> Found:
            found = self._sent(device.upload(sent[rows]), part)
            return tuple(device.download(array) for array in found)

        llr = np.empty((0, sent.shape[1]), np.float32)
        return BlockReception(*_joined(self._in_batches(work, use), llr))

    def device_for(self, use: ChannelUse) -> str:
        """Return the GPU's name; see `linksim.phy.engine.TensorEngine.device_for`."""
        return self._device.torch_name

    def transmit_tensors(self, bits: Tensor, use: ChannelUse) -> tuple[Tensor, Tensor]:
        """Send N code blocks; see `linksim.phy.engine.TensorEngine.transmit_tensors`."""
        from linksim.phy import tensors  # PyTorch is slow to load

        self._block.check_use(use)
        sent = bits.to(self._device.torch_name)

        def work(part: ChannelUse, rows: slice) -> Found:
            found = self._sent(TensorMemory(sent[rows]), part)
            return tuple(tensors.as_tensor(array) for array in found)

        llr, raw_errors = sent[:0].float(), sent[:0, 0].int()  # of no blocks
        found = [(llr, raw_errors), *self._in_batches(work, use)]
        llr, raw_errors = (tensors.joined(parts) for parts in zip(*found, strict=True))
        return llr, raw_errors

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        device, chain = self._device, self._chain

        def work(part: ChannelUse, rows: slice) -> Found:
            information = chain.payload(part)
            llr, raw_errors = chain.send(information, part)
            errors = chain.decode(llr, information, rows.stop - rows.start, soft=False)
            return device.download(errors), device.download(raw_errors)

        return BlockCounts(*_joined(self._in_batches(work, use), np.empty(0, np.int32)))

    def _sent(self, information: DeviceArray, use: ChannelUse) -> tuple[DeviceArray, DeviceArray]:
        """Return LLRs of information bits that were sent and decoded, and blocks' raw errors."""
        llr, raw_errors = self._chain.send(information, use)
        count = len(use.frames) * use.blocks
        return self._chain.decode(llr, information, count, soft=True), raw_errors

    def _in_batches(
        self, work: Callable[[ChannelUse, slice], Found], use: ChannelUse
    ) -> list[Found]:
        """Do work on some frames after others; half as many where memory runs out."""
        found, first = [], 0
        frames = use.frames if use.run is None else use.run
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
        return found

    def _halve(self, blocks: int) -> None:
        self._batch = blocks // 2
        text = f"linksim: {self._device.name} has no memory for {blocks} blocks; going on with half"
        print(text, file=sys.stderr, flush=True)


def _joined(found: list[Found], empty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join batches' figures; those of none are ``empty``."""
    batches = [(empty, np.empty(0, np.int32)), *found]
    first, second = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    return first, second


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
