"""What an engine of the physical layer does, and the choice of one.

An engine runs whole code blocks through encoder, mapper, channel, demapper and decoder. It alone
knows the framework it runs on; arrays cross its boundary by DLPack.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from linksim.phy.codes import CodeSpec, Segmentation
from linksim.phy.modulation import Modulation


@dataclass(frozen=True)
class BlockReception:
    """What came out of an engine for N code blocks.

    Attributes:
        llr: log p(1)/p(0) of the information bits after decoding, float32 ``[N, info bits]``.
        raw_errors: wrong hard decisions on coded bits before decoding, int32 ``[N]``.
    """

    llr: np.ndarray
    raw_errors: np.ndarray


class Engine(Protocol):
    """Runs code blocks over the channel."""

    def transmit(
        self, bits: np.ndarray, gains: np.ndarray, noise: np.ndarray, n0: float
    ) -> BlockReception:
        """Send N code blocks.

        Args:
            bits: uint8 ``[N, information_bits]``.
            gains: channel gain of each symbol, known to the receiver, complex64 ``[N, symbols]``.
            noise: CN(0, 1) samples, complex64 ``[N, symbols]``; the engine scales them by sqrt(N0).
            n0: noise variance of a complex sample.
        """


@lru_cache(maxsize=8)
def load_engine(code: CodeSpec, modulation: Modulation, segmentation: Segmentation) -> Engine:
    """Return the engine for this machine: Sionna on TensorFlow.

    Engines keep nothing between calls, and compiling one takes seconds: the same is given again.

    Raises:
        RuntimeError: if TensorFlow or its Sionna is not installed.
    """
    try:
        from linksim.phy.sionna_tf import SionnaTensorFlow
    except ImportError as error:
        raise RuntimeError(
            "the physical layer needs Sionna on TensorFlow: "
            f'pip install "semantic-linksim[tensorflow]" ({error})'
        ) from error
    return SionnaTensorFlow(code, modulation, segmentation)
