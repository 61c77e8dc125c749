"""LTE's turbo code: encoder and iterative decoder.

Two recursive encoders of eight states run over the information bits, the second one over their
interleaved order; each is then driven back to state 0 (TS 36.212 5.1.3.2). The decoder passes what
one encoder's parity says of the bits on to the other and back (Berrou et al. 1993). Each half of
an iteration is the algorithm of Bahl et al. (1974) in the logarithmic domain. With branch metrics
γ of the transition from s to s',

    A'(s') = max*(A(s) + γ)        B(s) = max*(B'(s') + γ)        max*(a, b) = log(e^a + e^b)
    L(u) = max* over u = 1 of (A + γ + B')  −  max* over u = 0 of the same

max* is computed as max(a, b, (1−c) max(a, b) + c min(a, b) + d), a fit of a straight line to the
correction log(1 + e^−|a−b|) (Valenti and Sun 2001); or, by max-log, as max(a, b), where what is
passed on is believed too much and therefore scaled by 3/4 (Vogt and Finger 2000).

Of a vector's 16 lanes, eight go forward through the trellis and eight backward, at the same time.
States s = 4 s1 + 2 s2 + s3 have the newest bit on top; s3 is the oldest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import llvmlite.ir as ir
import numpy as np
from numba.core import types
from numba.extending import intrinsic

from linksim.phy.circular_buffer import encoded_places
from linksim.phy.codes import CodeSpec
from linksim.phy.crc import crc_polynomial
from linksim.phy.families.family import BlockSizes
from linksim.phy.kernels.compilation import kernel, named_after
from linksim.phy.kernels.crc import append_crc
from linksim.phy.kernels.vectors import (
    FLOAT32_VECTOR,
    LANES,
    aligned_zeros,
    fused,
    load,
    maximum,
    minimum,
    splat,
    store,
)
from linksim.phy.rate_matching import sent_order
from linksim.phy.turbo_lengths import block_length, filler_bits, interleaver

STATES = 8
TAIL_STEPS = 3
TAIL_BITS = 12
"""Bits that end the mother codeword: three systematic and three parity bits of each encoder."""

_UNREACHED = np.float32(-1e30)
_STEPS_PER_RENORMALISATION = 32
_SLOPE, _OFFSET = 0.24904, 0.65120
_LOG_MAP_SCALE, _MAX_LOG_SCALE = np.float32(1), np.float32(0.75)
_KNOWN_ZERO = np.float32(-100)
"""LLR of a filler bit: beyond all doubt, and small enough for the sums of many."""


class Turbo(NamedTuple):
    """A turbo code and one thread's memory for it.

    Attributes:
        order: encoded bit that each coded bit is, int64.
        interleaver: which bit the second encoder takes when, int64.
        filled: filler and information bits, as they are encoded or decided, and room for a CRC
            behind them, uint8.
        encoded: what the encoder makes, uint8.
        received: LLRs of that, float32.
        input_signs, parity_signs: ±1/2 by lane, what a step's input and parity are on the way into
            a state from its predecessor with s3 = 0 (forward) or to its successor with a 0 fed in
            (backward); forward, then backward, zeros in the other lanes, float32 ``[32]``.
        branch_signs: ±1/2 by lane, the parity of the eight transitions with input 0, then of those
            with 1, float32 ``[16]``.
        systematic, parity: a constituent code's LLRs, tail included, float32.
        metric: A forward, B backward, by step, float32 ``[(K + 4) · 16]``.
        lanes: one vector, float32.
        prior: what the other constituent says of each bit, float32.
        first_full, second_full: LLRs of the bits after each constituent, float32, the second one
            in interleaved order.
        extrinsic: what a constituent says of its bits beyond its input, float32.
        information_bits, filler_bits, coded_bits, iterations: how many; iterations at most.
        length: K, of a block with its filler bits.
        crc_bits, polynomial: of the CRC that ends the information bits; 0 for none.
        max_log: whether sums of likelihoods are taken for their largest term.
    """

    order: np.ndarray
    interleaver: np.ndarray
    filled: np.ndarray
    encoded: np.ndarray
    received: np.ndarray
    input_signs: np.ndarray
    parity_signs: np.ndarray
    branch_signs: np.ndarray
    systematic: np.ndarray
    parity: np.ndarray
    metric: np.ndarray
    lanes: np.ndarray
    prior: np.ndarray
    first_full: np.ndarray
    second_full: np.ndarray
    extrinsic: np.ndarray
    information_bits: int
    filler_bits: int
    length: int
    coded_bits: int
    iterations: int
    crc_bits: int
    polynomial: np.uint32
    max_log: bool


def turbo(
    order: np.ndarray,
    information_bits: int,
    iterations: int,
    crc_bits: int = 0,
    max_log: bool = False,
) -> Turbo:
    """Return LTE's turbo code for blocks of one length.

    Args:
        order: which mother bit each coded bit is, int64 (`linksim.phy.sent_order`).
        information_bits: 1 to 6144, the CRC among them, without filler bits.
        iterations: of the decoder at most; it stops when both constituents decide alike and the
            CRC holds, or when they do so twice in a row. Once is too early without a CRC: where
            little parity is sent, they begin by agreeing on what was received, wrong bits and all.
        crc_bits: length of the CRC that ends the information bits; 0 for none.
        max_log: whether the decoder takes a sum of likelihoods for its largest term.

    Raises:
        ValueError: for more than 6144 bits.
    """
    length = block_length(information_bits)
    encoded_bits, steps = 3 * length + TAIL_BITS, length + TAIL_STEPS
    names = "systematic parity prior first_full second_full extrinsic".split()
    input_signs, parity_signs, branch_signs = _signs()
    return Turbo(
        order=encoded_places(information_bits)[order],
        interleaver=interleaver(length),
        filled=aligned_zeros(length + crc_bits, np.uint8),
        encoded=aligned_zeros(encoded_bits, np.uint8),
        received=aligned_zeros(encoded_bits, np.float32),
        input_signs=input_signs,
        parity_signs=parity_signs,
        branch_signs=branch_signs,
        metric=aligned_zeros((steps + 1) * LANES, np.float32),
        lanes=aligned_zeros(LANES, np.float32),
        information_bits=information_bits,
        filler_bits=filler_bits(information_bits),
        length=length,
        coded_bits=len(order),
        iterations=iterations,
        crc_bits=crc_bits,
        polynomial=np.uint32(crc_polynomial(crc_bits)),
        max_log=max_log,
        **{name: aligned_zeros(steps, np.float32) for name in names},
    )


def coder(code: CodeSpec, sizes: BlockSizes) -> Turbo:
    """Return the code for blocks of one size; see `turbo`."""
    order = sent_order(code, sizes.information, sizes.coded)
    max_log = code.decoder == "maxlog"
    return turbo(order, sizes.information, code.iterations, sizes.crc, max_log)


# --- The trellis ---------------------------------------------------------------------------------


def _transition(state: int, fed: int) -> tuple[int, int, int]:
    """Return next state, input and parity when ``fed`` enters the register.

    Feedback 1 + D² + D³, parity 1 + D + D³.
    """
    s1, s2, s3 = state >> 2, state >> 1 & 1, state & 1
    return fed << 2 | state >> 1, fed ^ s2 ^ s3, fed ^ s1 ^ s3


def _fed_by(state: int, bit: int) -> int:
    """Return what enters the register when the input is ``bit``."""
    return bit ^ (state >> 1 & 1) ^ (state & 1)


def _predecessor(state: int, oldest: int) -> int:
    return (state << 1 & 7) | oldest


def _signs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return `Turbo`'s ``input_signs``, ``parity_signs`` and ``branch_signs``."""
    inputs, parities = aligned_zeros(2 * LANES, np.float32), aligned_zeros(2 * LANES, np.float32)
    branches = aligned_zeros(LANES, np.float32)
    for state in range(STATES):
        _, bit, parity = _transition(_predecessor(state, 0), state >> 2)
        inputs[state], parities[state] = bit - 0.5, parity - 0.5
        _, bit, parity = _transition(state, 0)
        back = LANES + STATES + state
        inputs[back], parities[back] = bit - 0.5, parity - 0.5
        for bit in range(2):
            _, _, parity = _transition(state, _fed_by(state, bit))
            branches[bit * STATES + state] = parity - 0.5
    return inputs, parities, branches


def _permutation(lanes: Sequence[int], text: str) -> Callable[[Any], Any]:
    """Return a function of a float32 vector that puts lane ``lanes[i]`` into lane i."""

    def typed(typing_context, values):  # type: ignore[no-untyped-def]
        order = ir.Constant(ir.VectorType(ir.IntType(32), LANES), list(lanes))

        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.shuffle_vector(arguments[0], arguments[0], order)

        return FLOAT32_VECTOR(values), generate

    typed.__doc__ = text
    return intrinsic(typed)  # type: ignore[no-any-return]


def _neighbours(bit: int) -> list[int]:
    """Return the lanes that a step forward and a step backward read, of the two for each lane."""
    forward = [_predecessor(state, bit) for state in range(STATES)]
    backward = [STATES + _transition(state, bit)[0] for state in range(STATES)]
    return forward + backward


_first_neighbour = _permutation(
    _neighbours(0), "Return each state's predecessor with s3 = 0, or successor with 0 fed in."
)
_second_neighbour = _permutation(
    _neighbours(1), "Return each state's predecessor with s3 = 1, or successor with 1 fed in."
)
_leaving = _permutation(
    [*range(STATES), *range(STATES)], "Return A of the state that each transition leaves."
)
_reached = _permutation(
    [STATES + _transition(s, _fed_by(s, bit))[0] for bit in range(2) for s in range(STATES)],
    "Return B of the state that each transition reaches.",
)
_lowest = _permutation([0] * STATES + [STATES] * STATES, "Repeat lane 0, and lane 8.")
_other_1 = _permutation([lane ^ 1 for lane in range(LANES)], "Exchange lanes that differ by 1.")
_other_2 = _permutation([lane ^ 2 for lane in range(LANES)], "Exchange lanes that differ by 2.")
_other_4 = _permutation([lane ^ 4 for lane in range(LANES)], "Exchange lanes that differ by 4.")


@intrinsic
def _upper_minus_lower(typing_context, values):  # type: ignore[no-untyped-def]
    """Return lane 8 minus lane 0."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        upper, lower = (
            builder.extract_element(arguments[0], ir.Constant(ir.IntType(32), lane))
            for lane in (STATES, 0)
        )
        return builder.fsub(upper, lower)

    return types.float32(values), generate


# --- Encoder -------------------------------------------------------------------------------------


@kernel
def encode(code, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block.

    Args:
        code: the `Turbo`; its memory is used.
        information: uint8 zeros and ones.
        codeword: receives the coded bits, uint8.
    """
    encoded, order, shuffle, filled = code.encoded, code.order, code.interleaver, code.filled
    k, filler = code.length, code.filler_bits
    for i in range(filler):
        filled[i] = 0
    for i in range(code.information_bits):
        filled[filler + i] = information[i]
    first, second = 0, 0
    for i in range(k):
        bit, interleaved = np.int64(filled[i]), np.int64(filled[shuffle[i]])
        first, parity = _register(first, bit)
        second, second_parity = _register(second, interleaved)
        encoded[3 * i], encoded[3 * i + 1], encoded[3 * i + 2] = bit, parity, second_parity
    _terminate(encoded, 3 * k, first)
    _terminate(encoded, 3 * k + 2 * TAIL_STEPS, second)
    for i in range(code.coded_bits):
        codeword[i] = encoded[order[i]]


@kernel
def _register(state, bit):  # type: ignore[no-untyped-def]
    """Return the next state and the parity."""
    s1, s2, s3 = state >> 2, state >> 1 & 1, state & 1
    fed = bit ^ s2 ^ s3
    return fed << 2 | state >> 1, fed ^ s1 ^ s3


@kernel
def _terminate(encoded, at, state):  # type: ignore[no-untyped-def]
    """Write the inputs that lead back to state 0, each with its parity."""
    for i in range(TAIL_STEPS):
        bit = (state >> 1 & 1) ^ (state & 1)
        state, parity = _register(state, bit)
        encoded[at + 2 * i], encoded[at + 2 * i + 1] = bit, parity


# --- Decoder -------------------------------------------------------------------------------------


@kernel
def decode(code, llr, soft):  # type: ignore[no-untyped-def]
    """Decode one block.

    Args:
        code: the `Turbo`; its memory is used.
        llr: log p(1)/p(0) of the coded bits, float32.
        soft: receives log p(1)/p(0) of the information bits, float32.
    """
    _collect(code, llr)
    prior, extrinsic, shuffle, k = code.prior, code.extrinsic, code.interleaver, code.length
    second_full, filler = code.second_full, code.filler_bits
    for i in range(k):
        prior[i] = np.float32(0)
    agreed = False
    for _ in range(code.iterations):
        _run_first(code)
        _run_second(code)
        for i in range(k):
            prior[shuffle[i]] = extrinsic[i]
        before, agreed = agreed, _agree(code)
        if agreed and (before or _crc_holds(code)):
            break
    for i in range(k):
        if shuffle[i] >= filler:
            soft[shuffle[i] - filler] = second_full[i]


@kernel
def _collect(code, llr):  # type: ignore[no-untyped-def]
    """Add up the LLRs of every encoded bit; those of filler bits are known."""
    received, order = code.received, code.order
    for i in range(3 * code.length + TAIL_BITS):
        received[i] = np.float32(0)
    for i in range(code.filler_bits):
        received[3 * i] = received[3 * i + 1] = _KNOWN_ZERO
    for i in range(code.coded_bits):
        received[order[i]] += llr[i]


@kernel
def _run_first(code):  # type: ignore[no-untyped-def]
    received, systematic, parity, prior = code.received, code.systematic, code.parity, code.prior
    for i in range(code.length):
        systematic[i] = received[3 * i] + prior[i]
        parity[i] = received[3 * i + 1]
    _place_tail(code, 3 * code.length)
    _judge(code, code.first_full)


@kernel
def _run_second(code):  # type: ignore[no-untyped-def]
    received, systematic, parity, shuffle = (
        code.received,
        code.systematic,
        code.parity,
        code.interleaver,
    )
    extrinsic, prior = code.extrinsic, code.prior
    for i in range(code.length):
        prior[i] = extrinsic[i]
    for i in range(code.length):
        systematic[i] = received[3 * shuffle[i]] + prior[shuffle[i]]
        parity[i] = received[3 * i + 2]
    _place_tail(code, 3 * code.length + 2 * TAIL_STEPS)
    _judge(code, code.second_full)


@kernel
def _place_tail(code, at):  # type: ignore[no-untyped-def]
    received, systematic, parity, k = (
        code.received,
        code.systematic,
        code.parity,
        code.length,
    )
    for i in range(TAIL_STEPS):
        systematic[k + i], parity[k + i] = received[at + 2 * i], received[at + 2 * i + 1]


@kernel
def _line_log_sum(a, b):  # type: ignore[no-untyped-def]
    """Return max*(a, b), its correction fitted by a straight line."""
    top, bottom = maximum(a, b), minimum(a, b)
    line = fused(top, splat(a, 1 - _SLOPE), fused(bottom, splat(a, _SLOPE), splat(a, _OFFSET)))
    return maximum(top, line)


@kernel
def _larger(a, b):  # type: ignore[no-untyped-def]
    """Return max(a, b) for max*(a, b)."""
    return maximum(a, b)


def _constituent(log_sum: Any, scale: np.float32) -> Any:
    """Return the kernel (code, full) that decodes a constituent.

    Args:
        log_sum: kernel for max*.
        scale: factor of what is passed on.
    """

    @kernel
    @named_after(log_sum.__name__)
    def walk(code):  # type: ignore[no-untyped-def]
        """Compute A from the trellis' beginning and B from its end, both starting in state 0."""
        systematic, parity, metric, lanes = code.systematic, code.parity, code.metric, code.lanes
        inputs, parities, steps = (
            code.input_signs,
            code.parity_signs,
            code.length + TAIL_STEPS,
        )
        forward_input, backward_input = load(inputs, 0), load(inputs, LANES)
        forward_parity, backward_parity = load(parities, 0), load(parities, LANES)
        for lane in range(LANES):
            lanes[lane] = _UNREACHED
        lanes[0] = lanes[STATES] = np.float32(0)
        state = load(lanes, 0)
        store(metric, 0, state)
        for step in range(steps):
            back = steps - 1 - step
            branch = forward_input * splat(systematic, systematic[step])
            branch = fused(backward_input, splat(systematic, systematic[back]), branch)
            branch = fused(forward_parity, splat(parity, parity[step]), branch)
            branch = fused(backward_parity, splat(parity, parity[back]), branch)
            if step % _STEPS_PER_RENORMALISATION == _STEPS_PER_RENORMALISATION - 1:
                state = state - _lowest(state)
            state = log_sum(_first_neighbour(state) + branch, _second_neighbour(state) - branch)
            store(metric, (step + 1) * LANES, state)

    @kernel
    @named_after(log_sum.__name__)
    def judge(code, full):  # type: ignore[no-untyped-def]
        """Fill ``code.extrinsic``, and ``full`` with the bits' LLRs."""
        walk(code)
        systematic, parity, metric, extrinsic = (
            code.systematic,
            code.parity,
            code.metric,
            code.extrinsic,
        )
        branch, steps = load(code.branch_signs, 0), code.length + TAIL_STEPS
        for i in range(code.length):
            before, after = load(metric, i * LANES), load(metric, (steps - 1 - i) * LANES)
            paths = fused(branch, splat(parity, parity[i]), _leaving(before) + _reached(after))
            paths = log_sum(paths, _other_1(paths))
            paths = log_sum(paths, _other_2(paths))
            paths = log_sum(paths, _other_4(paths))
            said = _upper_minus_lower(paths)
            extrinsic[i] = scale * said
            full[i] = systematic[i] + said

    return judge


_log_map, _max_log_map = (
    _constituent(_line_log_sum, _LOG_MAP_SCALE),
    _constituent(_larger, _MAX_LOG_SCALE),
)


@kernel
def _judge(code, full):  # type: ignore[no-untyped-def]
    """Decode a constituent: fill ``code.extrinsic``, and ``full`` with the bits' LLRs."""
    if code.max_log:
        _max_log_map(code, full)
    else:
        _log_map(code, full)


@kernel
def _agree(code):  # type: ignore[no-untyped-def]
    """Tell whether both constituents decide alike on every bit."""
    first_full, second_full, shuffle = code.first_full, code.second_full, code.interleaver
    differing = 0
    for i in range(code.length):
        differing += (first_full[shuffle[i]] > 0) != (second_full[i] > 0)
    return differing == 0


@kernel
def _crc_holds(code):  # type: ignore[no-untyped-def]
    """Tell whether there is a CRC, and that of the decided bits is zero."""
    filled, second_full, shuffle = code.filled, code.second_full, code.interleaver
    for i in range(code.length):
        filled[shuffle[i]] = second_full[i] > 0
    append_crc(filled, code.length, code.polynomial, code.crc_bits)  # zeros before it change none
    wrong = 0
    for i in range(code.crc_bits):
        wrong += filled[code.length + i]
    return code.crc_bits > 0 and wrong == 0
