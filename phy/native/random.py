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
    load,
    maximum,
    multiply_high,
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


@kernel
def _philox(draw, block):  # type: ignore[no-untyped-def]
    """Return the four output words of each of the 16 blocks whose numbers ``block`` holds."""
    low, high = np.uint64(0xFFFFFFFF), np.uint64(32)
    a = block
    b = splat(block, np.uint32(draw.frame & low))
    c = splat(block, np.uint32(draw.frame >> high))
    d = splat(block, (draw.purpose << np.uint32(28)) | draw.snr)
    key_a, key_c = np.uint32(draw.seed & low), np.uint32(draw.seed >> high)
    multiplier_a, multiplier_c = splat(block, 0xD2511F53), splat(block, 0xCD9E8D57)
    for _ in range(10):
        high_a, low_a = multiply_high(a, multiplier_a), a * multiplier_a
        high_c, low_c = multiply_high(c, multiplier_c), c * multiplier_c
        a, b = high_c ^ b ^ splat(block, key_a), low_c
        c, d = high_a ^ d ^ splat(block, key_c), low_a
        key_a = np.uint32(key_a + np.uint32(0x9E3779B9))
        key_c = np.uint32(key_c + np.uint32(0xBB67AE85))
    return a, b, c, d


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
def complex_normals(draw, first, count, indices, real, imaginary):  # type: ignore[no-untyped-def]
    """Fill arrays with CN(0, 1) number ``first`` and those that follow; return where it stands.

    Args:
        draw: what is drawn.
        first, count: which numbers of the frame.
        indices: uint32 0 … 15.
        real, imaginary: float32, of at least ``count + GROUP`` elements; the numbers asked for
            stand from the offset returned on.
    """
    group = first // GROUP
    offset = first - group * GROUP
    for at in range(0, offset + count, GROUP):
        block = load(indices, 0) + splat(indices, np.uint32(LANES * (group + at // GROUP)))
        a, b, c, d = _philox(draw, block)
        for half, (radius_word, angle_word) in enumerate(((a, b), (c, d))):
            x, y = _complex_normal(radius_word, angle_word)
            store(real, at + half * LANES, x)
            store(imaginary, at + half * LANES, y)
    return offset


@kernel
def random_bits(draw, run, count, indices, bits):  # type: ignore[no-untyped-def]
    """Fill an array with random zeros and ones.

    Args:
        draw: what is drawn.
        run: which of the frame's runs of ``count`` bits.
        count: how many bits.
        indices: uint32 0 … 15.
        bits: uint8, with room for `BITS_PER_GROUP` more than ``count``.
    """
    groups = (count + BITS_PER_GROUP - 1) // BITS_PER_GROUP
    for group in range(groups):
        block = load(indices, 0) + splat(indices, np.uint32(LANES * (run * groups + group)))
        target = group * BITS_PER_GROUP
        for words in _philox(draw, block):
            for _ in range(8):
                store(bits, target, words & splat(words, 0x01010101))
                words = words >> 1
                target += 4 * LANES
