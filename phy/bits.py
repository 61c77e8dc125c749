"""Numba kernels between numbers of any bit width, single bits, and channel symbols' labels.

The most significant bit comes first, everywhere. A channel symbol's label is a number of
``bits_per_symbol`` bits, so that `pack_bits` also makes symbols and `repack` turns codeword
indices straight into symbols.
"""

from __future__ import annotations

import numpy as np
from numba import njit

MAX_WIDTH = 32


def unpack_bits(values: np.ndarray, width: int) -> np.ndarray:
    """Spread each number over ``width`` bits.

    Args:
        values: unsigned numbers below ``2**width``, any integer dtype, any shape.
        width: bits per number, 1 to 32.

    Returns:
        uint8 ``[values.size * width]`` of zeros and ones.

    Raises:
        ValueError: if ``width`` is out of range or a number needs more bits.

    >>> unpack_bits(np.array([5, 1]), 3)
    array([1, 0, 1, 0, 0, 1], dtype=uint8)
    """
    numbers = _checked(values, width)
    bits = np.empty(numbers.size * width, dtype=np.uint8)
    _unpack(numbers, width, bits)
    return bits


def pack_bits(bits: np.ndarray, width: int) -> np.ndarray:
    """Gather groups of ``width`` bits into numbers; the inverse of `unpack_bits`.

    Args:
        bits: uint8 zeros and ones, a whole number of groups.

    Returns:
        uint32 ``[bits.size / width]``.

    Raises:
        ValueError: if ``width`` is out of range or does not divide the number of bits.

    >>> pack_bits(np.array([1, 0, 1, 0, 0, 1], dtype=np.uint8), 3)
    array([5, 1], dtype=uint32)
    """
    _check_width(width)
    flat = np.ascontiguousarray(bits, dtype=np.uint8).ravel()
    if flat.size % width:
        raise ValueError(f"{flat.size} bits are no whole number of {width}-bit groups")
    values = np.empty(flat.size // width, dtype=np.uint32)
    _pack(flat, width, values)
    return values


def repack(values: np.ndarray, width: int, new_width: int) -> np.ndarray:
    """Cut a stream of ``width``-bit numbers into ``new_width``-bit numbers.

    The stream is padded with zero bits to a whole number of new groups, so that going back gives
    the old numbers, possibly followed by zeros.

    >>> repack(np.array([0b10110011, 0b01000000]), 8, 3)
    array([5, 4, 6, 4, 0, 0], dtype=uint32)
    """
    numbers = _checked(values, width)
    _check_width(new_width)
    repacked = np.empty(-(-numbers.size * width // new_width), dtype=np.uint32)
    _repack(numbers, width, new_width, repacked)
    return repacked


def _check_width(width: int) -> None:
    if not 1 <= width <= MAX_WIDTH:
        raise ValueError(f"a width of {width} bits is outside 1 to {MAX_WIDTH}")


def _checked(values: np.ndarray, width: int) -> np.ndarray:
    _check_width(width)
    flat = np.asarray(values).ravel()
    if flat.size and (int(flat.min()) < 0 or int(flat.max()) >> width):
        raise ValueError(f"numbers must be 0 to {2**width - 1} to fit {width} bits")
    return np.ascontiguousarray(flat, dtype=np.uint32)


@njit(cache=True)
def _unpack(values, width, bits):  # type: ignore[no-untyped-def]
    for i in range(values.size):
        for j in range(width):
            bits[i * width + j] = (values[i] >> np.uint32(width - 1 - j)) & np.uint32(1)


@njit(cache=True)
def _pack(bits, width, values):  # type: ignore[no-untyped-def]
    for i in range(values.size):
        value = np.uint32(0)
        for j in range(width):
            value = (value << np.uint32(1)) | np.uint32(bits[i * width + j])
        values[i] = value


@njit(cache=True)
def _repack(values, width, new_width, repacked):  # type: ignore[no-untyped-def]
    held, buffer, taken = 0, np.uint64(0), 0
    mask = (np.uint64(1) << np.uint64(new_width)) - np.uint64(1)
    for i in range(repacked.size):
        while held < new_width:
            buffer <<= np.uint64(width) if taken < values.size else np.uint64(new_width - held)
            if taken < values.size:
                buffer |= np.uint64(values[taken])
                held += width
                taken += 1
            else:
                held = new_width
        held -= new_width
        repacked[i] = (buffer >> np.uint64(held)) & mask
