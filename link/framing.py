"""Messages to the bits of a frame and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from linksim.link.bridge import to_numpy, to_torch
from linksim.phy import Reception, pack_bits, packing, unpack_bits
from linksim.phy.bits import MAX_WIDTH
from linksim.phy.checks import instance_of, rows_of, whole_number
from linksim.source import Message, Received


def frame(message: Message) -> np.ndarray:
    """Return the bits of each picture's message, uint8 ``[B, count · width]``.

    Raises:
        TypeError: if it is no message.
        ValueError: if a value does not fit the message's width.
    """
    instance_of(Message, message, "message", "Codec.encode")
    values = to_numpy(message.values)
    return unpack_bits(values, message.width).reshape(len(values), -1)


def frame_where_it_is(message: Message) -> torch.Tensor:
    """Return what `frame` does as a tensor on the values' device, which is not waited for.

    Whether the values fit, `misfits` tells.

    Raises:
        TypeError: if it is no message.
    """
    instance_of(Message, message, "message", "Codec.encode")
    return packing.unpack_bits(message.values, message.width)


def misfits(message: Message) -> torch.Tensor:
    """Tell which pictures have a value that does not fit the width, bool ``[B]``, on its device."""
    return (message.values.long() >> message.width != 0).any(dim=1)


def deframe(reception: Reception[Any], width: int, payload_bits: int) -> Received:
    """Return the message that a reception holds.

    Args:
        reception: of arrays, or of tensors, which then are nowhere looked into.
        width: bits per value.
        payload_bits: message bits per code block, which tell the values that each block touches.

    Raises:
        TypeError: if it is no reception, or a number is none.
        ValueError: if its bits are no whole number of values, or not those of its blocks.
    """
    instance_of(Reception, reception, "reception", "PhysicalLayer.transmit")
    if isinstance(reception.bits, torch.Tensor):
        return _deframe_where_it_is(reception, width, payload_bits)
    messages, bits = rows_of(reception.bits, "reception.bits", "bui").shape
    if bits % whole_number(width, "width", 1, MAX_WIDTH):
        raise ValueError(f"width {width}: {bits} bits are no whole number of such values")
    blocks = -(-bits // whole_number(payload_bits, "payload_bits", 1))
    rows_of(reception.block_passed, "reception.block_passed", "b", blocks)
    rows_of(reception.llr, "reception.llr", "f", bits)
    if not messages == len(reception.block_passed) == len(reception.llr):
        raise ValueError("reception: is of different numbers of messages")
    count = bits // width
    values = pack_bits(reception.bits, width).reshape(messages, count).astype(np.int64)
    first = np.arange(count) * width // payload_bits
    last = (np.arange(count) * width + width - 1) // payload_bits
    passed = reception.block_passed
    return Received(
        values=to_torch(values),
        width=width,
        erased=to_torch(~(passed[:, first] & passed[:, last])),
        llr=to_torch(reception.llr.reshape(messages, count, width)),
    )


def _deframe_where_it_is(
    reception: Reception[torch.Tensor], width: int, payload_bits: int
) -> Received:
    values, passed = packing.pack_bits(reception.bits, width), reception.block_passed
    first = torch.arange(values.shape[1], device=values.device) * width
    whole = passed[:, first // payload_bits] & passed[:, (first + width - 1) // payload_bits]
    llr = reception.llr.reshape(*values.shape, width)
    return Received(values=values, width=width, erased=~whole, llr=llr)
