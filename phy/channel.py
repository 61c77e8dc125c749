"""Channels: what noise and fading each symbol meets, drawn from counters.

The draws of a frame depend on (seed, SNR, frame number) alone, so that a simulation gives the same
counts whatever its batch size, the order of its points or a resume in between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CHANNELS: dict[str, str] = {
    "awgn": "additive white Gaussian noise",
    "rayleigh": "flat Rayleigh fading, h ~ CN(0, 1) constant over --coherence symbols, plus AWGN",
}
"""Every channel by name, with a line about it."""

_NOISE, _FADING = 1, 2  # which of a frame's independent draws


@dataclass(frozen=True)
class ChannelSpec:
    """A channel by name; ``coherence`` is in symbols and 0 stands for a whole frame.

    Raises:
        ValueError: for an unknown name or a negative coherence.
    """

    name: str = "awgn"
    coherence: int = 1

    def __post_init__(self) -> None:
        if self.name not in CHANNELS:
            raise ValueError(f"{self.name}: unknown; one of {', '.join(CHANNELS)}")
        if self.coherence < 0:
            raise ValueError(f"coherence {self.coherence}: give a number of symbols, or image")

    def noise(self, seed: int, snr_db: float, frames: Sequence[int], symbols: int) -> np.ndarray:
        """Return unit noise w ~ CN(0, 1), complex64 ``[frames, symbols]``; y = h x + sqrt(N0) w."""
        return _draw(seed, snr_db, frames, symbols, _NOISE)

    def fading(self, seed: int, snr_db: float, frames: Sequence[int], symbols: int) -> np.ndarray:
        """Return the channel gain h of each symbol, complex64 ``[frames, symbols]``, E|h|² = 1."""
        if self.name == "awgn":
            return np.ones((len(frames), symbols), dtype=np.complex64)
        span = self.coherence or symbols
        gains = _draw(seed, snr_db, frames, math.ceil(symbols / span), _FADING)
        return np.repeat(gains, span, axis=1)[:, :symbols]


def _draw(seed: int, snr_db: float, frames: Sequence[int], count: int, purpose: int) -> np.ndarray:
    """Draw CN(0, 1), complex64 ``[frames, count]``."""
    # An array of its dtype: a list with so large a number would go through float64.
    key = np.array([seed, round(snr_db * 1000) % 2**64], dtype=np.uint64)
    samples = np.empty((len(frames), count, 2), dtype=np.float32)
    for row, frame in zip(samples, frames, strict=True):
        philox = np.random.Philox(key=key, counter=[0, 0, int(frame), purpose])
        np.random.Generator(philox).standard_normal(out=row, dtype=np.float32)
    samples *= np.float32(math.sqrt(0.5))
    return samples.view(np.complex64)[..., 0]
