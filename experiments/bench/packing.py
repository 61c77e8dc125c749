"""Bit-packing kernels beside the ways that numpy offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from linksim.experiments.bench.timing import fastest
from linksim.phy import pack_bits, repack, unpack_bits

NUMBERS = 49152  # fit a core's second cache together with their bits
_SYMBOL_BITS = 3


@dataclass(frozen=True)
class PackingSpeed:
    """One direction at one width, in GB/s of numbers, bits or symbols read and written.

    Attributes:
        direction: what becomes what.
        width: bits per number.
        linksim, numpy: GB/s; the latter of numpy's fastest way.
        numpy_way: which that is.
    """

    direction: str
    width: int
    linksim: float
    numpy: float
    numpy_way: str

    @property
    def ratio(self) -> float:
        return self.linksim / self.numpy


def packing_speeds(widths: range = range(1, 17)) -> list[PackingSpeed]:
    """Measure every direction at every width."""
    return [speed for width in widths for speed in _speeds(width)]


def _speeds(width: int) -> list[PackingSpeed]:
    indices = np.random.default_rng(width).integers(0, 1 << width, NUMBERS).astype(np.uint16)
    bits = unpack_bits(indices, width)
    symbols = repack(indices, width, _SYMBOL_BITS)
    read_and_written = {
        "indices → bits": indices.nbytes + bits.nbytes,
        "bits → indices": indices.nbytes + bits.nbytes,
        "indices → symbols": indices.nbytes + symbols.size,
        "symbols → indices": indices.nbytes + symbols.size,
    }
    ours: dict[str, Callable[[], object]] = {
        "indices → bits": lambda: unpack_bits(indices, width),
        "bits → indices": lambda: pack_bits(bits, width),
        "indices → symbols": lambda: repack(indices, width, _SYMBOL_BITS),
        "symbols → indices": lambda: repack(symbols, _SYMBOL_BITS, width),
    }
    speeds = []
    for direction, ways in _numpy_ways(indices, bits, symbols, width).items():
        seconds = {name: fastest(way) for name, way in ways.items()}
        best = min(seconds, key=lambda name: seconds[name])
        size = read_and_written[direction] / 1e9
        mine = fastest(ours[direction])
        speeds.append(PackingSpeed(direction, width, size / mine, size / seconds[best], best))
    return speeds


def _numpy_ways(
    indices: np.ndarray, bits: np.ndarray, symbols: np.ndarray, width: int
) -> dict[str, dict[str, Callable[[], object]]]:
    """Return numpy's ways for each direction; all give what linksim's functions give."""
    shifts = np.arange(width - 1, -1, -1, dtype=np.uint16)
    weights = (1 << shifts).astype(np.uint16)
    symbol_weights = np.array([4, 2, 1], dtype=np.uint8)
    symbol_shifts = np.array([2, 1, 0], dtype=np.uint8)

    def unpackbits() -> np.ndarray:
        wide = np.unpackbits(indices.astype(">u2").view(np.uint8)).reshape(-1, 16)
        return wide[:, 16 - width :].ravel()

    def packbits(flat: np.ndarray) -> np.ndarray:
        wide = np.zeros((NUMBERS, 16), dtype=np.uint8)
        wide[:, 16 - width :] = flat.reshape(NUMBERS, width)
        return np.packbits(wide).view(">u2").astype(np.uint16)

    def to_symbols(flat: np.ndarray) -> np.ndarray:
        padded = np.concatenate([flat, np.zeros(-flat.size % _SYMBOL_BITS, dtype=np.uint8)])
        return padded.reshape(-1, _SYMBOL_BITS) @ symbol_weights

    def from_symbols() -> np.ndarray:
        flat = (symbols[:, None].astype(np.uint8) >> symbol_shifts) & np.uint8(1)
        return flat.ravel()[: NUMBERS * width]

    def shift_and_mask() -> np.ndarray:
        return ((indices[:, None] >> shifts) & 1).astype(np.uint8).ravel()

    def matmul(flat: np.ndarray) -> np.ndarray:
        return flat.reshape(NUMBERS, width) @ weights

    return {
        "indices → bits": {"unpackbits": unpackbits, "shift and mask": shift_and_mask},
        "bits → indices": {
            "packbits": lambda: packbits(bits),
            "weights": lambda: matmul(bits),
        },
        "indices → symbols": {
            "unpackbits": lambda: to_symbols(unpackbits()),
            "shift and mask": lambda: to_symbols(shift_and_mask()),
        },
        "symbols → indices": {
            "packbits": lambda: packbits(from_symbols()),
            "weights": lambda: matmul(from_symbols()),
        },
    }
