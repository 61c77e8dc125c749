"""Random numbers from counters: Philox4x32-10 and the Box–Muller transform, 16 lanes at a time.

Each draw is a pure function of (seed, SNR, frame, purpose, index): nothing has a state, and nothing
depends on what else is drawn, by how many threads or in which order. Philox4x32-10 (Salmon et al.,
"Parallel random numbers: as easy as 1, 2, 3", SC'11) encrypts the counter

    (block of the index, low word of the frame, high word of the frame, SNR | purpose)

under the seed as key. A frame's numbers come in groups: a group's 16 blocks hold 16 numbers made
of each block's first two words, followed by 16 made of the last two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.elementary import logarithm, sine_and_cosine
from linksim.phy.kernels.vectors import (
    LANES,
    bits_of_float,
    float_of_bits,
    fused,
    interleave_low,
    load,
    maximum,
    multiply_low,
    signed_to_float,
    splat,
    square_root,
    store,
    unsigned_to_float,
)

GROUP = 2 * LANES
"""Numbers of a group."""

ROOM = 3 * GROUP
"""What arrays to be filled with numbers need beyond those: groups are drawn whole, two by two."""

BITS_PER_GROUP = 4 * LANES * 32


class Draw(NamedTuple):
    """What is drawn, but for the index.

    Attributes:
        seed: the key, 64 bits.
        snr: Es/N0 in thousandths of a dB, to which it is rounded, modulo 2**28.
        frame: number of the frame, 64 bits.
        purpose: which of a frame's independent draws, 0 to 15.
    """

    seed: np.uint64
    snr: np.uint32
    frame: np.uint64
    purpose: np.uint32


def even_counters() -> np.ndarray:
    """Return 0, 2, … 14 as uint64, which the kernels want at hand."""
    return np.arange(0, LANES, 2, dtype=np.uint64)


@kernel
def _round(state, keys, factors):  # type: ignore[no-untyped-def]
    """Return the counter's four words after one round."""
    a, b, c, d = state
    of_a, of_c = multiply_low(a, factors[0]), multiply_low(c, factors[1])
    return (of_c >> 32) ^ b ^ keys[0], of_c, (of_a >> 32) ^ d ^ keys[1], of_a


@kernel
def _words(even, odd):  # type: ignore[no-untyped-def]
    """Return the four output words of 16 blocks, uint32."""
    return (
        interleave_low(even[0], odd[0]),
        interleave_low(even[1], odd[1]),
        interleave_low(even[2], odd[2]),
        interleave_low(even[3], odd[3]),
    )


@kernel
def _philox(draw, counters, first):  # type: ignore[no-untyped-def]
    """Return the four output words of blocks ``first`` … ``first + 15``, and of the 16 after them.

    A word is held in the lower half of a 64-bit lane, as the multiplication wants it (and as the
    upper half is whatever the last product left there). Each round waits for the one before it, so
    four vectors of blocks (even and odd ones, now and next) run side by side.
    """
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    b = splat(counters, draw.frame & low)
    c = splat(counters, draw.frame >> half)
    d = splat(counters, (np.uint64(draw.purpose) << np.uint64(28)) | np.uint64(draw.snr))
    now_even = load(counters, 0) + splat(counters, first), b, c, d
    now_odd = now_even[0] + splat(counters, np.uint64(1)), b, c, d
    next_even = now_even[0] + splat(counters, np.uint64(LANES)), b, c, d
    next_odd = now_even[0] + splat(counters, np.uint64(LANES + 1)), b, c, d
    key_a, key_c = draw.seed & low, draw.seed >> half
    factors = splat(counters, np.uint64(0xD2511F53)), splat(counters, np.uint64(0xCD9E8D57))
    for _ in range(10):
        keys = splat(counters, key_a), splat(counters, key_c)
        now_even = _round(now_even, keys, factors)
        now_odd = _round(now_odd, keys, factors)
        next_even = _round(next_even, keys, factors)
        next_odd = _round(next_odd, keys, factors)
        key_a = (key_a + np.uint64(0x9E3779B9)) & low
        key_c = (key_c + np.uint64(0xBB67AE85)) & low
    return _words(now_even, now_odd), _words(next_even, next_odd)


@kernel
def _complex_normal(radius_word, angle_word):  # type: ignore[no-untyped-def]
    """Return real and imaginary part of CN(0, 1): E|n|² = 1 (Box and Muller 1958)."""
    like = unsigned_to_float(radius_word)
    uniform = fused(like, splat(like, 2.0**-32), splat(like, 2.0**-33))  # in (0, 1]
    radius = square_root(maximum(splat(like, 0.0) - logarithm(uniform), splat(like, 0.0)))
    # Angles of half a turn, and one bit for the sign of both parts.
    turns = signed_to_float(angle_word << 1) * splat(like, 2.0**-33)
    sine, cosine = sine_and_cosine(turns)
    sign = angle_word & splat(angle_word, 0x80000000)
    real = float_of_bits(bits_of_float(radius * cosine) ^ sign)
    imaginary = float_of_bits(bits_of_float(radius * sine) ^ sign)
    return real, imaginary


@kernel
def _store_normals(radius_word, angle_word, real, imaginary, at):  # type: ignore[no-untyped-def]
    x, y = _complex_normal(radius_word, angle_word)
    store(real, at, x)
    store(imaginary, at, y)


@kernel
def complex_normals(draw, first, count, counters, real, imaginary):  # type: ignore[no-untyped-def]
    """Fill arrays with CN(0, 1) number ``first`` and those that follow; return where it stands.

    Args:
        draw: what is drawn.
        first, count: which numbers of the frame.
        counters: what `even_counters` returns.
        real, imaginary: float32, of at least ``count + ROOM`` elements; the numbers asked for stand
            from the offset returned on.
    """
    group = first // GROUP
    offset = first - group * GROUP
    for at in range(0, offset + count, 2 * GROUP):
        now, following = _philox(draw, counters, np.uint64(LANES * (group + at // GROUP)))
        _store_normals(now[0], now[1], real, imaginary, at)
        _store_normals(now[2], now[3], real, imaginary, at + LANES)
        _store_normals(following[0], following[1], real, imaginary, at + GROUP)
        _store_normals(following[2], following[3], real, imaginary, at + GROUP + LANES)
    return offset


@kernel
def random_bits(draw, run, count, counters, bits):  # type: ignore[no-untyped-def]
    """Fill an array with random zeros and ones.

    Args:
        draw: what is drawn.
        run: which of the frame's runs of ``count`` bits.
        count: how many bits.
        counters: what `even_counters` returns.
        bits: uint8, with room for `BITS_PER_GROUP` more than ``count``.
    """
    groups = (count + BITS_PER_GROUP - 1) // BITS_PER_GROUP
    for group in range(0, groups, 2):
        first = np.uint64(LANES * (run * groups + group))
        now, following = _philox(draw, counters, first)
        _store_bits(now, bits, group * BITS_PER_GROUP)
        if group + 1 < groups:
            _store_bits(following, bits, (group + 1) * BITS_PER_GROUP)


@kernel
def _store_bits(group, bits, target):  # type: ignore[no-untyped-def]
    """Write each bit of a group's words as a byte."""
    for words in group:
        for _ in range(8):
            store(bits, target, words & splat(words, 0x01010101))
            words = words >> 1
            target += 4 * LANES
