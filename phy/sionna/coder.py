"""What a code is in Sionna."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class SionnaCoder(NamedTuple):
    """A code's encoder and decoder, and how they are to be treated.

    Attributes:
        encoder, decoder: Sionna's blocks, or what is called as they are; None for a code that only
            repeats bits, or does not even that.
        decides: whether the decoder gives bits; else it gives LLRs.
        largest_llr: that the decoder bears, 0 if it bears all.
        unrolled: whether the encoder's loop over the bits would keep XLA compiling for minutes.
        filler: zeros that the encoder takes, and the decoder gives, before the information bits.
        mother: where the mother bits are in what the encoder gives, int64; the others, which
            follow from filler bits, are zero. None where all are mother bits.
    """

    encoder: Any = None
    decoder: Any = None
    decides: bool = False
    largest_llr: float = 0.0
    unrolled: bool = False
    filler: int = 0
    mother: np.ndarray | None = None
