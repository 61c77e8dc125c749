"""Numba kernels between numbers of any bit width, single bits, and channel symbols' labels.

The most significant bit comes first, everywhere. A channel symbol's label is a number of
``bits_per_symbol`` bits, so that `pack_bits` also makes symbols and `repack` turns codeword
indices straight into symbols.

All of it is one operation: a stream of numbers is cut into numbers of another width. Single bits
are numbers of width 1. Each pair of widths has a kernel of its own, compiled when first used and
then kept on disk, because shifts and shuffles are fast only if they are constants. A
kernel takes the stream eight bytes at a time, as long as both arrays have room, and what is left
number by number. Memory is little-endian.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba import types
from numba.extending import intrinsic

from linksim.phy.checks import as_array, whole_number
from linksim.phy.kernels.compilation import cached_kernel, named_after
from linksim.phy.kernels.vectors import address

MAX_WIDTH = 32

Kernel = Callable[[np.ndarray, np.ndarray], int]
"""Cuts unsigned numbers anew into the second array. Returns zero if all of them fit the width."""

_UNSIGNED = {
    np.dtype(f"{kind}{size}"): np.dtype(f"u{size}") for kind in "iu" for size in (1, 2, 4, 8)
} | {np.dtype(bool): np.dtype(np.uint8)}

_WORD_BITS = 64
_VECTOR_BYTES = 64
_LANE_BYTES = 16
"""Bytes of a vector among which every shuffle is one instruction, on x86 and on ARM."""
_MOST_STREAMS = 8
"""Interleaved streams that LLVM's vectoriser can still tell apart."""


def unpack_bits(values: np.ndarray, width: int) -> np.ndarray:
    """Spread each number over ``width`` bits.

    Args:
        values: unsigned numbers below ``2**width``, any integer dtype, any shape.
        width: bits per number, 1 to 32.

    Returns:
        uint8 ``[values.size * width]`` of zeros and ones.

    Raises:
        TypeError: if values or width are no integers.
        ValueError: if ``width`` is out of range or a number needs more bits.

    >>> unpack_bits(np.array([5, 1]), 3)
    array([1, 0, 1, 0, 0, 1], dtype=uint8)
    """
    width = _checked_width(width)
    numbers = _unsigned(values, width, "values")
    bits = np.empty(numbers.size * width, dtype=np.uint8)
    _check_fit(_kernel_of_words(width, 1, bits.itemsize)(numbers, bits), width)
    return bits


def pack_bits(bits: np.ndarray, width: int) -> np.ndarray:
    """Gather groups of ``width`` bits into numbers; the inverse of `unpack_bits`.

    Args:
        bits: zeros and ones, a whole number of groups, bool or any integer dtype, any shape.
        width: bits per number, 1 to 32.

    Returns:
        uint32 ``[bits.size / width]``.

    Raises:
        TypeError: if bits or width are no integers.
        ValueError: if ``width`` is out of range or does not divide the number of bits, or if one
            of the bits is neither zero nor one.

    >>> pack_bits(np.array([1, 0, 1, 0, 0, 1], dtype=np.uint8), 3)
    array([5, 1], dtype=uint32)
    """
    width = _checked_width(width)
    flat = _unsigned(bits, 1, "bits")
    if flat.size % width:
        raise ValueError(f"{flat.size} bits are no whole number of {width}-bit groups")
    values = np.empty(flat.size // width, dtype=np.uint32)
    _check_fit(_kernel_of_words(1, width, values.itemsize)(flat, values), 1)
    return values


def repack(values: np.ndarray, width: int, new_width: int) -> np.ndarray:
    """Cut a stream of ``width``-bit numbers into ``new_width``-bit numbers.

    The stream is padded with zero bits to a whole number of new groups, so that going back gives
    the old numbers, possibly followed by zeros.

    Args:
        values: unsigned numbers below ``2**width``, any integer dtype, any shape.
        width: bits per number, 1 to 32.
        new_width: bits per new number, 1 to 32.

    Returns:
        uint32 ``[ceil(values.size * width / new_width)]``.

    Raises:
        TypeError: if values or a width are no integers.
        ValueError: if a width is out of range or a number needs more bits.

    >>> repack(np.array([0b10110011, 0b01000000]), 8, 3)
    array([5, 4, 6, 4, 0, 0], dtype=uint32)
    """
    width, new_width = _checked_width(width), _checked_width(new_width)
    numbers = _unsigned(values, width, "values")
    repacked = np.empty(-(-numbers.size * width // new_width), dtype=np.uint32)
    _check_fit(_repacking_kernel(width, new_width)(numbers, repacked), width)
    return repacked


def _checked_width(width: int) -> int:
    return whole_number(width, "width", 1, MAX_WIDTH)


def _check_fit(excess: int, width: int) -> None:
    if excess:
        raise ValueError(f"numbers must be 0 to {2**width - 1} to fit {width} bits")


def _unsigned(values: np.ndarray, width: int, name: str) -> np.ndarray:
    """Return the numbers as one row of unsigned ones, in which negative ones do not fit."""
    numbers = as_array(values, name, "bui").ravel()
    dtype = numbers.dtype
    if dtype not in _UNSIGNED or (dtype.kind == "i" and width >= 8 * dtype.itemsize):
        numbers = numbers.astype(np.int64)
    return numbers if dtype.kind == "u" else numbers.view(_UNSIGNED[numbers.dtype])


# --- Kernels -----------------------------------------------------------------------------------


@functools.cache
def _repacking_kernel(width: int, new_width: int) -> Kernel:
    block = math.lcm(width, new_width)
    if block > _WORD_BITS:
        return _kernel_of_numbers(width, new_width)
    if block <= _MOST_STREAMS * min(width, new_width):
        return _kernel_of_streams(width, new_width)
    return _kernel_of_words(width, new_width, np.dtype(np.uint32).itemsize)


@functools.cache
def _kernel_of_words(width: int, new_width: int, new_size: int) -> Kernel:
    """Return a kernel that joins numbers to a word and cuts the word, each with a few instructions.

    A block is the shortest run of numbers that is also a run of whole new numbers. A word gets as
    many blocks as it, and a vector of new numbers of ``new_size`` bytes, have room for.
    """
    block = math.lcm(width, new_width)
    room = min(_WORD_BITS, _VECTOR_BYTES // new_size * new_width)
    bits = max(1, room // block) * block
    taken, given = bits // width, bits // new_width
    read, written = _vector_length(taken), _vector_length(given)

    @cached_kernel
    @named_after(width, new_width, new_size)
    def recut(values, new_values):  # type: ignore[no-untyped-def]
        excess = np.uint64(0)
        i, j = 0, 0
        rounds = 1 + min((values.size - read) // taken, (new_values.size - written) // given)
        for _ in range(rounds):
            word, too_high = _join(values, i, width, taken)
            _cut(word, new_values, j, new_width, given)
            excess |= too_high
            i += taken
            j += given
        return excess | _recut_rest(values, i, np.intp(width), new_values, j, np.intp(new_width))

    return recut  # type: ignore[no-any-return]


def _kernel_of_streams(width: int, new_width: int) -> Kernel:
    """Return a kernel of plain loops, which LLVM turns into vector instructions by itself.

    It is the faster one for short blocks: their first numbers are one stream, their second numbers
    another, and so on, and so are their new numbers.
    """
    block = math.lcm(width, new_width)
    taken, given = block // width, block // new_width
    mask = 2**new_width - 1

    @cached_kernel
    @named_after(width, new_width)
    def recut(values, new_values):  # type: ignore[no-untyped-def]
        dtype = values.dtype.type  # or-ing in a wider type than the values' would halve the speed
        used = dtype(0)
        rounds = min(values.size // taken, new_values.size // given)
        for n in range(rounds):
            word = np.uint64(0)
            for k in range(taken):
                number = values[n * taken + k]
                word = (word << np.uint64(width)) | np.uint64(number)
                used = dtype(used | number)
            for k in range(given):
                number = word >> np.uint64(block - (k + 1) * new_width)
                new_values[n * given + k] = number & np.uint64(mask)
        excess = np.uint64(used) >> np.uint64(width)
        i, j = rounds * taken, rounds * given
        return excess | _recut_rest(values, i, np.intp(width), new_values, j, np.intp(new_width))

    return recut  # type: ignore[no-any-return]


def _kernel_of_numbers(width: int, new_width: int) -> Kernel:
    def recut(values: np.ndarray, new_values: np.ndarray) -> int:
        return int(_recut_rest(values, 0, width, new_values, 0, new_width))

    return recut


@cached_kernel
def _recut_rest(values, i, width, new_values, j, new_width):  # type: ignore[no-untyped-def]
    """Cut ``values[i:]`` number by number into ``new_values[j:]``; return bits that do not fit.

    Kernels pass the widths as np.intp, lest Numba compile this anew for every constant width.
    """
    held, buffer, used = 0, np.uint64(0), np.uint64(0)
    mask = (np.uint64(1) << np.uint64(new_width)) - np.uint64(1)
    for k in range(j, new_values.size):
        while held < new_width:
            buffer <<= np.uint64(width)
            if i < values.size:
                buffer |= np.uint64(values[i])
                used |= np.uint64(values[i])
            i += 1
            held += width
        held -= new_width
        new_values[k] = (buffer >> np.uint64(held)) & mask
    return used >> np.uint64(width)


# --- Words -------------------------------------------------------------------------------------
#
# A word is eight bytes of the stream as np.packbits stores them: the first byte is the lowest, but
# in each byte the first bit is the highest.

_STREAM_ORDER = [8 * (bit // 8) + 7 - bit % 8 for bit in range(_WORD_BITS)]
"""Where in the stream each bit of a word is, from the lowest bit on; it is its own inverse."""
_LANE_STARTS = range(0, _WORD_BITS, _LANE_BYTES)
"""The bits of a word that get the first byte of each lane."""


@intrinsic(prefer_literal=True)
def _join(typing_context, values, start, width, count):  # type: ignore[no-untyped-def]
    """Return the word that begins with ``values[start : start + count]``, and a check.

    Two shuffles, of numbers to lanes and of bytes in lanes, give each bit of the word a byte,
    namely that byte of a number which holds the bit; its other bits are masked off, and comparing
    with zero gives the word. The check is zero if no number needs more than ``width`` bits.
    Reads `_vector_length` (count) numbers.
    """
    bits, length = width.literal_value, _vector_length(count.literal_value)
    itemsize = values.dtype.bitwidth // 8
    slot = _slot_bytes(itemsize, bits)
    per_lane = _LANE_BYTES // slot
    firsts = [bit // bits for bit in _LANE_STARTS] if length > per_lane else [0, 0, 0, 0]
    numbers = [min(first + k, length - 1) for first in firsts for k in range(per_lane)]
    places, masks = _digits(bits, count.literal_value, slot, firsts)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        whole = _vector(8 * itemsize, length)
        pointer = address(context, builder, values, arguments[0], arguments[1], whole)
        loaded = builder.load(pointer, align=1)
        in_lanes = _shuffled(builder, _resized(builder, loaded, 8 * slot), numbers)
        in_bytes = builder.bitcast(in_lanes, _vector(8, _VECTOR_BYTES))
        digits = builder.and_(_shuffled(builder, in_bytes, places), _constant(8, masks))
        word = _compared(builder, "!=", digits, 0)
        too_high = _compared(builder, ">", loaded, 2 ** min(bits, 8 * itemsize) - 1)
        return context.make_tuple(builder, signature.return_type, (word, too_high))

    word_and_check = types.UniTuple(types.uint64, 2)
    return word_and_check(values, types.intp, width, count), generate


@intrinsic(prefer_literal=True)
def _cut(typing_context, word, new_values, start, width, count):  # type: ignore[no-untyped-def]
    """Write the first ``count`` numbers of ``width`` bits in a word to ``new_values[start:]``.

    Writes `_vector_length` (count) numbers, of which those past ``count`` mean nothing.
    """
    bits, length = width.literal_value, _vector_length(count.literal_value)
    new_bits = new_values.dtype.bitwidth

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        if bits == 1:
            flags = builder.bitcast(arguments[0], _vector(1, _WORD_BITS))
            in_bytes = builder.zext(flags, _vector(8, _WORD_BITS))
            numbers = _shuffled(builder, in_bytes, _STREAM_ORDER[:length])
        else:
            window, places, shifts = _windows(bits, count.literal_value)
            pair = ir.Constant(_vector(64, 2), ir.Undefined)
            pair = builder.insert_element(pair, arguments[0], ir.Constant(ir.IntType(32), 0))
            stream = builder.bitcast(pair, _vector(8, 16))
            in_windows = builder.bitcast(
                _shuffled(builder, stream, places), _vector(window, length)
            )
            at_the_end = builder.lshr(in_windows, _constant(window, shifts))
            numbers = builder.and_(at_the_end, _constant(window, [2**bits - 1] * length))
        numbers = _resized(builder, numbers, new_bits)
        whole = _vector(new_bits, length)
        pointer = address(context, builder, new_values, arguments[1], arguments[2], whole)
        builder.store(numbers, pointer, align=1)
        return context.get_dummy_value()

    return types.void(types.uint64, new_values, types.intp, width, count), generate


def _slot_bytes(itemsize: int, width: int) -> int:
    """Return the bytes to give each number, so that a lane holds all that its 16 bits come from."""
    meeting = max((bit + _LANE_BYTES - 1) // width - bit // width + 1 for bit in _LANE_STARTS)
    slot = min(itemsize, 4)
    while slot * meeting > _LANE_BYTES:
        slot //= 2
    return max(slot, 1 if width <= 8 else 2 if width <= 16 else 4)


def _digits(
    width: int, count: int, slot: int, firsts: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Return the byte and the mask that each bit of a word is found by.

    Args:
        slot: bytes per number.
        firsts: the number that each lane begins with.
    """
    places, masks = [], []
    for bit, place in enumerate(_STREAM_ORDER):
        lane = bit // _LANE_BYTES
        number, above = divmod(place, width)
        digit = width - 1 - above
        byte = lane * _LANE_BYTES + (number - firsts[lane]) * slot + digit // 8
        places.append(byte if number < count else 0)
        masks.append(1 << digit % 8 if number < count else 0)
    return places, masks


def _windows(width: int, count: int) -> tuple[int, list[int], list[int]]:
    """Return where the numbers in a word are.

    Returns:
        the size in bits of a window, 32 or 64, that is enough for each number; the bytes that make
        up the windows, lowest first, where each number is in whole; the shifts that move each
        number to the low end of its window.
    """
    starts = [k * width for k in range(count)] + [0] * (_vector_length(count) - count)
    window = 32 if all(start % 8 + width <= 32 for start in starts) else 64
    places, shifts = [], []
    for start in starts:
        last = start // 8 + window // 8 - 1
        places += [min(last - k, 7) for k in range(window // 8)]
        shifts.append(window - width - start % 8)
    return window, places, shifts


def _vector_length(count: int) -> int:
    """Return the power of two that is enough for ``count``."""
    return 1 << (count - 1).bit_length()


# --- LLVM --------------------------------------------------------------------------------------


def _vector(bits: int, length: int) -> ir.VectorType:
    return ir.VectorType(ir.IntType(bits), length)


def _constant(bits: int, values: Sequence[int]) -> ir.Constant:
    return ir.Constant(_vector(bits, len(values)), list(values))


def _shuffled(builder: Any, vector: Any, places: Sequence[int]) -> Any:
    undefined = ir.Constant(vector.type, ir.Undefined)
    return builder.shuffle_vector(vector, undefined, _constant(32, places))


def _resized(builder: Any, vector: Any, bits: int) -> Any:
    resize = builder.trunc if bits < vector.type.element.width else builder.zext
    return resize(vector, _vector(bits, vector.type.count))


def _compared(builder: Any, relation: str, vector: Any, number: int) -> Any:
    """Return 64 bits, of which bit k tells whether lane k stands in ``relation`` to the number."""
    length = vector.type.count
    numbers = _constant(vector.type.element.width, [number] * length)
    flags = builder.icmp_unsigned(relation, vector, numbers)
    bits = builder.bitcast(flags, ir.IntType(length))
    return builder.zext(bits, ir.IntType(_WORD_BITS))
