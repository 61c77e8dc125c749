"""What ideal codes carry, in bits for each channel symbol."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy.interpolate import PchipInterpolator

from linksim.experiments.constellations import modulation_of

_NODES = 16  # of the integral over each of the noise's two parts
_FADING_NODES = 200  # of that over the power of a Rayleigh gain
_GRID_DB = np.arange(-30.0, 45.5, 0.5)


def shannon(snr_db: float) -> float:
    """Return log2(1 + SNR), the capacity of the AWGN channel.

    >>> round(shannon(10), 3)
    3.459
    """
    return math.log2(1 + 10 ** (snr_db / 10))


def bitwise(modulation: str, snr_db: float) -> float:
    """Return the bits that bit-interleaved coded modulation carries over AWGN.

    The sum over label bits of the mutual information between a bit and what is received, all points
    equally likely (Caire, Taricco and Biglieri, IEEE Trans. Inf. Theory 44(3), 1998, eq. 15). It is
    what a receiver of LLRs can hope for with the best of codes.
    """
    curve = _bitwise_curve(modulation)
    return float(curve(min(max(snr_db, _GRID_DB[0]), _GRID_DB[-1])))


@lru_cache(maxsize=32)
def _bitwise_curve(modulation: str) -> PchipInterpolator:
    return PchipInterpolator(_GRID_DB, [_bitwise(modulation, float(x)) for x in _GRID_DB])


def _bitwise(modulation: str, snr_db: float) -> float:
    known = modulation_of(modulation)
    points, bits = known.points.astype(complex), known.bits_per_symbol
    labels = np.arange(len(points))
    ones = (labels[:, None] >> np.arange(bits) & 1).astype(float)
    nodes, weights = np.polynomial.hermite.hermgauss(_NODES)
    n0 = 10 ** (-snr_db / 10)
    noise = math.sqrt(n0) * (nodes[:, None] + 1j * nodes[None, :]).ravel()
    weight = np.outer(weights, weights).ravel() / math.pi
    lost = 0.0
    for label, point in enumerate(points):
        far = np.abs((point + noise)[:, None] - points[None, :]) ** 2 / n0
        likely = np.exp(far.min(axis=1, keepdims=True) - far)
        every, one = likely.sum(axis=1, keepdims=True), likely @ ones
        same = np.where(ones[label] > 0, one, every - one)
        lost += float(weight @ np.log2(every / same.clip(1e-300)).sum(axis=1))
    return bits - lost / len(points)


def over_fading(carried: Callable[[float], float], snr_db: float) -> float:
    """Return the mean of what is carried over a Rayleigh channel whose gain the receiver knows.

    The gain is another for every symbol, so that a code meets all of them: the power gain is
    exponential, of mean one.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_FADING_NODES)
    share = (nodes + 1) / 2  # of gains below this one
    gains_db = 10 * np.log10(-np.log1p(-share))
    return float(sum(w / 2 * carried(snr_db + g) for w, g in zip(weights, gains_db, strict=True)))


def channel_capacity(channel: str, snr_db: float) -> float:
    """Return the ergodic capacity of ``awgn`` or ``rayleigh``."""
    return shannon(snr_db) if channel == "awgn" else over_fading(shannon, snr_db)


def constellation_capacity(channel: str, modulations: Sequence[str], snr_db: float) -> float:
    """Return what the best of some modulations carries bit by bit, see `bitwise`."""

    def carried(modulation: str) -> float:
        if channel == "awgn":
            return bitwise(modulation, snr_db)
        return over_fading(lambda x: bitwise(modulation, x), snr_db)

    return max(map(carried, dict.fromkeys(modulations)))
