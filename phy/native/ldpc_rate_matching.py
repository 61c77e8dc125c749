"""Which bits of a 5G NR LDPC code are sent: the circular buffer of TS 38.212 5.4.2.1.

The buffer holds all bits of the lifted code but the first two columns, or as many as the receiver
keeps. Sending begins at k0, which the redundancy version chooses, skips filler bits, and begins
again at the buffer's end. So without filler bits the buffer is a ring, and what is sent a stretch
of it: redundancy version 0 begins with the information, the others with more and more parity.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from linksim.phy.native.ldpc_code import LiftedCode, buffer_columns, lifted_code

_FIRST_COLUMN = {1: (0, 17, 33, 56), 2: (0, 13, 25, 43)}
"""TS 38.212 table 5.4.2.1-2: k0 by redundancy version, in columns of a buffer that is whole."""


@dataclass(frozen=True)
class RateMatching:
    """What is sent of a block.

    Attributes:
        code: the lifted code, pruned to what is sent; its ``n`` bits are the ring's first.
        start: place in the ring of the first bit that is sent.
        ring: bits in the buffer, fillers not among them.
        sent: bits that are sent, E.
    """

    code: LiftedCode
    start: int
    ring: int
    sent: int

    @property
    def is_plain(self) -> bool:
        """Whether the ring's first bits are sent, each once."""
        return self.start == 0 and self.sent <= self.ring

    @property
    def places(self) -> np.ndarray:
        """The place in the ring of each bit that is sent, int64 ``[sent]``."""
        return (self.start + np.arange(self.sent)) % self.ring


@lru_cache(maxsize=32)
def rate_matching(k: int, sent: int, base_graph: int, rv: int = 0, buffer: int = 0) -> RateMatching:
    """Return what is sent of a block.

    Args:
        k: information bits, CRC among them.
        sent: bits that are sent, E.
        base_graph: 1 or 2.
        rv: redundancy version, 0 to 3.
        buffer: N_ref, bits that the receiver keeps, fillers among them; 0 for all.
    """
    smallest = lifted_code(k, k, base_graph)
    columns = buffer_columns(base_graph)
    whole = columns * smallest.lifting
    size = min(whole, buffer) if buffer else whole
    first = _FIRST_COLUMN[base_graph][rv] * size // whole * smallest.lifting
    ring, begin = _without_filler(smallest, size), _without_filler(smallest, first)
    start = begin % ring
    # Nothing beyond what is sent need be encoded or decoded.
    return RateMatching(lifted_code(k, min(start + sent, ring), base_graph), start, ring, sent)


def _without_filler(code: LiftedCode, place: int) -> int:
    """Return how many bits before a place of the buffer are none of the filler."""
    begin = code.k - code.punctured
    return place - min(max(place - begin, 0), code.filler)
