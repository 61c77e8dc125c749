"""A code of a user's own between the native mapper, channel and demapper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.codes import CodeSpec
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception, Engine, count_errors
from linksim.phy.native.engine import NativeEngine
from linksim.phy.native.own_channel_engine import OwnChannelEngine
from linksim.phy.own_code import OwnCode
from linksim.phy.segmentation import Segmentation

_CODED_BITS_PER_CALL, _MOST_ROWS = 1 << 18, 4096


class OwnCoder:
    """Encoder and decoder of a user's own code, filled up to the coded bits of whole symbols.

    The code is called with the same number of blocks each time, the last call filled up, so that a
    block's result does not depend on how many others travel with it.

    Args:
        code: the user's.
        coded_bits: of a block on the channel, as many as the code's n or more; what is more are
            the codeword's first bits again.
    """

    def __init__(self, code: OwnCode, coded_bits: int) -> None:
        self._code, self._coded_bits = code, coded_bits
        self._rows = int(np.clip(_CODED_BITS_PER_CALL // coded_bits, 1, _MOST_ROWS))

    def encode(self, bits: np.ndarray) -> np.ndarray:
        """Encode uint8 ``[N, k]`` to uint8 ``[N, coded_bits]``."""
        order = np.arange(self._coded_bits) % self._code.n
        return self._by_rows(self._code.encode, bits)[:, order]

    def decode(self, llr: np.ndarray) -> np.ndarray:
        """Decode float32 ``[N, coded_bits]`` to LLRs of the information bits, float32 ``[N, k]``.

        LLRs of a repeated bit are added up.
        """
        n = self._code.n
        combined = llr[:, :n].copy()
        for start in range(n, llr.shape[1], n):
            again = llr[:, start : start + n]
            combined[:, : again.shape[1]] += again
        return self._by_rows(self._code.decode, combined)

    def _by_rows(self, call: Callable[[np.ndarray], np.ndarray], rows: np.ndarray) -> np.ndarray:
        parts = [rows[at : at + self._rows] for at in range(0, max(len(rows), 1), self._rows)]
        # Copies, which the code may overwrite: rows repeated up to those of a call.
        filled = (np.resize(part, (self._rows, part.shape[1])) for part in parts)
        return np.concatenate([call(part) for part in filled])[: len(rows)]


class OwnCodeEngine:
    """Encodes and decodes by a user's code; all between is the native engine's.

    Args:
        block: the format; its code is a user's own.
        threads: cores of what is native, 0 for all that this process may use. The code is called
            by one thread, and may use as many as it likes.
        own_channel: whether the channel is a user's own too.

    Raises:
        ValueError: if it is one of linksim's codes.
        Refused: if the native demapper lacks the modulation.
    """

    name, shared = "native", False

    def __init__(self, block: BlockFormat, threads: int = 0, own_channel: bool = False) -> None:
        if block.code.own is None:
            raise ValueError(f"{block.code.name}: is no code of a user's own")
        self._block = block
        self._coder = OwnCoder(block.code.own, block.segmentation.coded_bits)
        front = OwnChannelEngine if own_channel else NativeEngine
        self._front: Engine = front(_uncoded(block), threads)

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        codewords = self._coder.encode(self._block.sent_bits(bits, use))
        received = self._front.transmit(codewords, use)
        return BlockReception(self._coder.decode(received.llr), received.raw_errors)

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        return count_errors(self, self._block.segmentation, use)


def _uncoded(block: BlockFormat) -> BlockFormat:
    """Return the format in which the codewords are what is sent."""
    plan = block.segmentation
    bits = plan.coded_bits
    bare = Segmentation(plan.blocks * bits, plan.blocks, bits, 0, bits, plan.bits_per_symbol)
    return BlockFormat(CodeSpec("none"), block.modulation, block.demapper, bare)
