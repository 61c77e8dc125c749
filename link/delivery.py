"""What every link answers: what arrived, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch


@dataclass(frozen=True)
class Delivery:
    """What the receiver of B pictures has, and the true counts of what went wrong on the way.

    Attributes:
        images: float32 ``[B, 3, H, W]`` in 0..1.
        index_errors: wrong indices (or bytes), int64 ``[B]``.
        bit_errors, block_errors, raw_errors: as in `linksim.phy.Reception`.

    The counts are zero on an analogue link, which has nothing that could be counted.
    """

    images: torch.Tensor
    index_errors: np.ndarray
    bit_errors: np.ndarray
    block_errors: np.ndarray
    raw_errors: np.ndarray


@dataclass(frozen=True)
class Accounting:
    """What one picture costs; an analogue link has symbols alone, and zeros for all else.

    Attributes:
        bits: of its message.
        indices: numbers (codeword indices, bytes) of its message.
        blocks: code blocks.
        coded_bits: bits of all its code blocks.
        symbols: channel symbols, pilots among them.
        engine: what runs the physical layer; ``analogue`` where there is no code.
    """

    bits: int
    indices: int
    blocks: int
    coded_bits: int
    symbols: int
    engine: str

    @property
    def information_bits_per_symbol(self) -> float:
        """Message bits per channel symbol, all padding, parity and pilots paid for."""
        return self.bits / self.symbols


class Connection(Protocol):
    """A link of either kind."""

    @property
    def accounting(self) -> Accounting:
        """What one picture costs."""

    def deliver(self, message: Any, snr_db: float, frames: Sequence[int]) -> Delivery:
        """Send what the codec encoded and decode what arrives.

        Args:
            message: of B pictures, as the link's codec makes them.
            snr_db: Es/N0 in dB.
            frames: the pictures' numbers, which decide the noise that they meet.
        """
