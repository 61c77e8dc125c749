"""Sionna 2 on PyTorch: on a GPU if there is one, and then bits, symbols and LLRs stay there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from linksim.phy.channel import ChannelUse
from linksim.phy.cores import allowed_cores
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception, count_errors
from linksim.phy.native.ldpc_batches import NativeLdpcDecoder
from linksim.phy.sionna import torch_draws
from linksim.phy.sionna.blocks import row_slices, rows_per_call, sionna_blocks
from linksim.phy.tensors import with_crc

_MORE_ROWS_ON_GPU = 32


class SionnaTorch:
    """Sionna's chain, operation by operation.

    Every call has the same number of rows, the last one filled up, so that a block's result does
    not depend on how many others travel with it.

    Args:
        block: the format.
        threads: cores that PyTorch may use, 0 for all that this process may use.

    Raises:
        Refused: if Sionna has no such code.
    """

    name, shared = "sionna", False

    def __init__(self, block: BlockFormat, threads: int = 0) -> None:
        self._device = "cuda:0" if torch.cuda.is_available() else "cpu"
        self._draws_here = self._device != "cpu"
        self._block, self._plan = block, block.segmentation
        self._rows = rows_per_call(self._plan) * (_MORE_ROWS_ON_GPU if self._draws_here else 1)
        self._threads = threads or allowed_cores()
        self._blocks = sionna_blocks(block, self._device)
        self._order, self._places = (
            None if index is None else torch.from_numpy(index).to(self._device)
            for index in (self._blocks.order, self._blocks.places)
        )

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        llr, raw_errors = self.transmit_tensors(self._block.sent_bits(bits, use), use)
        return BlockReception(llr.cpu().numpy(), raw_errors.cpu().numpy())

    def device_for(self, use: ChannelUse) -> str:
        """Return PyTorch's device; see `linksim.phy.engine.TensorEngine.device_for`."""
        return self._device

    def transmit_tensors(self, bits: Any, use: ChannelUse) -> tuple[Tensor, Tensor]:
        """Send N code blocks that are, and stay, in the device's memory.

        Args:
            bits: uint8 ``[N, information_bits]``, by DLPack from wherever they are.
            use: the channel they meet.

        Returns:
            What a `BlockReception` holds, as tensors: LLRs, float32 ``[N, information_bits]``, and
            raw errors, int32 ``[N]``.
        """
        with torch.inference_mode(), _torch_threads(self._threads):
            inputs = (_to_torch(bits).to(self._device), *self._draws(use))
            llr = torch.empty(len(bits), self._plan.information_bits, device=self._device)
            raw_errors = torch.empty(len(bits), dtype=torch.int32, device=self._device)
            for rows in row_slices(len(bits), self._rows):
                filled = (_filled(part[rows], self._rows) for part in inputs)
                soft, wrong = self._send(use.n0, *filled)
                used = rows.stop - rows.start
                llr[rows], raw_errors[rows] = soft[:used], wrong[:used]
            return llr, raw_errors

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        if not self._draws_here:
            return count_errors(self, self._plan, use)
        plan = self._plan
        payload = torch_draws.random_payload(use, plan.payload_bits, self._device)
        llr, raw_errors = self.transmit_tensors(with_crc(payload, plan), use)
        wrong = (llr[:, : plan.payload_bits] > 0) != payload.bool()
        bit_errors = wrong.sum(dim=1, dtype=torch.int32)
        return BlockCounts(bit_errors.cpu().numpy(), raw_errors.cpu().numpy())

    def _draws(self, use: ChannelUse) -> tuple[Tensor, ...]:
        """Return w, and unless they are one, h, h' and N0', all ``[N, block_symbols]``."""
        varied = use.fading.fades or use.fading.pilot_every
        if self._draws_here:
            gains = torch_draws.gains(use, self._device) if varied else ()
            return torch_draws.noise(use, self._device), *gains
        arrays = (use.noise(), *(use.gains() if varied else ()))
        return tuple(torch.from_numpy(array) for array in arrays)

    def _send(self, n0: float, bits: Tensor, *channel: Tensor) -> tuple[Tensor, Tensor]:
        coded = self._encoded(bits)
        coded_llr, raw_errors = self._passed(coded, n0, *channel)
        return self._decoded(coded_llr), raw_errors

    def _encoded(self, bits: Tensor) -> Tensor:
        """Encode uint8 ``[rows, information_bits]`` to float32 ``[rows, coded_bits]``."""
        coded = bits.to(torch.float32)
        coder = self._blocks.coder
        if coder.encoder is not None:
            coded = coder.encoder(torch.nn.functional.pad(coded, (coder.filler, 0)))
        return coded if self._order is None else coded[:, self._order]

    def _passed(
        self, coded: Tensor, n0: float, noise: Tensor, *gains: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Map, pass the channel and demap.

        Args:
            coded: float32 ``[rows, coded_bits]``.
            n0: N0.
            noise: w, complex64 ``[rows, block_symbols]``.
            gains: h, h' and N0', as `ChannelUse.gains` returns them, or nothing.

        Returns:
            LLRs, float32 ``[rows, coded_bits]``, and how many decide wrongly, int32 ``[rows]``.
        """
        plan = self._plan
        labels = coded.reshape(-1, plan.bits_per_symbol, plan.block_symbols).transpose(1, 2)
        sent = self._blocks.mapper(labels.reshape(len(coded), -1))
        if gains:
            true, known, known_n0 = gains
            energy = known.real.square() + known.imag.square()
            received = (true * sent + n0**0.5 * noise) * known.conj() / energy
            variance = known_n0 / energy
        else:
            received = sent + n0**0.5 * noise
            variance = torch.full_like(sent.real, n0)
        llr = self._blocks.demapper(received, variance)
        llr = llr.reshape(-1, plan.block_symbols, plan.bits_per_symbol).transpose(1, 2)
        llr = llr.reshape(len(coded), -1)
        return llr, ((llr > 0) != (coded > 0.5)).sum(dim=1, dtype=torch.int32)

    def _decoded(self, llr: Tensor) -> Tensor:
        """Decode float32 ``[rows, coded_bits]`` to LLRs of the information bits."""
        coder = self._blocks.coder
        if self._places is not None:
            padded = torch.nn.functional.pad(llr, (0, 1))
            padded = torch.nn.functional.pad(padded, (0, 1), value=-coder.largest_llr)
            llr = padded[:, self._places].sum(dim=-1)
        if bound := coder.largest_llr:
            llr = llr.clamp(-bound, bound)
        if coder.decoder is not None:
            llr = coder.decoder(llr)[:, coder.filler :]
        return 2 * llr.to(torch.float32) - 1 if coder.decides else llr


class CompiledTorch(SionnaTorch):
    """Sionna's chain compiled by ``torch.compile``, which fuses what it does one by one else.

    It is measured beside the chain as it is (`linksim bench`), and no link's engine: the first call
    takes minutes, and sums may be rounded otherwise.

    Args:
        block, threads: as of `SionnaTorch`.
        backend: of ``torch.compile``.
    """

    def __init__(self, block: BlockFormat, threads: int = 0, backend: str = "inductor") -> None:
        super().__init__(block, threads)
        self._compiled = torch.compile(super()._send, backend=backend)

    def _send(self, n0: float, bits: Tensor, *channel: Tensor) -> tuple[Tensor, Tensor]:
        found: tuple[Tensor, Tensor] = self._compiled(n0, bits, *channel)
        return found


class HybridTorch(SionnaTorch):
    """Sionna's encoder, mapper, channel and demapper; the native engine's LDPC decoder, on the CPU.

    Raises:
        Refused: for what the native LDPC decoder does not decode.
    """

    name = "hybrid"

    def __init__(self, block: BlockFormat, threads: int = 0) -> None:
        self._native = NativeLdpcDecoder(block, threads or allowed_cores())
        super().__init__(block, threads)

    def _decoded(self, llr: Tensor) -> Tensor:
        return torch.from_numpy(self._native(llr.cpu().numpy())).to(self._device)


@contextlib.contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    """Hold PyTorch, whose setting is the whole process's, to so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _to_torch(bits: Any) -> Tensor:
    if isinstance(bits, np.ndarray):
        bits = np.require(bits, requirements=("C", "W"))  # else DLPack refuses
    return torch.utils.dlpack.from_dlpack(bits)


def _filled(part: Tensor, rows: int) -> Tensor:
    """Return ``part`` with rows added (its own, repeated) up to ``rows``."""
    if len(part) == rows:
        return part
    return part.repeat(-(-rows // len(part)), 1)[:rows]
