"""CRCs (TS 38.212 5.1), bit by bit."""

from __future__ import annotations

import numpy as np

from linksim.phy.kernels.compilation import cached_kernel


@cached_kernel
def append_crc(bits, size, polynomial, length):  # type: ignore[no-untyped-def]
    """Write the CRC of the first ``size`` bits, uint8, behind them."""
    top = np.uint32(1) << np.uint32(max(length - 1, 0))
    mask = np.uint32((np.uint64(1) << np.uint64(length)) - np.uint64(1))
    register = np.uint32(0)
    for k in range(size if length else 0):
        carry = (register & top != 0) != (bits[k] != 0)
        register = (register << np.uint32(1)) & mask
        if carry:
            register ^= polynomial
    for j in range(length):
        bits[size + j] = (register >> np.uint32(length - 1 - j)) & np.uint32(1)
