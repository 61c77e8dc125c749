"""A channel of a user's own between the native mapper and demapper."""

from __future__ import annotations

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.engine import BlockCounts, BlockFormat, BlockReception, count_errors
from linksim.phy.native.blocks import decode_blocks, demap_blocks, encode_blocks, map_blocks
from linksim.phy.native.chain import Chain
from linksim.phy.native.engine import Chains, refuse_what_is_not_native


class OwnChannelEngine:
    """Encodes, maps, demaps and decodes natively; symbols pass a user's channel in between.

    Args:
        block: the format; its code is linksim's.
        threads: cores of what is native, 0 for all that this process may use. The channel is called
            by one thread, and may use as many as it likes.

    Raises:
        Refused: as `linksim.phy.native.engine.NativeEngine`.
    """

    name, shared = "native", False

    def __init__(self, block: BlockFormat, threads: int = 0) -> None:
        refuse_what_is_not_native(block)
        self._block, self._chains = block, Chains(block, threads)

    def transmit(self, bits: np.ndarray, use: ChannelUse) -> BlockReception:
        """Send N code blocks; see `linksim.phy.engine.Engine.transmit`."""
        sent, plan = self._block.sent_bits(bits, use), self._block.segmentation
        codewords = np.empty((len(sent), plan.coded_bits), dtype=np.uint8)
        symbols = np.empty((len(sent), plan.block_symbols), dtype=np.complex64)
        coded_llr = np.empty(codewords.shape, dtype=np.float32)
        llr = np.empty(sent.shape, dtype=np.float32)

        def encode(chain: Chain, rows: slice) -> None:
            encode_blocks(chain, sent[rows], codewords[rows])
            map_blocks(chain, codewords[rows], symbols[rows])

        def decode(chain: Chain, rows: slice) -> None:
            demap_blocks(chain, *(part[rows] for part in received), coded_llr[rows])
            decode_blocks(chain, coded_llr[rows], llr[rows])

        self._chains.run(encode, len(sent))
        received = use.through_own(symbols)
        self._chains.run(decode, len(sent))
        wrong = (coded_llr > 0) != codewords
        return BlockReception(llr, wrong.sum(axis=1, dtype=np.int32))

    def count(self, use: ChannelUse) -> BlockCounts:
        """Send random blocks; see `linksim.phy.engine.Engine.count`."""
        self._block.check_use(use)
        return count_errors(self, self._block.segmentation, use)
