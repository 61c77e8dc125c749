"""Convolutional codes: encoder and Viterbi decoder.

The encoder is a shift register: an input u and the ν bits before it, of which each generator
polynomial adds up some. After the last information bit ν zeros drive it back to state 0. The
decoder finds the path through the trellis that agrees best with what was received (Viterbi 1967):
of the two paths that meet in a state, the one with the larger sum of ± LLR survives.

States s = (newest bit, …, oldest bit) are numbered with the newest bit on top. From 2j and 2j + 1
an input 0 leads to j, a 1 to j + 2^(ν−1). Every polynomial taps both ends of the register, so that
of a butterfly's four branches two say the opposite of the other two: one sum serves all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import llvmlite.ir as ir
import numpy as np
from numba.core import types
from numba.extending import intrinsic

from linksim.phy.codes import CodeSpec
from linksim.phy.families.convolutional import generators
from linksim.phy.families.family import BlockSizes
from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.vectors import (
    FLOAT32_VECTOR,
    LANES,
    aligned_zeros,
    fused,
    load,
    maximum,
    splat,
    store,
)
from linksim.phy.rate_matching import sent_order

_UNREACHED = np.float32(-1e30)
_STEPS_PER_RENORMALISATION = 64  # float32 sums stay small enough to tell LLRs apart


def _every_other(first: int, text: str) -> Callable[[Any, Any], Any]:
    def typed(typing_context, low, high):  # type: ignore[no-untyped-def]
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), list(range(first, 2 * LANES, 2)))

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.shuffle_vector(*arguments, lanes)

        return FLOAT32_VECTOR(low, high), generate

    typed.__doc__ = text
    return intrinsic(typed)  # type: ignore[no-any-return]


_evens = _every_other(0, "Return the even lanes of two vectors in a row.")
_odds = _every_other(1, "Return the odd lanes of two vectors in a row.")


@intrinsic
def _store_below(typing_context, array, offset, left, right):  # type: ignore[no-untyped-def]
    """Write a byte for each lane to ``array[offset:]``: whether ``left`` is below ``right``."""
    narrow = ir.VectorType(ir.IntType(8), LANES)

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        below = builder.zext(builder.fcmp_ordered("<", arguments[2], arguments[3]), narrow)
        address = builder.gep(arguments[0], [arguments[1]])
        builder.store(below, builder.bitcast(address, narrow.as_pointer()), align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, left, right), generate


class Convolutional(NamedTuple):
    """A terminated convolutional code, and one thread's memory for it.

    Attributes:
        order: mother bit that each coded bit is, int64.
        sent_by: output bits by content of the register, uint8 ``[2^(ν+1) · outputs]``.
        signs: ±1, what output o says of butterfly j, float32 ``[3 · 2^(ν−1)]``; 0 for the third
            output of a code with two.
        mother: the mother codeword, uint8.
        received: LLRs of the mother codeword, float32.
        metric: of the states before and after a step, float32; room for a vector
            behind each.
        survivor: whether the path into a state came from its odd predecessor, uint8
            ``[steps · 2^ν]``.
        information_bits, coded_bits, mother_bits: sizes of a block.
        outputs: per input, 2 or 3.
        memory: ν, constraint length − 1.
    """

    order: np.ndarray
    sent_by: np.ndarray
    signs: np.ndarray
    mother: np.ndarray
    received: np.ndarray
    metric: np.ndarray
    survivor: np.ndarray
    information_bits: int
    coded_bits: int
    mother_bits: int
    outputs: int
    memory: int


def convolutional(
    order: np.ndarray, information_bits: int, generators: Sequence[str]
) -> Convolutional:
    """Return a terminated code.

    Args:
        order: which mother bit each coded bit is, int64 (`linksim.phy.sent_order`).
        information_bits: of a block.
        generators: two or three polynomials of equal length 3 to 8, newest bit first, that begin
            and end with 1 (`linksim.phy.puncturing.generators`).
    """
    outputs, memory = len(generators), len(generators[0]) - 1
    taps = np.array([int(text, 2) for text in generators])
    registers = np.arange(2 << memory)
    sent_by = np.bitwise_count(registers[:, None] & taps).astype(np.uint8) % 2
    butterflies = 1 << (memory - 1)
    signs = aligned_zeros(3 * butterflies + LANES, np.float32)
    signs[: outputs * butterflies] = 2.0 * sent_by[: 2 * butterflies : 2].T.reshape(-1) - 1
    steps = information_bits + memory
    return Convolutional(
        order=order,
        sent_by=sent_by.reshape(-1),
        signs=signs,
        mother=aligned_zeros(outputs * steps, np.uint8),
        received=aligned_zeros(outputs * steps + LANES, np.float32),
        metric=aligned_zeros(2 * ((1 << memory) + LANES) + LANES, np.float32),
        survivor=aligned_zeros((steps << memory) + LANES, np.uint8),
        information_bits=information_bits,
        coded_bits=len(order),
        mother_bits=outputs * steps,
        outputs=outputs,
        memory=memory,
    )


def coder(code: CodeSpec, sizes: BlockSizes) -> Convolutional:
    """Return the code for blocks of one size; see `convolutional`."""
    order = sent_order(code, sizes.information, sizes.coded)
    return convolutional(order, sizes.information, generators(code))


@kernel
def encode(code, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block.

    Args:
        code: the `Convolutional`; its memory is used.
        information: uint8 zeros and ones.
        codeword: receives the coded bits, uint8.
    """
    mother, sent_by, order, outputs = code.mother, code.sent_by, code.order, code.outputs
    state = 0
    for step in range(code.information_bits + code.memory):
        bit = np.int64(information[step]) if step < code.information_bits else 0
        register = bit << code.memory | state
        for output in range(outputs):
            mother[step * outputs + output] = sent_by[register * outputs + output]
        state = register >> 1
    for i in range(code.coded_bits):
        codeword[i] = mother[order[i]]


@kernel
def decode(code, llr, soft):  # type: ignore[no-untyped-def]
    """Decode one block to the most likely codeword.

    Args:
        code: the `Convolutional`; its memory is used.
        llr: log p(1)/p(0) of the coded bits, float32.
        soft: receives plus one for every information bit 1, minus one for a 0, float32.
    """
    received, order = code.received, code.order
    for i in range(code.mother_bits):
        received[i] = np.float32(0)
    for i in range(code.coded_bits):
        received[order[i]] += llr[i]
    _walk_forward(code)
    _trace_back(code, soft)


@kernel
def _walk_forward(code):  # type: ignore[no-untyped-def]
    """Find the survivor into every state at every step."""
    received, outputs, metric, survivor = code.received, code.outputs, code.metric, code.survivor
    signs, states = code.signs, 1 << code.memory
    half, room = states // 2, states + LANES
    metric[0] = np.float32(0)
    for state in range(1, states):
        metric[state] = _UNREACHED
    old, new = 0, room
    for step in range(code.information_bits + code.memory):
        if step % _STEPS_PER_RENORMALISATION == 0:
            best = metric[old]
            for state in range(states):
                metric[old + state] -= best
        at = step * outputs
        first, second = splat(received, received[at]), splat(received, received[at + 1])
        third = splat(received, received[at + outputs - 1])
        # Whole vectors are written: what spills beyond the first half, the second one mends.
        for j in range(0, half, LANES):
            says = fused(load(signs, half + j), second, load(signs, j) * first)
            says = fused(load(signs, 2 * half + j), third, says)
            low, high = load(metric, old + 2 * j), load(metric, old + 2 * j + LANES)
            even, odd = _evens(low, high), _odds(low, high)
            stay, leave = even + says, odd - says
            store(metric, new + j, maximum(stay, leave))
            _store_below(survivor, (step << code.memory) + j, stay, leave)
            stay, leave = even - says, odd + says
            store(metric, new + half + j, maximum(stay, leave))
            _store_below(survivor, (step << code.memory) + half + j, stay, leave)
        old, new = new, old


@kernel
def _trace_back(code, soft):  # type: ignore[no-untyped-def]
    """Follow the survivor that ends in state 0 back to its beginning."""
    survivor, memory, information = code.survivor, code.memory, code.information_bits
    mask = (1 << memory) - 1
    state = 0
    for step in range(information + memory - 1, -1, -1):
        if step < information:
            soft[step] = np.float32(1) if state >> (memory - 1) else np.float32(-1)
        state = (state << 1 & mask) | np.int64(survivor[(step << memory) + state])
