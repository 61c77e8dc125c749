"""A channel of one's own: OFDM over echoes, a tapped-delay line."""

from collections.abc import Sequence

import numpy as np

from linksim.phy import Frames


class TappedDelayLine:
    """Sends symbols on subcarriers, through a filter that each frame draws anew.

    Taps are CN(0, p), p the power-delay profile. In time an OFDM symbol is the subcarriers'
    inverse Fourier transform behind a prefix that repeats its end; while the prefix is as long as
    the last echo, subcarrier k arrives with the gain H_k, the Fourier transform of the taps. The
    receiver knows it. Prefixes cost no symbols here.
    """

    def __init__(
        self,
        delays: Sequence[int] = (0, 1, 3, 7, 12),
        powers_db: Sequence[float] = (0, -2, -5, -9, -14),
        subcarriers: int = 64,
        prefix: int = 16,
    ) -> None:
        if max(delays) > prefix:
            raise ValueError(f"prefix {prefix}: shorter than the last echo, {max(delays)}")
        powers = 10 ** (np.array(powers_db) / 10)
        self.delays, self.amplitudes = list(delays), np.sqrt(powers / powers.sum())
        self.subcarriers, self.prefix = subcarriers, prefix

    def send(self, symbols: np.ndarray, frames: Frames) -> tuple[np.ndarray, np.ndarray, float]:
        """Return what the receiver's Fourier transform gives, H, and the noise's variance."""
        count, width = symbols.shape
        in_time = self._with_prefix(symbols)
        heard = np.zeros_like(in_time)
        taps = self._taps(frames)
        for tap, delay in zip(taps.T, self.delays, strict=True):
            heard[:, delay:] += tap[:, None] * in_time[:, : in_time.shape[1] - delay]
        whole = heard.reshape(count, -1, self.prefix + self.subcarriers)[..., self.prefix :]
        received = np.fft.fft(whole, norm="ortho").reshape(count, -1)[:, :width]
        gains = np.zeros((count, self.subcarriers), dtype=complex)
        gains[:, self.delays] = taps
        gains = np.tile(np.fft.fft(gains), -(-width // self.subcarriers))[:, :width]
        # White noise stays white under a unitary transform.
        return received + np.sqrt(frames.n0) * frames.noise(), gains, frames.n0

    def _taps(self, frames: Frames) -> np.ndarray:
        drawn = np.stack([each.normal(size=(2, len(self.delays))) for each in frames.generators()])
        return self.amplitudes * (drawn[:, 0] + 1j * drawn[:, 1]) / np.sqrt(2)

    def _with_prefix(self, symbols: np.ndarray) -> np.ndarray:
        """Return frames in time, one OFDM symbol after the other; the last one is filled up."""
        count, width = symbols.shape
        grid = np.pad(symbols, ((0, 0), (0, -width % self.subcarriers)))
        whole = np.fft.ifft(grid.reshape(count, -1, self.subcarriers), norm="ortho")
        return np.concatenate([whole[..., -self.prefix :], whole], axis=-1).reshape(count, -1)
