"""Messages as PyTorch tensors, on whichever device they are: bits, code blocks.

Most are what functions of the same name in `linksim.phy.blocks` are for NumPy, but that nothing is
checked of a tensor's content: that would wait for the device.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
import torch.utils.dlpack
from torch import Tensor as Tensor
from torch.nn.functional import pad

from linksim.phy.crc import crc_of_single_bits, transport_crc_name
from linksim.phy.segmentation import Segmentation


def as_tensor(array: Any) -> Tensor:
    """Return an array of any kind as a tensor that shares its memory.

    Raises:
        TypeError: for what PyTorch cannot take.
    """
    if isinstance(array, Tensor):
        return array.detach()
    try:
        if hasattr(array, "__cuda_array_interface__"):
            return torch.as_tensor(array)
        return torch.utils.dlpack.from_dlpack(array)
    except (BufferError, RuntimeError, TypeError) as error:
        kind = type(array).__name__
        raise TypeError(f"give a dense array that speaks DLPack, not {kind}: {error}") from None


def bit_rows(array: Any, columns: int) -> Tensor:
    """Return rows of bits, integers or bool ``[B, columns]``, as a tensor.

    Raises:
        TypeError: if they are no integers, or what PyTorch cannot take.
        ValueError: if they are no rows of this length.
    """
    bits = as_tensor(array)
    if bits.is_floating_point() or bits.is_complex():
        raise TypeError(f"bits: give an array of bool or integers, not of {bits.dtype}")
    if bits.ndim != 2 or bits.shape[1] != columns:
        raise ValueError(f"bits: has the shape {tuple(bits.shape)}; give B rows of {columns}")
    return bits


def joined(parts: Sequence[Tensor]) -> Tensor:
    """Return tensors one after the other, as one."""
    return parts[0] if len(parts) == 1 else torch.cat(tuple(parts))


def like(given: Any, tensor: Tensor) -> Any:
    """Return a tensor as an array of the kind that was given, on its device.

    That of an array which knows no namespace with ``from_dlpack`` stays a tensor.
    """
    if isinstance(given, Tensor):
        return tensor.to(given.device)
    namespace = getattr(given, "__array_namespace__", None)
    return tensor if namespace is None else namespace().from_dlpack(tensor)


def to_blocks(bits: Tensor, plan: Segmentation) -> Tensor:
    """Cut messages into blocks, the last one filled up with zeros, and end each with its CRC.

    Args:
        bits: zeros and ones ``[B, message_bits]``.
        plan: how messages are cut.

    Returns:
        uint8 ``[B · blocks, information_bits]``.
    """
    filler = plan.filled_bits - plan.message_bits
    before = filler if plan.filler_first else 0
    filled = pad(bits.to(torch.uint8), (before, filler - before))
    if plan.message_crc_bits:
        filled = torch.cat([filled, _whole_parity(filled, plan)], dim=1)
    return with_crc(filled.reshape(-1, plan.payload_bits), plan)


def from_blocks(blocks: Tensor, plan: Segmentation) -> Tensor:
    """Join blocks ``[B · blocks, information_bits]`` to messages ``[B, message_bits]``."""
    payload = blocks[:, : plan.payload_bits].reshape(-1, plan.blocks * plan.payload_bits)
    return payload[:, plan.message_part].contiguous()


def blocks_pass(decided: Tensor, plan: Segmentation) -> Tensor:
    """Tell which blocks' CRC holds, bool ``[N]``; where a code has no CRC, all do."""
    if plan.message_crc_bits and plan.blocks == 1:
        return _whole_passes(decided, plan)
    return (with_crc(decided[:, : plan.payload_bits], plan) == decided).all(dim=1)


def messages_pass(decided: Tensor, plan: Segmentation, by_block: Tensor | None = None) -> Tensor:
    """Tell of which messages every CRC holds, their blocks' and that of the whole: bool ``[B]``.

    Args:
        decided: zeros and ones ``[B · blocks, information_bits]``.
        plan: how messages were cut.
        by_block: what `blocks_pass` says of them, where it was asked already.
    """
    by_block = blocks_pass(decided, plan) if by_block is None else by_block
    passed = by_block.reshape(len(decided) // plan.blocks, plan.blocks).all(dim=1)
    if not plan.message_crc_bits or plan.blocks == 1:  # there is no other CRC
        return passed
    return passed & _whole_passes(decided, plan)


def _whole_passes(decided: Tensor, plan: Segmentation) -> Tensor:
    whole = decided[:, : plan.payload_bits].reshape(-1, plan.blocks * plan.payload_bits)
    filled, own = whole[:, : plan.filled_bits], whole[:, plan.filled_bits :]
    return (_whole_parity(filled, plan) == own).all(dim=1)


def _whole_parity(filled: Tensor, plan: Segmentation) -> Tensor:
    length = plan.message_crc_bits
    return _parity(filled, length, transport_crc_name(length))


def with_crc(payload: Tensor, plan: Segmentation) -> Tensor:
    """End blocks with their CRCs: uint8 ``[N, payload_bits]`` to ``[N, information_bits]``."""
    return torch.cat([payload, _parity(payload, plan.crc_bits, plan.crc_name)], dim=1)


def _parity(payload: Tensor, length: int, name: str) -> Tensor:
    """Return CRCs, uint8 ``[N, length]``: linear in the bits, so a product with each bit's own."""
    if not length:
        return payload[:, :0]
    each = _crc_of_bits(payload.shape[1], length, name, payload.device)
    parity = (payload.to(torch.float32) @ each) % 2  # sums below 2**24 are exact
    return parity.to(torch.uint8)


@lru_cache(maxsize=32)
def _crc_of_bits(payload_bits: int, length: int, name: str, device: torch.device) -> Tensor:
    """Return each payload bit's CRC, float32 ``[payload_bits, length]``."""
    words = torch.from_numpy(crc_of_single_bits(payload_bits, length, name).astype("int64"))
    places = torch.arange(length - 1, -1, -1)
    return ((words[:, None] >> places) & 1).to(device, torch.float32)
