"""Bits to symbols, and received symbols to LLRs, 16 symbols at a time.

Symbols lie in planes: an array of real parts, one of imaginary parts. Bit b of symbol j is
``bits[b * symbols + j]``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from linksim.phy.kernels.compilation import kernel, named_after
from linksim.phy.kernels.elementary import exponential, logarithm
from linksim.phy.kernels.vectors import (
    LANES,
    aligned_zeros,
    fetch,
    fused,
    gather,
    load,
    load_bytes,
    maximum,
    on_stack,
    splat,
    store,
    where_set,
)
from linksim.phy.modulation import Modulation


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


# A kernel per number of bits: the compiler unrolls loops whose bounds it knows.


def _mapper(bits_per_symbol: int) -> Any:
    labels, room = 1 << bits_per_symbol, LANES << bits_per_symbol

    @kernel
    @named_after(bits_per_symbol)
    def choose(points, bits, symbols, real, imaginary):  # type: ignore[no-untyped-def]
        """Halve the points that are left by one bit of the label after another."""
        x, y = on_stack(real, room), on_stack(imaginary, room)
        for j in range(0, symbols, LANES):
            for label in range(labels):
                store(x, label * LANES, splat(real, fetch(points.real, label)))
                store(y, label * LANES, splat(real, fetch(points.imaginary, label)))
            for b in range(bits_per_symbol):
                half, at = labels >> (b + 1), b * symbols + j
                for label in range(half):
                    low, high = label * LANES, (label + half) * LANES
                    store(x, low, where_set(bits, at, load(x, high), load(x, low)))
                    store(y, low, where_set(bits, at, load(y, high), load(y, low)))
            store(real, j, load(x, 0))
            store(imaginary, j, load(y, 0))

    return choose


_map_1, _map_2, _map_3, _map_4 = _mapper(1), _mapper(2), _mapper(3), _mapper(4)


@kernel
def _look_up(points, bits, symbols, real, imaginary):  # type: ignore[no-untyped-def]
    """Look each label up; beyond 16 points this is faster."""
    for j in range(0, symbols, LANES):
        label = load_bytes(bits, j)
        for b in range(1, points.bits):
            label = (label << 1) | load_bytes(bits, b * symbols + j)
        store(real, j, gather(points.real, label))
        store(imaginary, j, gather(points.imaginary, label))


@kernel
def map_symbols(points, bits, symbols, real, imaginary):  # type: ignore[no-untyped-def]
    """Map a block's coded bits to symbols.

    Args:
        points: the `Constellation`.
        bits: uint8, of the block's codeword.
        symbols: how many.
        real, imaginary: float32, receive the symbols. All arrays have a vector's room behind them.
    """
    if points.bits == 1:
        _map_1(points, bits, symbols, real, imaginary)
    elif points.bits == 2:
        _map_2(points, bits, symbols, real, imaginary)
    elif points.bits == 3:
        _map_3(points, bits, symbols, real, imaginary)
    elif points.bits == 4:
        _map_4(points, bits, symbols, real, imaginary)
    else:
        _look_up(points, bits, symbols, real, imaginary)


def _demapper(bits_per_symbol: int) -> Any:
    labels, room = 1 << bits_per_symbol, LANES << bits_per_symbol

    @kernel
    @named_after(bits_per_symbol)
    def demap(points, real, imaginary, energy, weight, symbols, exact, llr):  # type: ignore[no-untyped-def]
        metric = on_stack(real, room)
        point_real, point_imaginary, point_energy = points.real, points.imaginary, points.energy
        # Backwards: what the last vector spills into the next bit's plane, the first ones mend.
        for j in range((symbols - 1) // LANES * LANES, -1, -LANES):
            # log p(y | x) but for what all points share: (2 Re{y h'* x*} - |h'|² |x|²) / N0'
            scale = load(weight, j)
            x = load(real, j) * (scale + scale)
            y = load(imaginary, j) * (scale + scale)
            lost = splat(real, 0.0) - load(energy, j) * scale
            for label in range(labels):
                of_point = y * splat(real, fetch(point_imaginary, label))
                of_point = fused(x, splat(real, fetch(point_real, label)), of_point)
                of_point = fused(lost, splat(real, fetch(point_energy, label)), of_point)
                store(metric, label * LANES, of_point)
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


DEMAPPED = (1, 2, 3, 4, 6, 8)
"""Bits per symbol that there are demappers for."""

_demap_1, _demap_2, _demap_3 = _demapper(1), _demapper(2), _demapper(3)
_demap_4, _demap_6, _demap_8 = _demapper(4), _demapper(6), _demapper(8)


@kernel
def demap_symbols(points, real, imaginary, energy, weight, symbols, exact, llr):  # type: ignore[no-untyped-def]
    """Return LLRs, log p(1)/p(0), of a block's coded bits.

    Args:
        points: the `Constellation`.
        real, imaginary: of y h'*, the received symbols times the conjugate known gain, float32.
        energy: |h'|², float32.
        weight: 1 / N0', float32.
        symbols: how many.
        exact: whether to add up all points' likelihoods or to take the nearest (max-log).
        llr: float32, receives the LLRs; a vector's room behind them.
    """
    bits = points.bits
    if bits == 1:
        _demap_1(points, real, imaginary, energy, weight, symbols, exact, llr)
    elif bits == 2:
        _demap_2(points, real, imaginary, energy, weight, symbols, exact, llr)
    elif bits == 3:
        _demap_3(points, real, imaginary, energy, weight, symbols, exact, llr)
    elif bits == 4:
        _demap_4(points, real, imaginary, energy, weight, symbols, exact, llr)
    elif bits == 6:
        _demap_6(points, real, imaginary, energy, weight, symbols, exact, llr)
    else:
        _demap_8(points, real, imaginary, energy, weight, symbols, exact, llr)
