"""A block of Sionna's as a code of one's own: a convolutional code that knows how sure it is."""

import contextlib
import sys

import numpy as np


class Bcjr:
    """Sionna's convolutional code of rate 1/2, decoded bit by bit to LLRs (Bahl et al. 1974)."""

    def __init__(self, k: int = 60, generators: tuple[str, str] = ("10011", "11101")) -> None:
        if "tensorflow" not in sys.modules:  # which Sionna 1 loads: triton must be there by then
            with contextlib.suppress(ImportError):
                import triton  # noqa: F401
        from sionna.phy.fec.conv import BCJRDecoder, ConvEncoder

        self.k, self.n = k, 2 * (k + len(generators[0]) - 1)
        self._encoder = ConvEncoder(gen_poly=generators, terminate=True)
        self._decoder = BCJRDecoder(encoder=self._encoder, hard_out=False)

    def encode(self, bits: np.ndarray) -> np.ndarray:
        """Return bits ``[N, n]`` of uint8 ``[N, k]``."""
        return np.asarray(self._encoder(bits.astype(np.float32))).astype(np.uint8)

    def decode(self, llr: np.ndarray) -> np.ndarray:
        """Return LLRs ``[N, k]`` of LLRs ``[N, n]``: Sionna's are log p(1)/p(0) too."""
        return np.asarray(self._decoder(llr))
