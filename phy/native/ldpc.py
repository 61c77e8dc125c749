"""5G NR LDPC codes in the native chain: encoder and decoder of one block."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linksim.phy.codes import CodeSpec
from linksim.phy.families.family import BlockSizes
from linksim.phy.families.ldpc import ldpc_matching
from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.vectors import INT8_LANES, LANES, aligned_zeros
from linksim.phy.native import ldpc_decoder, ldpc_encoder


class Ldpc(NamedTuple):
    """A 5G NR LDPC code's plans and one thread's memory for it.

    Attributes:
        encoding, decoding, work_8, work_16: of `ldpc_encoder` and `ldpc_decoder`.
        iterations: at most.
        plain: whether the ring's first bits are sent, each once.
        start, ring, sent, encoded: of `linksim.phy.native.ldpc_rate_matching`, and n of its code.
        codeword: the ring's first bits, uint8; of no use to a plain block.
        llr: their LLRs, added up, float32; of no use to a plain block.
    """

    encoding: ldpc_encoder.EncoderPlan
    decoding: ldpc_decoder.Schedule
    work_8: ldpc_decoder.Workspace
    work_16: ldpc_decoder.Workspace
    iterations: int
    plain: bool
    start: int
    ring: int
    sent: int
    encoded: int
    codeword: np.ndarray
    llr: np.ndarray


def coder(code: CodeSpec, sizes: BlockSizes) -> Ldpc:
    """Return the code for blocks of one size."""
    matching = ldpc_matching(code, sizes.information, sizes.coded)
    lifted = matching.code
    schedule = ldpc_decoder.schedule(lifted)
    return Ldpc(
        ldpc_encoder.encoder_plan(lifted),
        schedule,
        ldpc_decoder.workspace(schedule, np.int8),
        ldpc_decoder.workspace(schedule, np.int16),
        code.iterations,
        plain=matching.is_plain,
        start=matching.start,
        ring=matching.ring,
        sent=matching.sent,
        encoded=lifted.n,
        codeword=aligned_zeros(lifted.n + INT8_LANES, np.uint8),
        llr=aligned_zeros(lifted.n + LANES, np.float32),
    )


@kernel
def encode(code, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block; see `linksim.phy.native.chain.Coder`."""
    if code.plain:
        ldpc_encoder.encode(code.encoding, information, codeword)
        return
    ring = code.codeword
    ldpc_encoder.encode(code.encoding, information, ring)
    for i in range(code.sent):
        codeword[i] = ring[(code.start + i) % code.ring]


@kernel
def decode(code, llr, soft):  # type: ignore[no-untyped-def]
    """Decode one block; see `linksim.phy.native.chain.Coder`."""
    if not code.plain:
        _add_up(code, llr)
    known = llr if code.plain else code.llr
    ldpc_decoder.decode_llr(code.decoding, code.work_8, code.work_16, known, code.iterations, soft)


@kernel
def count_errors(code, llr, soft, information, count):  # type: ignore[no-untyped-def]
    """Decode one block and count wrong bits; see `linksim.phy.native.chain.Coder`."""
    if not code.plain:
        _add_up(code, llr)
    known = llr if code.plain else code.llr
    narrow, wide = code.work_8, code.work_16
    return ldpc_decoder.count_errors(
        code.decoding, narrow, wide, known, code.iterations, information, count
    )


@kernel
def _add_up(code, llr):  # type: ignore[no-untyped-def]
    """Put the LLRs of what was sent into ``code.llr``; a bit that was not sent has LLR 0."""
    ring = code.llr
    for i in range(code.encoded):
        ring[i] = np.float32(0)
    for i in range(code.sent):
        ring[(code.start + i) % code.ring] += llr[i]
