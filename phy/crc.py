"""CRC24B, which tells the receiver whether a code block came through (TS 38.212 5.1)."""

from __future__ import annotations

import numpy as np
from numba import njit

_CRC24B = np.uint32(0x800063)  # D^24 + D^23 + D^6 + D^5 + D + 1, the leading term left out
_TOP = np.uint32(1 << 23)
_MASK = np.uint32(0xFFFFFF)


def crc24b(blocks: np.ndarray) -> np.ndarray:
    """Return the parity bits of each block.

    Args:
        blocks: uint8 ``[N, K]`` of zeros and ones.

    Returns:
        uint8 ``[N, 24]``. A block followed by its parity has parity zero.
    """
    parity = np.empty((len(blocks), 24), dtype=np.uint8)
    _crc(np.ascontiguousarray(blocks, dtype=np.uint8), parity)
    return parity


@njit(cache=True)
def _crc(blocks, parity):  # type: ignore[no-untyped-def]
    for n in range(blocks.shape[0]):
        register = np.uint32(0)
        for k in range(blocks.shape[1]):
            carry = (register & _TOP != 0) != (blocks[n, k] != 0)
            register = (register << np.uint32(1)) & _MASK
            if carry:
                register ^= _CRC24B
        for j in range(24):
            parity[n, j] = (register >> np.uint32(23 - j)) & np.uint32(1)
