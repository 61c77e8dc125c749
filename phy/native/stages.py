"""The native chain taken apart, to measure its stages one by one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from linksim.phy.channel import ChannelUse
from linksim.phy.checks import instance_of, whole_number
from linksim.phy.engine import BlockFormat
from linksim.phy.kernels.compilation import cached_kernel
from linksim.phy.kernels.draws import BITS
from linksim.phy.kernels.random import Draw, random_bits
from linksim.phy.kernels.vectors import borrowed
from linksim.phy.native import ldpc, ldpc_decoder
from linksim.phy.native.chain import (
    Chain,
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
    chain, sigma = _after_a_block(block, use), np.float32(math.sqrt(use.n0))
    frame = np.uint64(use.frames[0])
    draw = Draw(np.uint64(use.seed), use.milli_db, frame, np.uint32(BITS))
    return {
        name: partial(_repeat_stage, number, chain, use.fading, draw, sigma)
        for number, name in enumerate(STAGES)
    }


def _after_a_block(block: BlockFormat, use: ChannelUse) -> Chain:
    """Return a chain that has run a whole block: every stage finds what the one before it leaves.

    Raises:
        TypeError, ValueError: as `stages`.
    """
    instance_of(BlockFormat, block, "block", "BlockFormat(…)").check_use(use)
    if not len(use.frames):
        raise ValueError("use: give a frame")
    chain, errors = new_chain(block, use.blocks), np.zeros((2, 1), dtype=np.int32)
    frames = np.array(use.frames[:1], dtype=np.uint64)
    seed, sigma = np.uint64(use.seed), np.float32(math.sqrt(use.n0))
    count_blocks(chain, use.fading, seed, use.milli_db, frames, sigma, 0, 1, *errors)
    return chain


@cached_kernel
def _decode_in_8_bits(chain, iterations, times):  # type: ignore[no-untyped-def]
    """Quantise and decode a block's LLRs again and again; return how often all checks held."""
    chain = borrowed(chain)
    code, held = chain.code, 0
    for _ in range(times):
        ldpc_decoder.quantise(code.decoding, code.work_8, chain.llr)
        if ldpc_decoder.decode(code.decoding, code.work_8, iterations):
            held += 1
    return held


def fixed_iterations(block: BlockFormat, use: ChannelUse, iterations: int) -> Callable[[int], None]:
    """Return what decodes a block a number of times in 8 bits, all iterations each time.

    Args:
        block: the format, of an LDPC code of redundancy version 0 that repeats nothing.
        use: the channel; its first frame is used. Its SNR must be so low that nothing is decoded.
        iterations: of each decoding.

    Raises:
        TypeError, ValueError: as `stages`; for another code, or iterations that are no number; by
            what is returned, if a block was decoded.
    """
    chain, iterations = _after_a_block(block, use), whole_number(iterations, "iterations", 1)
    if not (isinstance(chain.code, ldpc.Ldpc) and chain.code.plain):
        raise ValueError(f"block: {block.code} is no LDPC code whose bits are sent once each")

    def decode(times: int) -> None:
        if _decode_in_8_bits(chain, iterations, times):
            raise ValueError("use: its SNR is so high that decoding ends early")

    return decode


ROTATION_CYCLES = 2
"""Clock cycles of a step of `rotate_and_add`: one for either, each waiting for the other."""


@cached_kernel
def rotate_and_add(steps):  # type: ignore[no-untyped-def]
    """Return a number that takes two cycles a step to find, on any processor of the last decades.

    Args:
        steps: int64.
    """
    number = np.uint64(1)
    for _ in range(steps):
        number = (number << np.uint64(13)) | (number >> np.uint64(51))
        number += np.uint64(0x1234567)
    return number
