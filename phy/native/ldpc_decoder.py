"""Layered decoding of 5G NR LDPC codes in 8 and 16 bits: sum-product by three minima.

A layer is one row of the base graph: its Z checks share no bit, so they are processed together,
lane by lane. Per layer (Hocevar 2004):

    q_e = v_e − r_e                   what the rest of the code says of a bit
    |r_e| = ⊞_{f≠e} |q_f|             what this check says of it; its sign is Π_{f≠e} sign(q_f)
    v_e = q_e + r_e                   the bit's new log-likelihood ratio

Sum-product's x ⊞ y = min(x, y) − log(1 + e^−|x−y|) + log(1 + e^−(x+y)) is a few whole numbers here:
`_both` takes log(1 + e^−d) for the line (4 log 2 − d) / 4, where that is above 0. Of a check's |q|
the three smallest count, a ≤ b ≤ c (λ-min, Guilloud et al. 2003), and the others for a constant
that grows with their number (`remainder`), so that the loops over edges hold minima alone:

    to a: b ⊞ c − remainder;    to others: a ⊞ (b ⊞ c − remainder)

In here a positive number stands for bit 0, so that the sign bit *is* the bit. A column's Z values
are stored as they were last used, rotated by that edge's shift and twice in a row: reading under
another shift is then one unaligned load.

A block that does not converge in 8 bits is decoded again with 16, whose finer steps also tell b's
edge, for which b itself does not count, from the others. docs/decoder.md has what each is worth.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from linksim.phy.kernels.compilation import kernel, named_after
from linksim.phy.kernels.vectors import (
    INT8_LANES,
    LANES,
    VECTOR_BYTES,
    add_saturated,
    aligned_zeros,
    any_negative,
    average,
    fetch,
    load,
    lowered,
    magnitude,
    maximum,
    minimum,
    negated_where_negative,
    on_stack,
    smaller,
    splat,
    store,
    store_rounded,
    subtract_saturated,
    where_equal,
    wrong_lanes,
)
from linksim.phy.native.ldpc_code import LiftedCode

KNOWN_ZERO = (0, 127, 32767)
"""LLR of a bit that is known to be 0, by the messages' bytes."""

SCALE = (0, 6, 16)
"""Steps per unit of LLR. Finer ones saturate in 8 bits, and in 16 gain nothing."""

LARGEST = (0, 63, 2047)
"""The largest magnitude of what is received, in steps."""

CEILING = (0, 52, 8191)
"""The largest magnitude of a check's message, so that sums seldom saturate."""

REACH = (0, 14, 42)
"""How far apart two magnitudes, in steps, still lessen one another: 4 log 2, less what rounding
adds to it; rounding that errs on the sure side fails a tenfold at low rates."""


_SHORT = 16
"""The largest lifting size of a short code."""


class Schedule(NamedTuple):
    """Where each edge of a code reads and writes, layer by layer.

    Attributes:
        layer_ends: edges up to and with each layer.
        first_read, read: where an edge finds its column under its own shift, in the first
            iteration (columns unrotated) and in the later ones.
        write: where its column begins.
        check: as ``read``, but for the columns' rotation at the end of an iteration.
        rotation: of each column at the end of an iteration.
        remainders: by layer, what a check's edges beyond the third are taken to cost, in steps of
            8 bits; after these, in steps of 16.
        lifting: Z.
        padded: Z, filled up to whole vectors.
        stride: distance between columns.
        k, n, information_columns: of the code.
        last_row: checks in the last row.
        layers, edges, columns: how many.
    """

    layer_ends: np.ndarray
    first_read: np.ndarray
    read: np.ndarray
    write: np.ndarray
    check: np.ndarray
    rotation: np.ndarray
    remainders: np.ndarray
    lifting: int
    padded: int
    stride: int
    k: int
    n: int
    information_columns: int
    last_row: int
    layers: int
    edges: int
    columns: int


class Workspace(NamedTuple):
    """Memory of one thread's decoder, all of one dtype: int8 or int16.

    Attributes:
        bits: LLR of every bit, column by column, rotated and doubled.
        messages: what each edge's check said last.
        rest: q of one layer's edges.
        least, second, third, sign: of one layer's checks.
        valid: all ones for checks that exist; a full row, then the last row.
        natural: LLRs in the codeword's order, filler and punctured bits filled in.
        information: the information bits' LLRs after decoding.
    """

    bits: np.ndarray
    messages: np.ndarray
    rest: np.ndarray
    least: np.ndarray
    second: np.ndarray
    third: np.ndarray
    sign: np.ndarray
    valid: np.ndarray
    natural: np.ndarray
    information: np.ndarray


def schedule(code: LiftedCode) -> Schedule:
    """Lay a code out for the decoder."""
    lifting = code.lifting
    padded = _round_up(lifting, INT8_LANES)
    stride = _round_up(padded + lifting, INT8_LANES)
    final = {column: shift for row in code.rows for column, shift in row}
    first, later = dict.fromkeys(final, 0), dict(final)
    layer_ends, first_read, read, write, check = [], [], [], [], []
    for row in code.rows:
        for column, shift in row:
            start = column * stride
            first_read.append(start + (shift - first[column]) % lifting)
            read.append(start + (shift - later[column]) % lifting)
            check.append(start + (shift - final[column]) % lifting)
            write.append(start)
            first[column] = later[column] = shift
        layer_ends.append(len(read))
    rotations = [-final.get(column, 0) % lifting for column in range(code.columns)]
    return Schedule(
        layer_ends=np.array(layer_ends),
        first_read=np.array(first_read),
        read=np.array(read),
        write=np.array(write),
        check=np.array(check),
        rotation=np.array(rotations),
        remainders=np.array(
            [remainder(len(row), size, lifting) for size in (1, 2) for row in code.rows]
        ),
        lifting=lifting,
        padded=padded,
        stride=stride,
        k=code.k,
        n=code.n,
        information_columns=code.information_columns,
        last_row=code.checks - (len(code.rows) - 1) * lifting,
        layers=len(code.rows),
        edges=len(read),
        columns=code.columns,
    )


def workspace(plan: Schedule, dtype: type[np.signedinteger]) -> Workspace:
    """Return a decoder's memory for messages of ``dtype``, int8 or int16."""
    degree = int(np.diff(plan.layer_ends, prepend=0).max())
    valid = aligned_zeros(2 * plan.padded, dtype)
    valid[: plan.lifting] = -1
    valid[plan.padded : plan.padded + plan.last_row] = -1
    return Workspace(
        bits=aligned_zeros(plan.columns * plan.stride + INT8_LANES, dtype),
        messages=aligned_zeros(plan.edges * plan.padded, dtype),
        rest=aligned_zeros(degree * plan.padded, dtype),
        least=aligned_zeros(plan.padded, dtype),
        second=aligned_zeros(plan.padded, dtype),
        third=aligned_zeros(plan.padded, dtype),
        sign=aligned_zeros(plan.padded, dtype),
        valid=valid,
        natural=aligned_zeros(plan.columns * plan.lifting + INT8_LANES, dtype),
        information=aligned_zeros(plan.information_columns * plan.lifting + INT8_LANES, dtype),
    )


def remainder(degree: int, itemsize: int, lifting: int) -> int:
    """Return what edges beyond the third take from a check's messages: degree / 50, in steps.

    It is 0 in short codes, which gain nothing by it, and at high rates lose.
    """
    return 0 if lifting <= _SHORT else round(degree * SCALE[itemsize] / 50)


def _round_up(number: int, step: int) -> int:
    return -(-number // step) * step


@kernel
def decode_llr(plan, narrow, wide, llr, iterations, soft):  # type: ignore[no-untyped-def]
    """Decode a block with 8 bits and, if that fails, with 16.

    Args:
        plan: the code's `Schedule`.
        narrow, wide: `Workspace`s of int8 and of int16.
        llr: log p(1)/p(0) of the n bits sent, float32, a vector's room behind them.
        iterations: at most, of each.
        soft: filled with log p(1)/p(0) of the k information bits, float32.
    """
    if _decode_as(plan, narrow, llr, iterations):
        _to_llr(narrow.information, plan.k, soft)
    else:
        _decode_as(plan, wide, llr, iterations)
        _to_llr(wide.information, plan.k, soft)


@kernel
def count_errors(plan, narrow, wide, llr, iterations, bits, count):  # type: ignore[no-untyped-def]
    """Decode as `decode_llr`; return how many of the first ``count`` information bits are wrong.

    Args:
        plan, narrow, wide, llr, iterations: as in `decode_llr`.
        bits: the true ones, uint8, a vector's room behind them.
        count: of the bits that count.
    """
    if _decode_as(plan, narrow, llr, iterations):
        return count_wrong(narrow.information, bits, count)
    _decode_as(plan, wide, llr, iterations)
    return count_wrong(wide.information, bits, count)


@kernel
def _decode_as(plan, work, llr, iterations):  # type: ignore[no-untyped-def]
    quantise(plan, work, llr)
    return decode(plan, work, iterations)


@kernel
def count_wrong(values, bits, count):  # type: ignore[no-untyped-def]
    """Return how many of the first ``count`` decisions differ from ``bits``.

    Args:
        values: LLRs, above zero for a 1, float32; or the decoder's integers, below zero for a 1.
        bits: uint8, a vector's room behind them.
        count: how many.
    """
    wrong, lanes = 0, VECTOR_BYTES // values.itemsize
    for i in range(0, count, lanes):
        wrong += wrong_lanes(load(values, i), bits, i, count - i)
    return wrong


@kernel
def _to_llr(integers, count, soft):  # type: ignore[no-untyped-def]
    unit = np.float32(-1) / np.float32(
        SCALE[integers.itemsize]
    )  # in here a positive number stands for bit 0
    for i in range(count):
        soft[i] = np.float32(integers[i]) * unit


# Whole vectors are written: what spills over the end of a part is mended by the part after it.


@kernel
def quantise(plan, work, llr):  # type: ignore[no-untyped-def]
    """Put a block's LLRs into ``work.natural`` as integers (rate matching, undone).

    Args:
        plan: the code's `Schedule`.
        work: the `Workspace`, of either dtype.
        llr: log p(1)/p(0) of the n bits sent, float32, a vector's room behind them.
    """
    natural = work.natural
    parity = plan.information_columns * plan.lifting
    sent_information = plan.k - 2 * plan.lifting
    _round(natural, 2 * plan.lifting, llr, 0, sent_information)
    _fill(natural, plan.k, parity - plan.k, KNOWN_ZERO[natural.itemsize])
    _round(natural, parity, llr, sent_information, plan.n - sent_information)
    unsent = plan.columns * plan.lifting - parity - plan.n + sent_information
    _fill(natural, parity + plan.n - sent_information, unsent, 0)


@kernel
def _round(target, to, llr, start, count):  # type: ignore[no-untyped-def]
    """Scale, bound, round and negate: in here a positive number stands for bit 0."""
    largest = LARGEST[target.itemsize]
    step, top, bottom = (
        splat(llr, -SCALE[target.itemsize]),
        splat(llr, largest),
        splat(llr, -largest),
    )
    for i in range(0, count, LANES):
        bounded = minimum(maximum(load(llr, start + i) * step, bottom), top)
        store_rounded(target, to + i, bounded)


@kernel
def _fill(target, to, count, value):  # type: ignore[no-untyped-def]
    for i in range(0, count, VECTOR_BYTES // target.itemsize):
        store(target, to + i, splat(target, value))


@kernel
def decode(plan, work, iterations):  # type: ignore[no-untyped-def]
    """Decode ``work.natural`` into ``work.information``; return whether all checks hold.

    Args:
        plan: the code's `Schedule`.
        work: a `Workspace`.
        iterations: at most.
    """
    _place(plan, work)
    for iteration in range(iterations):
        if iteration == 0:
            _iterate_first(plan, work, plan.first_read)
        else:
            _iterate_again(plan, work, plan.read)
        if _all_checks_hold(plan, work):
            _collect(plan, work)
            return True
    _collect(plan, work)
    return False


@kernel
def _place(plan, work):  # type: ignore[no-untyped-def]
    """Write every column, twice in a row."""
    bits, natural = work.bits, work.natural
    lifting, stride = plan.lifting, plan.stride
    lanes = VECTOR_BYTES // bits.itemsize
    for column in range(plan.columns):
        for copy in range(2):
            target = column * stride + copy * lifting
            for lane in range(0, lifting, lanes):
                store(bits, target + lane, load(natural, column * lifting + lane))


@kernel
def _collect(plan, work):  # type: ignore[no-untyped-def]
    """Copy the information bits' LLRs out of the columns, in their natural order."""
    lifting, rotations, bits, information = plan.lifting, plan.rotation, work.bits, work.information
    for column in range((plan.k + lifting - 1) // lifting):
        unrotated = column * plan.stride + fetch(rotations, column)
        for lane in range(0, lifting, VECTOR_BYTES // bits.itemsize):
            store(information, column * lifting + lane, load(bits, unrotated + lane))


@kernel
def _both(less, more):  # type: ignore[no-untyped-def]
    """Return x ⊞ y of magnitudes x ≤ y, never above x: x − (4 log 2 − (y − x)) / 4, at least x / 2.

    Where x + y is small too, both logarithms' lines are above 0, and x / 2 is their difference.
    """
    zero = splat(less, 0)
    apart = lowered(splat(less, REACH[less.itemsize]), more - less)
    return less - average(smaller(average(apart, zero), less), zero)  # halves, rounded up


# Checks of a layer are worked on in pairs of vectors where there are two: loops are entered half as
# often, and one vector's arithmetic fills the other's waits. What stands on the stack ends up in
# registers.


def _variable_update(vectors: int, again: bool) -> Any:
    """Return the kernel that updates a layer's variable nodes: every q, and the least three.

    Args:
        vectors: how many are worked on side by side.
        again: whether checks have sent messages before.
    """
    room = vectors * INT8_LANES

    @kernel
    @named_after(vectors, again)
    def update_variables(work, lane, read, padded, first, last):  # type: ignore[no-untyped-def]
        bits, messages, rest = work.bits, work.messages, work.rest
        lanes = VECTOR_BYTES // bits.itemsize
        least, second, third = on_stack(bits, room), on_stack(bits, room), on_stack(bits, room)
        sign = on_stack(bits, room)
        for at in range(0, vectors * lanes, lanes):
            store(least, at, splat(bits, KNOWN_ZERO[bits.itemsize]))
            store(second, at, splat(bits, KNOWN_ZERO[bits.itemsize]))
            store(third, at, splat(bits, KNOWN_ZERO[bits.itemsize]))
            store(sign, at, splat(bits, 0))
        to, message = lane, first * padded + lane
        for edge in range(first, last):
            posterior = fetch(read, edge) + lane
            for at in range(0, vectors * lanes, lanes):
                q = load(bits, posterior + at)
                if again:
                    q = subtract_saturated(q, load(messages, message + at))
                store(rest, to + at, q)
                store(sign, at, load(sign, at) ^ q)
                size, least_before = magnitude(q), load(least, at)
                less = smaller(least_before, size)
                more = less ^ least_before ^ size  # the larger, by units that have less to do
                second_before = load(second, at)
                middle = smaller(second_before, more)
                store(third, at, smaller(load(third, at), middle ^ second_before ^ more))
                store(second, at, middle)
                store(least, at, less)
            to += padded
            message += padded
        for at in range(0, vectors * lanes, lanes):
            store(work.least, lane + at, load(least, at))
            store(work.second, lane + at, load(second, at))
            store(work.third, lane + at, load(third, at))
            store(work.sign, lane + at, load(sign, at))

    return update_variables


def _check_update(vectors: int) -> Any:
    """Return the kernel that updates a layer's check nodes: r of every edge, and the posteriors."""
    room = vectors * INT8_LANES

    @kernel
    @named_after(vectors)
    def update_checks(work, lane, write, lifting, padded, first, last, remainder):  # type: ignore[no-untyped-def]
        bits, messages, rest = work.bits, work.messages, work.rest
        lanes = VECTOR_BYTES // bits.itemsize
        least, second, sign = on_stack(bits, room), on_stack(bits, room), on_stack(bits, room)
        to_least, to_second = on_stack(bits, room), on_stack(bits, room)
        to_others = on_stack(bits, room)
        ceiling, spare = splat(bits, CEILING[bits.itemsize]), splat(bits, remainder)
        for at in range(0, vectors * lanes, lanes):
            a, b, c = (
                load(work.least, lane + at),
                load(work.second, lane + at),
                load(work.third, lane + at),
            )
            but_a = smaller(lowered(_both(b, c), spare), ceiling)
            less = smaller(a, but_a)
            store(least, at, a)
            store(second, at, b)
            store(sign, at, load(work.sign, lane + at))
            store(to_least, at, but_a)
            store(to_second, at, smaller(lowered(_both(a, c), spare), ceiling))
            store(to_others, at, _both(less, less ^ a ^ but_a))
        to, message = lane, first * padded + lane
        for edge in range(first, last):
            column = fetch(write, edge) + lane
            # From the last vector to the first: what one spills beyond Z, the next one mends.
            for at in range((vectors - 1) * lanes, -1, -lanes):
                q = load(rest, to + at)
                size, r = magnitude(q), load(to_others, at)
                if bits.itemsize == 2:
                    r = where_equal(size, load(second, at), load(to_second, at), r)
                r = where_equal(size, load(least, at), load(to_least, at), r)
                r = negated_where_negative(r, load(sign, at) ^ q)
                store(messages, message + at, r)
                now = add_saturated(q, r)
                store(bits, column + at, now)
                store(bits, column + lifting + at, now)
            to += padded
            message += padded

    return update_checks


_update_checks_of_one, _update_checks_of_two = _check_update(1), _check_update(2)


def _iteration(again: bool) -> Any:
    """Return the kernel of an iteration; ``again`` is whether messages have been sent before."""
    update_variables_of_one, update_variables_of_two = (
        _variable_update(1, again),
        _variable_update(2, again),
    )

    @kernel
    @named_after(again)
    def iterate(plan, work, read):  # type: ignore[no-untyped-def]
        """Run every layer once; ``read`` is where its edges find their columns."""
        lanes = VECTOR_BYTES // work.bits.itemsize
        layer_ends, write, lifting, padded = plan.layer_ends, plan.write, plan.lifting, plan.padded
        vectors = (lifting + lanes - 1) // lanes
        odd = (vectors - 1) * lanes if vectors % 2 else -1
        last_pair = (vectors // 2 - 1) * 2 * lanes
        first, kind = 0, plan.layers * (work.bits.itemsize - 1)
        for layer in range(plan.layers):
            last, remainder = fetch(layer_ends, layer), fetch(plan.remainders, kind + layer)
            # Backwards too: what the layer before wrote last has yet to reach the cache.
            if odd >= 0:
                update_variables_of_one(work, odd, read, padded, first, last)
            for lane in range(last_pair, -1, -2 * lanes):
                update_variables_of_two(work, lane, read, padded, first, last)
            if odd >= 0:
                _update_checks_of_one(work, odd, write, lifting, padded, first, last, remainder)
            for lane in range(last_pair, -1, -2 * lanes):
                _update_checks_of_two(work, lane, write, lifting, padded, first, last, remainder)
            first = last

    return iterate


_iterate_first, _iterate_again = _iteration(False), _iteration(True)


@kernel
def _all_checks_hold(plan, work):  # type: ignore[no-untyped-def]
    """Tell whether the decisions are a codeword; stop at the first row of checks that fails."""
    lanes = VECTOR_BYTES // work.bits.itemsize
    bits, valid, layer_ends, check = work.bits, work.valid, plan.layer_ends, plan.check
    first, rows = 0, plan.layers
    for row in range(rows):
        last = fetch(layer_ends, row)
        for lane in range(0, plan.lifting, lanes):
            parity = splat(bits, 0)
            for edge in range(first, last):
                parity = parity ^ load(bits, fetch(check, edge) + lane)
            exists = load(valid, lane + (plan.padded if row == rows - 1 else 0))
            if any_negative(parity & exists):
                return False
        first = last
    return True
