"""5G NR LDPC codes in the native chain: encoder and decoder of one block."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linksim.phy.codes import CodeSpec
from linksim.phy.families.family import BlockSizes
from linksim.phy.families.ldpc import base_graph
from linksim.phy.kernels.compilation import kernel
from linksim.phy.native import ldpc_decoder, ldpc_encoder
from linksim.phy.native.ldpc_code import lifted_code


class Ldpc(NamedTuple):
    """A 5G NR LDPC code's plans and one thread's memory for it."""

    encoding: ldpc_encoder.EncoderPlan
    decoding: ldpc_decoder.Schedule
    work_8: ldpc_decoder.Workspace
    work_16: ldpc_decoder.Workspace
    iterations: int


def coder(code: CodeSpec, sizes: BlockSizes) -> Ldpc:
    """Return the code for blocks of one size."""
    graph = base_graph(code, sizes.information)
    lifted = lifted_code(sizes.information, sizes.coded, graph)
    schedule = ldpc_decoder.schedule(lifted)
    return Ldpc(
        ldpc_encoder.encoder_plan(lifted),
        schedule,
        ldpc_decoder.workspace(schedule, np.int8),
        ldpc_decoder.workspace(schedule, np.int16),
        code.iterations,
    )


@kernel
def encode(code, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block; see `linksim.phy.native.chain.Coder`."""
    ldpc_encoder.encode(code.encoding, information, codeword)


@kernel
def decode(code, llr, soft):  # type: ignore[no-untyped-def]
    """Decode one block; see `linksim.phy.native.chain.Coder`."""
    ldpc_decoder.decode_llr(code.decoding, code.work_8, code.work_16, llr, code.iterations, soft)


@kernel
def count_errors(code, llr, soft, information, count):  # type: ignore[no-untyped-def]
    """Decode one block and count wrong bits; see `linksim.phy.native.chain.Coder`."""
    narrow, wide = code.work_8, code.work_16
    return ldpc_decoder.count_errors(
        code.decoding, narrow, wide, llr, code.iterations, information, count
    )
