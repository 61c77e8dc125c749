"""Bits that are sent several times, or once, in the native chain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from linksim.phy.codes import CodeSpec
from linksim.phy.families.family import BlockSizes
from linksim.phy.kernels.compilation import kernel
from linksim.phy.rate_matching import sent_order


class Repetition(NamedTuple):
    """A code that sends every information bit once or more, or no code.

    Attributes:
        order: information bit that each coded bit is, int64.
        information_bits, coded_bits: how many.
    """

    order: np.ndarray
    information_bits: int
    coded_bits: int


def coder(code: CodeSpec, sizes: BlockSizes) -> Repetition:
    """Return the code for blocks of one size."""
    order = sent_order(code, sizes.information, sizes.coded)
    return Repetition(order, sizes.information, sizes.coded)


@kernel
def encode(code, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block; see `linksim.phy.native.chain.Coder`."""
    order = code.order
    for i in range(code.coded_bits):
        codeword[i] = information[order[i]]


@kernel
def decode(code, llr, soft):  # type: ignore[no-untyped-def]
    """Add up the LLRs of every bit; see `linksim.phy.native.chain.Coder`."""
    order = code.order
    for i in range(code.information_bits):
        soft[i] = np.float32(0)
    for i in range(code.coded_bits):
        soft[order[i]] += llr[i]
