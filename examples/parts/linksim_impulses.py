"""A channel of one's own: noise that is louder now and then."""

import numpy as np

from linksim.phy import Frames


class Impulses:
    """Bernoulli-Gaussian noise: in a share of all symbols many times as strong, N0 on average.

    The receiver does not know when: it takes all noise to have the variance N0.
    """

    def __init__(self, share: float = 0.01, times: float = 100.0) -> None:
        self.share, self.times = share, times

    def send(self, symbols: np.ndarray, frames: Frames) -> tuple[np.ndarray, None, float]:
        """Return what is received, no gains, and the noise's variance."""
        drawn = np.array([each.random(frames.symbols) for each in frames.generators()])
        power = np.where(drawn < self.share, self.times, 1)
        mean = 1 + self.share * (self.times - 1)
        noise = np.sqrt(frames.n0 * power / mean) * frames.noise()
        return symbols + noise, None, frames.n0
