"""Numba kernels between numbers of any bit width, single bits, and channel symbols' labels.

The most significant bit comes first, everywhere. A channel symbol's label is a number of
``bits_per_symbol`` bits, so that `pack_bits` also makes symbols and `repack` turns codeword
indices straight into symbols.

All of it is one operation: a stream of numbers is cut into numbers of another width. Bits are
numbers of width 1. The stream passes through 64-bit words: `_join` makes eight bytes of the stream
from the next few numbers, `_cut` writes them as new numbers. Both are a handful of vector
instructions, whose byte shuffles must be constants; so each pair of widths has a kernel of its
own, compiled when first used and then kept in Numba's cache. Memory is little-endian.
"""

# Numba's interfaces are not typed.
# mypy: disable-error-code="attr-defined, call-arg"

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from typing import Any

import llvmlite.ir as ir
import numpy as np
from numba import njit
from numba.core import types
from numba.extending import intrinsic

MAX_WIDTH = 32

_WORD_BITS = 64
_VECTOR_BYTES = 64
_LANE_BYTES = 16
"""Bytes of a vector among which any shuffle is one instruction on x86 and ARM."""
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
        ValueError: if ``width`` is out of range or a number needs more bits.

    >>> unpack_bits(np.array([5, 1]), 3)
    array([1, 0, 1, 0, 0, 1], dtype=uint8)
    """
    _check_width(width)
    bits = np.empty(np.size(values) * width, dtype=np.uint8)
    _recut(values, width, bits, 1)
    return bits


def pack_bits(bits: np.ndarray, width: int) -> np.ndarray:
    """Gather groups of ``width`` bits into numbers; the inverse of `unpack_bits`.

    Args:
        bits: zeros and ones, a whole number of groups, any integer dtype (uint8 is fastest).
        width: bits per number, 1 to 32.

    Returns:
        uint32 ``[bits.size / width]``.

    Raises:
        ValueError: if ``width`` is out of range or does not divide the number of bits, or if a
            bit is neither zero nor one.

    >>> pack_bits(np.array([1, 0, 1, 0, 0, 1], dtype=np.uint8), 3)
    array([5, 1], dtype=uint32)
    """
    _check_width(width)
    groups, rest = divmod(np.size(bits), width)
    if rest:
        raise ValueError(f"{np.size(bits)} bits are no whole number of {width}-bit groups")
    values = np.empty(groups, dtype=np.uint32)
    _recut(bits, 1, values, width)
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
        ValueError: if a width is out of range or a number needs more bits.

    >>> repack(np.array([0b10110011, 0b01000000]), 8, 3)
    array([5, 4, 6, 4, 0, 0], dtype=uint32)
    """
    _check_width(width)
    _check_width(new_width)
    repacked = np.empty(-(-np.size(values) * width // new_width), dtype=np.uint32)
    _recut(values, width, repacked, new_width)
    return repacked


def _check_width(width: int) -> None:
    if not 1 <= width <= MAX_WIDTH:
        raise ValueError(f"a width of {width} bits is outside 1 to {MAX_WIDTH}")


def _recut(values: np.ndarray, width: int, new_values: np.ndarray, new_width: int) -> None:
    numbers = np.ascontiguousarray(values).reshape(-1)
    size = numbers.itemsize
    full = numbers.dtype.kind == "i" and width >= 8 * size  # all unsigned numbers would fit
    if full or numbers.dtype.kind not in "biu" or not numbers.dtype.isnative:
        numbers, size = numbers.astype(np.int64), 8
    if _kernel(width, new_width)(numbers.view(f"u{size}"), new_values):
        raise ValueError(f"numbers must be 0 to {2**width - 1} to fit {width} bits")


@functools.cache
def _kernel(width: int, new_width: int) -> Any:
    """Return the kernel from ``width`` to ``new_width``.

    It takes unsigned values and room for the new values, and returns bits too high for ``width``
    that some value had. It works in blocks, the shortest runs of whole numbers that are also whole
    new numbers.
    """
    block = math.lcm(width, new_width)
    if block > _WORD_BITS:
        return _kernel_for_rest(width, new_width)
    if 1 not in (width, new_width) and block <= _MOST_STREAMS * min(width, new_width):
        return _kernel_of_streams(width, new_width)
    most = _VECTOR_BYTES // (1 if new_width == 1 else 4) * new_width
    blocks = max(1, min(_WORD_BITS, most) // block)
    return _kernel_of_words(width, new_width, blocks * block)


def _kernel_of_words(width: int, new_width: int, bits: int) -> Any:
    """Return a kernel that passes ``bits`` bits of the stream at a time through a word."""
    taken, given = bits // width, bits // new_width
    read, written = _lanes(taken), _lanes(given)

    @njit(cache=True, nogil=True)
    def recut(values, new_values):  # type: ignore[no-untyped-def]
        excess = np.uint64(0)
        i, j = 0, 0
        rounds = 1 + min((values.size - read) // taken, (new_values.size - written) // given)
        for _ in range(rounds):
            word, high_bits = _join(values, i, width, taken)
            excess |= high_bits
            _cut(new_values, j, new_width, given, word)
            i += taken
            j += given
        return excess | _cut_rest(values, i, width, new_values, j, new_width)

    return recut


def _kernel_of_streams(width: int, new_width: int) -> Any:
    """Return a kernel of loops that LLVM's vectoriser can turn into shuffles by itself."""
    block = math.lcm(width, new_width)
    taken, given = block // width, block // new_width
    mask = 2**new_width - 1

    @njit(cache=True, nogil=True)
    def recut(values, new_values):  # type: ignore[no-untyped-def]
        used = np.uint64(0)
        rounds = min(values.size // taken, new_values.size // given)
        for n in range(rounds):
            word = np.uint64(0)
            for k in range(taken):
                number = np.uint64(values[n * taken + k])
                word = (word << np.uint64(width)) | number
                used |= number
            for k in range(given):
                number = word >> np.uint64(block - new_width * (k + 1))
                new_values[n * given + k] = number & np.uint64(mask)
        excess = used >> np.uint64(width)
        return excess | _cut_rest(
            values, rounds * taken, width, new_values, rounds * given, new_width
        )

    return recut


def _kernel_for_rest(width: int, new_width: int) -> Any:
    def recut(values: np.ndarray, new_values: np.ndarray) -> int:
        return int(_cut_rest(values, 0, width, new_values, 0, new_width))

    return recut


@njit(cache=True, nogil=True)
def _cut_rest(values, i, width, new_values, j, new_width):  # type: ignore[no-untyped-def]
    """Cut ``values[i:]`` number by number into ``new_values[j:]``; return bits that do not fit."""
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


# --- Words of the stream ----------------------------------------------------------------------
#
# A word is eight bytes of the stream as np.packbits stores them: first byte lowest, but within a
# byte the first bit highest.

_STREAM_ORDER = [8 * (bit // 8) + 7 - bit % 8 for bit in range(_WORD_BITS)]
"""Place in the stream of each bit of a word, lowest first; and the other way round."""


@intrinsic(prefer_literal=True)
def _join(typing_context, values, start, width, count):  # type: ignore[no-untyped-def]
    """Return a word that begins with the ``count`` numbers ``values[start:]`` of ``width`` bits.

    Reads `_lanes` (count) numbers. Every bit's byte is shuffled into the bit's place in a vector
    of 64 bytes, the other bits of that byte are masked off, and a comparison with zero gives the
    word.
    """
    size, bits, numbers = values.dtype.bitwidth, width.literal_value, count.literal_value
    firsts = [lane * _LANE_BYTES // bits for lane in range(_VECTOR_BYTES // _LANE_BYTES)]
    lasts = [((lane + 1) * _LANE_BYTES - 1) // bits for lane in range(len(firsts))]
    needed = max(last - first + 1 for first, last in zip(firsts, lasts, strict=True))
    while size * needed > 8 * _LANE_BYTES or size == 64:
        size //= 2
    size = max(size, 8 if bits <= 8 else 16 if bits <= 16 else 32)
    per_lane = 8 * _LANE_BYTES // size
    if _lanes(numbers) <= per_lane:
        firsts = [0] * len(firsts)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        kind = ir.VectorType(ir.IntType(values.dtype.bitwidth), _lanes(numbers))
        pointer = _address(context, builder, values, *arguments[:2], kind)
        loaded = builder.load(pointer, align=1)
        vector = _resized(builder, loaded, size)
        vector = _shuffled(
            builder,
            vector,
            (min(first + k, _lanes(numbers) - 1) for first in firsts for k in range(per_lane)),
        )
        vector = builder.bitcast(vector, ir.VectorType(ir.IntType(8), _VECTOR_BYTES))
        places, masks = [], []
        for bit, place in enumerate(_STREAM_ORDER):
            lane = bit // _LANE_BYTES
            number, digit = place // bits, bits - 1 - place % bits
            inside = number < numbers
            places.append(
                lane * _LANE_BYTES + (number - firsts[lane]) * size // 8 + digit // 8
                if inside
                else 0
            )
            masks.append(1 << digit % 8 if inside else 0)
        vector = builder.and_(_shuffled(builder, vector, places), _constant(8, masks))
        set_bits = builder.icmp_unsigned("!=", vector, _constant(8, [0] * _VECTOR_BYTES))
        word = builder.bitcast(set_bits, ir.IntType(_WORD_BITS))
        W = values.dtype.bitwidth
        if bits < W:
            high = builder.icmp_unsigned(
                ">", loaded, _constant(W, [2**bits - 1] * loaded.type.count)
            )
            high = builder.bitcast(high, ir.IntType(loaded.type.count))
            if loaded.type.count < 64:
                high = builder.zext(high, ir.IntType(64))
        else:
            high = ir.Constant(ir.IntType(64), 0)
        return context.make_tuple(builder, signature.return_type, (word, high))

    return types.UniTuple(types.uint64, 2)(values, types.intp, width, count), generate


@intrinsic(prefer_literal=True)
def _cut(typing_context, values, start, width, count, word):  # type: ignore[no-untyped-def]
    """Write the first ``count`` numbers of ``width`` bits of a word to ``values[start:]``.

    Writes `_lanes` (count) numbers, of which those past ``count`` mean nothing.
    """
    bits, numbers = width.literal_value, count.literal_value
    lanes = _lanes(numbers)
    window = 32 if all(k * bits % 8 + bits <= 32 for k in range(numbers)) else 64

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        if bits == 1:
            flags = builder.bitcast(arguments[4], ir.VectorType(ir.IntType(1), _WORD_BITS))
            vector = builder.zext(flags, ir.VectorType(ir.IntType(8), _WORD_BITS))
            vector = _shuffled(builder, vector, _STREAM_ORDER[:lanes])
        else:
            pair = ir.Constant(ir.VectorType(ir.IntType(64), 2), ir.Undefined)
            pair = builder.insert_element(pair, arguments[4], ir.Constant(ir.IntType(32), 0))
            vector = builder.bitcast(pair, ir.VectorType(ir.IntType(8), 16))
            places, shifts = [], []
            for k in range(lanes):
                byte, offset = divmod(k * bits, 8) if k < numbers else (0, 0)
                places += [min(byte + window // 8 - 1 - m, 7) for m in range(window // 8)]
                shifts.append(window - bits - offset)
            vector = _shuffled(builder, vector, places)
            vector = builder.bitcast(vector, ir.VectorType(ir.IntType(window), lanes))
            vector = builder.lshr(vector, _constant(window, shifts))
            vector = builder.and_(vector, _constant(window, [2**bits - 1] * lanes))
        vector = _resized(builder, vector, values.dtype.bitwidth)
        pointer = _address(context, builder, values, *arguments[:2], vector.type)
        builder.store(vector, pointer, align=1)
        return context.get_dummy_value()

    return types.void(values, types.intp, width, count, types.uint64), generate


def _lanes(count: int) -> int:
    return 1 << (count - 1).bit_length()


def _address(context: Any, builder: Any, array_type: Any, array: Any, offset: Any, to: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [offset]), to.as_pointer())


def _constant(size: int, values: Iterable[int]) -> Any:
    numbers = list(values)
    return ir.Constant(ir.VectorType(ir.IntType(size), len(numbers)), numbers)


def _shuffled(builder: Any, vector: Any, places: Iterable[int]) -> Any:
    undefined = ir.Constant(vector.type, ir.Undefined)
    return builder.shuffle_vector(vector, undefined, _constant(32, places))


def _resized(builder: Any, vector: Any, size: int) -> Any:
    kind = ir.VectorType(ir.IntType(size), vector.type.count)
    if size < vector.type.element.width:
        return builder.trunc(vector, kind)
    return builder.zext(vector, kind) if size > vector.type.element.width else vector
