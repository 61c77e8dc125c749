"""What ``auto`` is where there is a GPU: the GPU for calls that fill it, native for the others."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.cuda.device import Device
from linksim.phy.cuda.engine import GpuEngine
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception, Engine, TensorEngine
from linksim.phy.refused import Refused

if TYPE_CHECKING:
    from linksim.phy.tensors import Tensor

_BLOCKS_OF_CTA = 2


class Automatic:
    """Both engines, whose numbers are the same: each call goes to the one that suits its size.

    Kernels of the GPU are compiled when a call wants them; native takes all where they cannot be.

    Args:
        block: the format; `linksim.phy.cuda.engine.refuse_what_is_not_served` has no objection.
        native: the native engine for it.
        device: the GPU.
    """

    name, shared = "gpu", True

    def __init__(self, block: BlockFormat, native: Engine, device: Device) -> None:
        self._block, self._native, self._device = block, native, device
        self._gpu: Engine | None = None
        self._turn = Lock()
        self._enough = _BLOCKS_OF_CTA * device.resident

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        return self._engine_for(use).transmit(bits, use)

    def device_for(self, use: ChannelUse) -> str:
        """Return the GPU's name, or the host's; see `linksim.phy.engine.TensorEngine`."""
        engine = self._engine_for(use)
        return engine.device_for(use) if isinstance(engine, TensorEngine) else "cpu"

    def transmit_tensors(self, bits: Tensor, use: ChannelUse) -> tuple[Tensor, Tensor]:
        """Send N code blocks; see `linksim.phy.engine.TensorEngine.transmit_tensors`."""
        engine = self._engine_for(use)
        if isinstance(engine, TensorEngine):
            return engine.transmit_tensors(bits, use)
        from linksim.phy import tensors  # PyTorch is slow to load

        found = engine.transmit(bits.cpu().numpy(), use)
        return tensors.as_tensor(found.llr), tensors.as_tensor(found.raw_errors)

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        return self._engine_for(use).count(use)

    def _engine_for(self, use: ChannelUse) -> Engine:
        if len(use.frames) * use.blocks < self._enough:
            return self._native
        with self._turn:
            if self._gpu is None:
                try:
                    self._gpu = GpuEngine(self._block, self._device)
                except Refused:
                    self._gpu = self._native
            return self._gpu
