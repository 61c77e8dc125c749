"""A frame's noise, fading, pilots and random bits, drawn from counters, as kernels draw them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from linksim.phy.kernels.compilation import cached_kernel, kernel
from linksim.phy.kernels.random import (
    BITS_PER_GROUP,
    ROOM,
    Draw,
    complex_normals,
    random_bits,
)
from linksim.phy.kernels.vectors import LANES, aligned_zeros

NOISE, FADING, PILOTS, BITS = 1, 2, 3, 4
"""Purposes of a frame's independent draws."""


class Fading(NamedTuple):
    """A channel's numbers, as kernels take them.

    Attributes:
        fades: whether h varies at all.
        span: data symbols over which h stays the same.
        direct, scattered: amplitudes of h's constant and of its random part.
        pilot_every: as in `linksim.phy.channel.ChannelSpec`.
        symbols: data symbols of a frame.
        doppler: of the random part, in cycles per symbol; 0 where spans fade independently.
    """

    fades: bool
    span: int
    direct: np.float32
    scattered: np.float32
    pilot_every: int
    symbols: int
    doppler: float


PATHS = 32
"""Waves that a fading gain which changes in time is the sum of."""


class GainBuffers(NamedTuple):
    """Memory for one block's gains, float32, and its waves, float64; see `block_gains`."""

    real: np.ndarray
    imaginary: np.ndarray
    known_real: np.ndarray
    known_imaginary: np.ndarray
    n0: np.ndarray
    drawn_real: np.ndarray
    drawn_imaginary: np.ndarray
    waves: np.ndarray


def gain_buffers(symbols: int, pilots: int) -> GainBuffers:
    """Return memory for the gains of ``symbols`` symbols and their frame's ``pilots``."""
    sizes = [symbols + LANES] * 5 + [max(symbols, pilots, PATHS + 1) + ROOM] * 2
    arrays = [aligned_zeros(size, np.float32) for size in sizes]
    arrays.append(aligned_zeros(4 * PATHS, np.float64))
    return GainBuffers(*arrays)


@kernel
def block_gains(draw, fading, sigma, first, count, counters, buffers):  # type: ignore[no-untyped-def]
    """Fill the buffers with h, h' and N0' of data symbols ``first`` … of a frame.

    Args:
        draw: of the frame; its purpose is ignored.
        fading: the channel's `Fading`.
        sigma: sqrt(N0).
        first, count: which data symbols.
        counters: of `linksim.phy.kernels.random.even_counters`.
        buffers: `GainBuffers` to be filled.
    """
    real, imaginary, n0 = buffers.real, buffers.imaginary, buffers.n0
    known_real, known_imaginary = buffers.known_real, buffers.known_imaginary
    drawn_real, drawn_imaginary = buffers.drawn_real, buffers.drawn_imaginary
    first_span = first // fading.span
    at = 0
    if fading.fades:
        spans = (first + count - 1) // fading.span - first_span + 1
        scattered = Draw(draw.seed, draw.snr, draw.frame, np.uint32(FADING))
        if fading.doppler > 0:
            _waves(scattered, fading, first_span, spans, counters, buffers)
        else:
            at = complex_normals(
                scattered, first_span, spans, counters, drawn_real, drawn_imaginary
            )
    left = fading.span - first % fading.span
    for s in range(count):
        if left == 0:
            at, left = at + 1, fading.span
        left -= 1
        real[s] = fading.direct + fading.scattered * drawn_real[at]
        imaginary[s] = fading.scattered * drawn_imaginary[at]
        known_real[s], known_imaginary[s] = real[s], imaginary[s]
        n0[s] = sigma * sigma
    if fading.pilot_every:
        _estimate(draw, fading, sigma, first, count, counters, buffers)


@kernel
def _waves(draw, fading, first_span, spans, counters, buffers):  # type: ignore[no-untyped-def]
    """Put the random part of h at the beginning of each span into the drawn gains.

    It is a sum of waves from all around (Clarke 1968), whose mean autocorrelation at a distance of
    d symbols is J0(2π f d), f the Doppler frequency. Amplitudes are complex normal, so that h is
    too at any time; directions are as far apart as they can be, and turned by one random angle.
    """
    real, imaginary, waves = buffers.drawn_real, buffers.drawn_imaginary, buffers.waves
    at = complex_normals(draw, 0, PATHS + 1, counters, real, imaginary)
    turn = math.atan2(np.float64(imaginary[at + PATHS]), np.float64(real[at + PATHS]))
    cycles, scale = 2 * math.pi * fading.doppler * fading.span, 1 / math.sqrt(PATHS)
    for path in range(PATHS):
        step = cycles * math.cos((2 * math.pi * path + turn) / PATHS)
        a, b = scale * real[at + path], scale * imaginary[at + path]
        c, s = math.cos(step * first_span), math.sin(step * first_span)
        waves[path], waves[PATHS + path] = a * c - b * s, a * s + b * c
        waves[2 * PATHS + path], waves[3 * PATHS + path] = math.cos(step), math.sin(step)
    for span in range(spans):
        total, total_imaginary = 0.0, 0.0
        for path in range(PATHS):
            a, b = waves[path], waves[PATHS + path]
            c, s = waves[2 * PATHS + path], waves[3 * PATHS + path]
            total += a
            total_imaginary += b
            waves[path], waves[PATHS + path] = a * c - b * s, a * s + b * c
        real[span], imaginary[span] = np.float32(total), np.float32(total_imaginary)


@kernel
def _estimate(draw, fading, sigma, first, count, counters, buffers):  # type: ignore[no-untyped-def]
    """Put least-squares estimates in place of the known gains.

    A pilot p = 1 is received as h + sqrt(N0) w; the estimate is the mean over a span's pilots.
    """
    every, span = fading.pilot_every, fading.span
    noise = Draw(draw.seed, draw.snr, draw.frame, np.uint32(PILOTS))
    s = 0
    while s < count:
        start = (first + s) // span * span
        end = min(start + span, fading.symbols)
        pilot, last_pilot = (start + every - 1) // every, (end + every - 1) // every
        pilots = last_pilot - pilot
        at = complex_normals(
            noise, pilot, pilots, counters, buffers.drawn_real, buffers.drawn_imaginary
        )
        error_real, error_imaginary = np.float32(0), np.float32(0)
        for p in range(at, at + pilots):
            error_real += buffers.drawn_real[p]
            error_imaginary += buffers.drawn_imaginary[p]
        scale = sigma / np.float32(pilots)
        while s < count and first + s < end:
            buffers.known_real[s] += scale * error_real
            buffers.known_imaginary[s] += scale * error_imaginary
            buffers.n0[s] *= np.float32(1) + np.float32(1) / np.float32(pilots)
            s += 1


@cached_kernel
def noise_of_frames(seed, milli_db, frames, noise):  # type: ignore[no-untyped-def]
    """Fill ``noise``, complex64 ``[F, symbols]``, with each frame's w ~ CN(0, 1)."""
    count = noise.shape[1]
    counters = np.arange(0, LANES, 2).astype(np.uint64)
    real = np.empty(count + ROOM, dtype=np.float32)
    imaginary = np.empty(count + ROOM, dtype=np.float32)
    for f in range(frames.size):
        draw = Draw(seed, milli_db, frames[f], np.uint32(NOISE))
        complex_normals(draw, 0, count, counters, real, imaginary)
        for s in range(count):
            noise[f, s] = complex(real[s], imaginary[s])


@cached_kernel
def gains_of_frames(seed, milli_db, frames, fading, sigma, true, known, n0):  # type: ignore[no-untyped-def]
    """Fill h, h' (complex64) and N0' (float32), each ``[F, symbols]``; see `block_gains`."""
    count = true.shape[1]
    counters = np.arange(0, LANES, 2).astype(np.uint64)
    pilots = (count + fading.pilot_every - 1) // fading.pilot_every if fading.pilot_every else 0
    drawn = max(count, pilots, PATHS + 1) + ROOM
    buffers = GainBuffers(
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.empty(count, dtype=np.float32),
        np.zeros(drawn, dtype=np.float32),
        np.zeros(drawn, dtype=np.float32),
        np.zeros(4 * PATHS, dtype=np.float64),
    )
    for f in range(frames.size):
        draw = Draw(seed, milli_db, frames[f], np.uint32(FADING))
        block_gains(draw, fading, sigma, 0, count, counters, buffers)
        for s in range(count):
            true[f, s] = complex(buffers.real[s], buffers.imaginary[s])
            known[f, s] = complex(buffers.known_real[s], buffers.known_imaginary[s])
            n0[f, s] = buffers.n0[s]


@cached_kernel
def bits_of_frames(seed, milli_db, frames, blocks, bits):  # type: ignore[no-untyped-def]
    """Fill ``bits``, uint8 ``[F · blocks, count]``, with random payload."""
    count = bits.shape[1]
    counters = np.arange(0, LANES, 2).astype(np.uint64)
    drawn = np.empty(count + BITS_PER_GROUP, dtype=np.uint8)
    for f in range(frames.size):
        draw = Draw(seed, milli_db, frames[f], np.uint32(BITS))
        for block in range(blocks):
            random_bits(draw, block, count, counters, drawn)
            bits[f * blocks + block] = drawn[:count]
