"""Bits to symbols, and received symbols to LLRs, 16 symbols at a time.

Symbols lie in planes: an array of real parts, one of imaginary parts. Bit b of symbol j is
``bits[b * symbols + j]``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from linksim.phy.modulation import Modulation
from linksim.phy.native.compilation import kernel
from linksim.phy.native.elementary import exponential, logarithm
from linksim.phy.native.vectors import (
    LANES,
    aligned_zeros,
    fetch,
    fused,
    gather,
    load,
    load_bytes,
    maximum,
    splat,
    store,
    where_equal,
)


class Constellation(NamedTuple):
    """A modulation's points by label, float32: parts, and energy."""

    bits: int
    real: np.ndarray
    imaginary: np.ndarray
    energy: np.ndarray


def constellation(modulation: Modulation) -> Constellation:
    """Return a modulation as kernels take it."""
    points = modulation.points.astype(np.complex128)
    planes = []
    for plane in (points.real, points.imag, np.abs(points) ** 2):
        aligned = aligned_zeros(points.size, np.float32)
        aligned[:] = plane
        planes.append(aligned)
    return Constellation(modulation.bits_per_symbol, *planes)


@kernel
def map_symbols(points, bits, symbols, real, imaginary):  # type: ignore[no-untyped-def]
    """Map a block's coded bits, uint8, to symbols; all arrays have a vector's room behind them."""
    table_real, table_imaginary = points.real, points.imaginary
    for j in range(0, symbols, LANES):
        label = load_bytes(bits, j)
        for b in range(1, points.bits):
            label = (label << 1) | load_bytes(bits, b * symbols + j)
        if points.bits > 4:
            store(real, j, gather(table_real, label))
            store(imaginary, j, gather(table_imaginary, label))
            continue
        # Up to 16 points, comparing with each is faster than looking up lane by lane.
        x, y = splat(real, fetch(table_real, 0)), splat(real, fetch(table_imaginary, 0))
        for point in range(1, 1 << points.bits):
            this = splat(label, np.uint32(point))
            x = where_equal(label, this, splat(real, fetch(table_real, point)), x)
            y = where_equal(label, this, splat(real, fetch(table_imaginary, point)), y)
        store(real, j, x)
        store(imaginary, j, y)


# A kernel per number of bits: the compiler unrolls loops whose bounds it knows.


def _demapper(bits_per_symbol: int) -> Any:
    labels = 1 << bits_per_symbol

    @kernel
    def demap(points, real, imaginary, energy, weight, symbols, exact, metric, llr):  # type: ignore[no-untyped-def]
        point_real, point_imaginary, point_energy = points.real, points.imaginary, points.energy
        # Backwards: what the last vector spills into the next bit's plane, the first ones mend.
        for j in range((symbols - 1) // LANES * LANES, -1, -LANES):
            # log p(y | x) but for what all points share: (2 Re{y h'* x*} - |h'|² |x|²) / N0'
            scale = load(weight, j)
            x = load(real, j) * scale
            y = load(imaginary, j) * scale
            lost = load(energy, j) * scale * splat(real, -0.5)
            for label in range(labels):
                of_point = y * splat(real, fetch(point_imaginary, label))
                of_point = fused(x, splat(real, fetch(point_real, label)), of_point)
                of_point = fused(lost, splat(real, fetch(point_energy, label)), of_point)
                store(metric, label * LANES, of_point + of_point)
            for b in range(bits_per_symbol):
                step = labels >> (b + 1)
                zero, one = load(metric, 0), load(metric, step * LANES)
                for high in range(0, labels, 2 * step):
                    for low in range(high, high + step):
                        zero = maximum(zero, load(metric, low * LANES))
                        one = maximum(one, load(metric, (low + step) * LANES))
                if exact:
                    sum_zero, sum_one = splat(real, 0.0), splat(real, 0.0)
                    for high in range(0, labels, 2 * step):
                        for low in range(high, high + step):
                            sum_zero = sum_zero + exponential(load(metric, low * LANES) - zero)
                            sum_one = sum_one + exponential(
                                load(metric, (low + step) * LANES) - one
                            )
                    zero = zero + logarithm(sum_zero)
                    one = one + logarithm(sum_one)
                store(llr, b * symbols + j, one - zero)

    return demap


_demap_1, _demap_2, _demap_3 = _demapper(1), _demapper(2), _demapper(3)
_demap_4, _demap_6, _demap_8 = _demapper(4), _demapper(6), _demapper(8)


@kernel
def demap_symbols(points, real, imaginary, energy, weight, symbols, exact, metric, llr):  # type: ignore[no-untyped-def]
    """Return LLRs, log p(1)/p(0), of a block's coded bits.

    Args:
        points: the `Constellation`.
        real, imaginary: of y h'*, the received symbols times the conjugate known gain, float32.
        energy: |h'|², float32.
        weight: 1 / N0', float32.
        symbols: how many.
        exact: whether to add up all points' likelihoods or to take the nearest (max-log).
        metric: memory for a vector per point.
        llr: float32, receives the LLRs; a vector's room behind them.
    """
    bits = points.bits
    if bits == 1:
        _demap_1(points, real, imaginary, energy, weight, symbols, exact, metric, llr)
    elif bits == 2:
        _demap_2(points, real, imaginary, energy, weight, symbols, exact, metric, llr)
    elif bits == 3:
        _demap_3(points, real, imaginary, energy, weight, symbols, exact, metric, llr)
    elif bits == 4:
        _demap_4(points, real, imaginary, energy, weight, symbols, exact, metric, llr)
    elif bits == 6:
        _demap_6(points, real, imaginary, energy, weight, symbols, exact, metric, llr)
    else:
        _demap_8(points, real, imaginary, energy, weight, symbols, exact, metric, llr)
