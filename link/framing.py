"""Messages to the bits of a frame and back."""

from __future__ import annotations

import numpy as np

from linksim.link.bridge import to_numpy, to_torch
from linksim.phy import Reception, pack_bits, unpack_bits
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


def deframe(reception: Reception, width: int, payload_bits: int) -> Received:
    """Return the message that a reception holds.

    Args:
        width: bits per value.
        payload_bits: message bits per code block, which tell the values that each block touches.

    Raises:
        TypeError: if it is no reception, or a number is none.
        ValueError: if its bits are no whole number of values, or not those of its blocks.
    """
    instance_of(Reception, reception, "reception", "PhysicalLayer.transmit")
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
