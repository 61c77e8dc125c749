"""What a code is in Sionna."""

from __future__ import annotations

from typing import Any, NamedTuple


class SionnaCoder(NamedTuple):
    """A code's encoder and decoder, and how they are to be treated.

    Attributes:
        encoder, decoder: Sionna's blocks, or what is called as they are; None for a code that only
            repeats bits, or does not even that.
        decides: whether the decoder gives bits; else it gives LLRs.
        largest_llr: that the decoder bears, 0 if it bears all.
        unrolled: whether the encoder's loop over the bits would keep XLA compiling for minutes.
    """

    encoder: Any = None
    decoder: Any = None
    decides: bool = False
    largest_llr: float = 0.0
    unrolled: bool = False
