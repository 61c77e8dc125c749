"""Messages to the bits of a frame and back."""

from __future__ import annotations

import numpy as np

from linksim.link.bridge import to_numpy, to_torch
from linksim.phy import Reception, pack_bits, unpack_bits
from linksim.source import Message, Received


def frame(message: Message) -> np.ndarray:
    """Return the bits of each picture's message, uint8 ``[B, count · width]``.

    Raises:
        ValueError: if a value does not fit the message's width.
    """
    values = to_numpy(message.values)
    return unpack_bits(values, message.width).reshape(len(values), -1)


def deframe(reception: Reception, width: int, payload_bits: int) -> Received:
    """Return the message that a reception holds.

    Args:
        width: bits per value.
        payload_bits: message bits per code block, which tell the values that each block touches.
    """
    messages, bits = reception.bits.shape
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
