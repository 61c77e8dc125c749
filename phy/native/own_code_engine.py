"""A code of a user's own between the native mapper, channel and demapper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.codes import CodeSpec
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception, count_errors
from linksim.phy.native.engine import NativeEngine
from linksim.phy.segmentation import Segmentation

_CODED_BITS_PER_CALL, _MOST_ROWS = 1 << 18, 4096


class OwnCodeEngine:
    """Encodes and decodes by `linksim.phy.own_code.OwnCode`; all between is the native engine's.

    The code is called with the same number of blocks each time, the last call filled up, so that a
    block's result does not depend on how many others travel with it.

    Args:
        block: the format; its code is a user's own.
        threads: cores of what is native, 0 for all that this process may use. The code is called
            by one thread, and may use as many as it likes.

    Raises:
        ValueError: if it is one of linksim's codes, or the native demapper lacks the modulation.
    """

    name = "native"

    def __init__(self, block: BlockFormat, threads: int = 0) -> None:
        if block.code.own is None:
            raise ValueError(f"{block.code.name}: is no code of a user's own")
        self._block, self._code = block, block.code.own
        self._front = NativeEngine(_uncoded(block), threads)
        coded = block.segmentation.coded_bits
        self._rows = int(np.clip(_CODED_BITS_PER_CALL // coded, 1, _MOST_ROWS))

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        codewords = self._by_rows(self._code.encode, self._block.sent_bits(bits, use))
        order = np.arange(self._block.segmentation.coded_bits) % self._code.n
        received = self._front.transmit(codewords[:, order], use)
        llr = self._by_rows(self._code.decode, self._combined(received.llr))
        return BlockReception(llr, received.raw_errors)

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        return count_errors(self, self._block.segmentation, use)

    def _combined(self, llr: np.ndarray) -> np.ndarray:
        """Add the LLRs of repeated bits to the first ones', float32 ``[N, n]``."""
        n = self._code.n
        combined = llr[:, :n].copy()
        for start in range(n, llr.shape[1], n):
            again = llr[:, start : start + n]
            combined[:, : again.shape[1]] += again
        return combined

    def _by_rows(self, call: Callable[[np.ndarray], np.ndarray], rows: np.ndarray) -> np.ndarray:
        parts = [rows[at : at + self._rows] for at in range(0, max(len(rows), 1), self._rows)]
        # Copies, which the code may overwrite: rows repeated up to those of a call.
        filled = (np.resize(part, (self._rows, part.shape[1])) for part in parts)
        return np.concatenate([call(part) for part in filled])[: len(rows)]


def _uncoded(block: BlockFormat) -> BlockFormat:
    """Return the format in which the codewords are what is sent."""
    plan = block.segmentation
    bits = plan.coded_bits
    bare = Segmentation(plan.blocks * bits, plan.blocks, bits, 0, bits, plan.bits_per_symbol)
    return BlockFormat(CodeSpec("none"), block.modulation, block.demapper, bare)
