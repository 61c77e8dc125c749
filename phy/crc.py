"""CRCs, which tell the receiver whether a code block came through (TS 38.212 5.1)."""

from __future__ import annotations

import numpy as np

from linksim.phy.checks import bit_rows, whole_number

_POLYNOMIALS = {  # the leading term left out
    6: 0x21,  # gCRC6: D^6 + D^5 + 1
    11: 0x621,  # gCRC11: D^11 + D^10 + D^9 + D^5 + 1
    16: 0x1021,  # gCRC16: D^16 + D^12 + D^5 + 1
    24: 0x800063,  # gCRC24B: D^24 + D^23 + D^6 + D^5 + D + 1
}

CRC_LENGTHS = (0, *_POLYNOMIALS)
"""Lengths in bits that there are; 0 is no CRC."""

_NAMED = {
    # D^24 + D^23 + D^18 + D^17 + D^14 + D^11 + D^10 + D^7 + D^6 + D^5 + D^4 + D^3 + D + 1
    "24A": 0x864CFB,
    # D^24 + D^23 + D^21 + D^20 + D^17 + D^15 + D^13 + D^12 + D^8 + D^4 + D^2 + D + 1
    "24C": 0xB2B117,
}
"""gCRC24A of transport blocks, gCRC24C of the downlink's polar codes."""


def crc(blocks: np.ndarray, length: int, name: str = "") -> np.ndarray:
    """Return the parity bits of each block.

    Args:
        blocks: zeros and ones ``[N, K]``, bool or any integer dtype.
        length: of the CRC, in bits; one of `CRC_LENGTHS`.
        name: which one of 24 bits: ``24A`` or ``24C``; empty for gCRC24B, and for other lengths.

    Returns:
        uint8 ``[N, length]``. A block followed by its parity has parity zero.

    Raises:
        TypeError: if the blocks are no integers.
        ValueError: if they are no rows of bits, or there is no CRC of such a length.
    """
    if whole_number(length, "length") not in CRC_LENGTHS:
        raise ValueError(f"{length} bits: a CRC has one of {CRC_LENGTHS}")
    return _parity(blocks, length, crc_polynomial(length, name))


def transport_crc(blocks: np.ndarray, length: int) -> np.ndarray:
    """Return the parity bits of transport blocks (TS 38.212 7.2.1), as `crc` those of code blocks.

    Args:
        blocks: zeros and ones ``[N, K]``, bool or any integer dtype.
        length: 16 or 24 (gCRC16, gCRC24A).

    Raises:
        TypeError, ValueError: as `crc`.
    """
    if whole_number(length, "length") not in (16, 24):
        raise ValueError(f"{length} bits: a transport block's CRC has 16 or 24")
    return crc(blocks, length, transport_crc_name(length))


def transport_crc_name(length: int) -> str:
    """Return the name, as `crc` takes it, of a transport block's CRC."""
    return "24A" if length == 24 else ""


def _parity(blocks: np.ndarray, length: int, polynomial: int) -> np.ndarray:
    from linksim.phy.kernels.crc import append_crc  # Numba is slow to load

    bits = np.pad(bit_rows(blocks, "blocks"), ((0, 0), (0, length)))
    for block in bits:
        append_crc(block, bits.shape[1] - length, np.uint32(polynomial), length)
    return bits[:, bits.shape[1] - length :]


def crc_of_single_bits(payload_bits: int, length: int, name: str = "") -> np.ndarray:
    """Return the CRC of blocks that have a single one, by its place: uint32 ``[payload_bits]``.

    A CRC is linear, so that of any block is the sum, modulo 2, of those of its ones.

    Args:
        payload_bits: of a block.
        length, name: of the CRC, as `crc` takes them.
    """
    polynomial = crc_polynomial(length, name)
    register, top = polynomial, 1 << length
    found = np.zeros(payload_bits, dtype=np.uint32)
    for place in range(payload_bits - 1, -1, -1) if length else ():
        found[place] = register
        register <<= 1
        if register & top:
            register = (register ^ polynomial) & (top - 1)
    return found


def crc_polynomial(length: int, name: str = "") -> int:
    """Return the generator polynomial's coefficients as bits, without the leading term."""
    return _NAMED[name] if name else _POLYNOMIALS.get(length, 0)
