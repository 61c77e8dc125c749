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

from linksim.phy.native.compilation import kernel
from linksim.phy.native.elementary import logarithm, sine_and_cosine
from linksim.phy.native.vectors import (
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
"""Numbers of a group; arrays to be filled need a group's room at either end."""

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
def _philox(draw, counters, first):  # type: ignore[no-untyped-def]
    """Return the four output words of blocks ``first`` … ``first + 15``, uint32.

    A word is held in the lower half of a 64-bit lane, as the multiplication wants it (and as the
    upper half is whatever the last product left there). Even and odd blocks run side by side.
    """
    even = load(counters, 0) + splat(counters, first)
    odd = even + splat(counters, np.uint64(1))
    low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    b = splat(counters, draw.frame & low)
    c = splat(counters, draw.frame >> half)
    d = splat(counters, (np.uint64(draw.purpose) << np.uint64(28)) | np.uint64(draw.snr))
    b_odd, c_odd, d_odd = b, c, d
    key_a, key_c = draw.seed & low, draw.seed >> half
    by_a, by_c = splat(counters, np.uint64(0xD2511F53)), splat(counters, np.uint64(0xCD9E8D57))
    for _ in range(10):
        with_a, with_c = splat(counters, key_a), splat(counters, key_c)
        of_a, of_c = multiply_low(even, by_a), multiply_low(c, by_c)
        even, b, c, d = (of_c >> 32) ^ b ^ with_a, of_c, (of_a >> 32) ^ d ^ with_c, of_a
        of_a, of_c = multiply_low(odd, by_a), multiply_low(c_odd, by_c)
        odd, b_odd = (of_c >> 32) ^ b_odd ^ with_a, of_c
        c_odd, d_odd = (of_a >> 32) ^ d_odd ^ with_c, of_a
        key_a = (key_a + np.uint64(0x9E3779B9)) & low
        key_c = (key_c + np.uint64(0xBB67AE85)) & low
    return (
        interleave_low(even, odd),
        interleave_low(b, b_odd),
        interleave_low(c, c_odd),
        interleave_low(d, d_odd),
    )


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
def complex_normals(draw, first, count, counters, real, imaginary):  # type: ignore[no-untyped-def]
    """Fill arrays with CN(0, 1) number ``first`` and those that follow; return where it stands.

    Args:
        draw: what is drawn.
        first, count: which numbers of the frame.
        counters: what `even_counters` returns.
        real, imaginary: float32, of at least ``count + GROUP`` elements; the numbers asked for
            stand from the offset returned on.
    """
    group = first // GROUP
    offset = first - group * GROUP
    for at in range(0, offset + count, GROUP):
        a, b, c, d = _philox(draw, counters, np.uint64(LANES * (group + at // GROUP)))
        for half, (radius_word, angle_word) in enumerate(((a, b), (c, d))):
            x, y = _complex_normal(radius_word, angle_word)
            store(real, at + half * LANES, x)
            store(imaginary, at + half * LANES, y)
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
    for group in range(groups):
        target = group * BITS_PER_GROUP
        for words in _philox(draw, counters, np.uint64(LANES * (run * groups + group))):
            for _ in range(8):
                store(bits, target, words & splat(words, 0x01010101))
                words = words >> 1
                target += 4 * LANES
