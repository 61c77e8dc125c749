"""The native chain taken apart, to measure its stages one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.checks import instance_of
from linksim.phy.engine import BlockFormat
from linksim.phy.kernels.compilation import cached_kernel
from linksim.phy.kernels.draws import BITS
from linksim.phy.kernels.random import Draw, random_bits
from linksim.phy.kernels.vectors import borrowed
from linksim.phy.native.chain import (
    _count_errors,
    _demap,
    _encode,
    _pass_channel,
    _to_symbols,
    count_blocks,
)
from linksim.phy.native.engine import new_chain


@cached_kernel
def _repeat_stage(stage, chain, fading, draw, sigma, times):  # type: ignore[no-untyped-def]
    """Run one stage of a block again and again."""
    chain = borrowed(chain)
    for _ in range(times):
        if stage == 0:
            random_bits(draw, 0, chain.payload_bits, chain.counters, chain.information)
        elif stage == 1:
            _encode(chain.code, chain)
        elif stage == 2:
            _to_symbols(chain)
        elif stage == 3:
            _to_symbols(chain)  # which the channel changes in place
            _pass_channel(chain, fading, draw, 0, sigma)
        elif stage == 4:
            _demap(chain)
        else:
            _count_errors(chain.code, chain)


STAGES = ("random bits", "encode", "map", "map, noise and channel", "demap", "decode and count")


def stages(block: BlockFormat, use: ChannelUse) -> dict[str, Callable[[int], None]]:
    """Return, by name, what runs a stage a number of times for one block.

    Args:
        block: the format.
        use: the channel; its first frame is used.

    Raises:
        TypeError: if an argument is of another kind.
        ValueError: for frames that are not of such blocks, or none at all.
    """
    instance_of(BlockFormat, block, "block", "BlockFormat(…)").check_use(use)
    if not len(use.frames):
        raise ValueError("use: give a frame")
    chain, fading = new_chain(block, use.blocks), use.fading
    seed, frame = np.uint64(use.seed), np.uint64(use.frames[0])
    draw = Draw(seed, use.milli_db, frame, np.uint32(BITS))
    sigma = np.float32(math.sqrt(use.n0))
    errors = np.zeros((2, 1), dtype=np.int32)
    # One whole block first, so that every stage finds what the one before it leaves.
    frames = np.array([frame], dtype=np.uint64)
    count_blocks(chain, fading, seed, use.milli_db, frames, sigma, 0, 1, errors[0], errors[1])
    return {
        name: partial(_repeat_stage, number, chain, fading, draw, sigma)
        for number, name in enumerate(STAGES)
    }
