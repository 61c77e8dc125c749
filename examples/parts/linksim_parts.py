"""A constellation and a channel code of one's own, in a package of their own."""

import numpy as np

from linksim.phy import Modulation


def apsk16() -> Modulation:
    """Return 16-APSK of DVB-S2 (EN 302 307-1, 5.4.3), its rings as for rate 5/6."""
    ring = np.exp(1j * np.pi / 12 * np.array([3, -3, 9, -9, 1, -1, 11, -11, 5, -5, 7, -7]))
    inner = np.exp(1j * np.pi / 4 * np.array([1, -1, 3, -3]))
    return Modulation.from_points("apsk16", [*(2.7 * ring), *inner], "rings of 4 and 12")


class Hamming:
    """The Hamming code of 4 bits in 7, decoded by the likeliest of its 16 codewords."""

    k, n = 4, 7

    def __init__(self) -> None:
        parity = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]])
        self.generator = np.hstack([np.eye(4, dtype=int), parity])
        self.messages = np.arange(16)[:, None] >> np.arange(4)[::-1] & 1
        self.signs = 2.0 * self.encode(self.messages) - 1

    def encode(self, bits: np.ndarray) -> np.ndarray:
        """Return uint8 ``[N, 7]`` of uint8 ``[N, 4]``."""
        return (bits @ self.generator % 2).astype(np.uint8)

    def decode(self, llr: np.ndarray) -> np.ndarray:
        """Return bits ``[N, 4]`` of LLRs ``[N, 7]``, log p(1)/p(0)."""
        return self.messages[np.argmax(llr @ self.signs.T, axis=1)]
