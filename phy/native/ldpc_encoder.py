"""Encoding of 5G NR LDPC codes, one byte per bit.

Parity follows from substitution (TS 38.212 5.3.2; Richardson and Kudekar 2018): adding up the four
core rows leaves the first parity column alone, the other core columns follow one by one, and each
later row holds its own parity bit. Each step is the sum of rotated columns, rotated back; columns
are stored twice in a row, so that rotating is reading from another place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.vectors import INT8_LANES, aligned_zeros, fetch, load, splat, store
from linksim.phy.native.ldpc_base_graphs import Edge
from linksim.phy.native.ldpc_code import CORE_ROWS, LiftedCode


class EncoderPlan(NamedTuple):
    """The substitution's steps, and one thread's memory.

    Attributes:
        step_ends: edges up to and with each step.
        read: where an edge reads its column.
        write: where a step's parity column begins.
        turn: rotation back of a step's sum.
        columns: bits, column by column, each twice in a row, uint8.
        total: a step's sum, twice in a row, uint8.
        lifting: Z.
        stride: distance between columns.
        k, n, information_columns: of the code.
        steps: how many.
    """

    step_ends: np.ndarray
    read: np.ndarray
    write: np.ndarray
    turn: np.ndarray
    columns: np.ndarray
    total: np.ndarray
    lifting: int
    stride: int
    k: int
    n: int
    information_columns: int
    steps: int


def encoder_plan(code: LiftedCode) -> EncoderPlan:
    """Lay a code out for the encoder."""
    lifting = code.lifting
    padded = -(-lifting // INT8_LANES) * INT8_LANES
    stride = padded + -(-lifting // INT8_LANES) * INT8_LANES
    step_ends, read, write, turn = [], [], [], []
    for (column, shift), edges in substitution(code):
        read += [source * stride + rotation for source, rotation in edges]
        step_ends.append(len(read))
        write.append(column * stride)
        turn.append((lifting - shift) % lifting)
    return EncoderPlan(
        step_ends=np.array(step_ends),
        read=np.array(read),
        write=np.array(write),
        turn=np.array(turn),
        columns=aligned_zeros(code.columns * stride + INT8_LANES, np.uint8),
        total=aligned_zeros(2 * padded + INT8_LANES, np.uint8),
        lifting=lifting,
        stride=stride,
        k=code.k,
        n=code.n,
        information_columns=code.information_columns,
        steps=len(step_ends),
    )


def substitution(code: LiftedCode) -> Iterator[tuple[Edge, list[Edge]]]:
    """Yield each parity column with its shift, and the edges whose sum it is."""
    first = code.information_columns
    core, later = code.rows[:CORE_ROWS], code.rows[CORE_ROWS:]
    shifts = Counter(shift for row in core for column, shift in row if column == first)
    # Of the first parity column's three circulants, two cancel out.
    (alone,) = (shift for shift, count in shifts.items() if count % 2)
    yield (first, alone), [edge for row in core for edge in row if edge[0] < first]
    known, waiting = {first}, list(core[:-1])
    while waiting:
        row = next(row for row in waiting if len(_unknown(row, first, known)) == 1)
        waiting.remove(row)
        (parity,) = _unknown(row, first, known)
        known.add(parity[0])
        yield parity, [edge for edge in row if edge != parity]
    for row in later:
        *edges, parity = row
        yield parity, edges


def _unknown(row: tuple[Edge, ...], first: int, known: set[int]) -> list[Edge]:
    return [edge for edge in row if edge[0] >= first and edge[0] not in known]


@kernel
def encode(plan, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block.

    Args:
        plan: the code's `EncoderPlan`; its memory is used.
        information: uint8 zeros and ones, k of them and a vector's room.
        codeword: receives the n bits to be sent, with a vector's room behind them.
    """
    _place(plan, information)
    read, write, step_ends, turn = plan.read, plan.write, plan.step_ends, plan.turn
    columns, total, lifting = plan.columns, plan.total, plan.lifting
    first = 0
    for step in range(plan.steps):
        last = fetch(step_ends, step)
        target, rotation = fetch(write, step), fetch(turn, step)
        # Backwards: what a vector spills beyond Z, the next one mends. In pairs where there are
        # two: entering loops this short costs more than what is in them.
        lane = (lifting - 1) // INT8_LANES * INT8_LANES
        while lane > 0:
            lower, upper = splat(columns, 0), splat(columns, 0)
            for edge in range(first, last):
                source = fetch(read, edge) + lane
                lower = lower ^ load(columns, source - INT8_LANES)
                upper = upper ^ load(columns, source)
            _store_sum(plan, target, rotation, lane, upper)
            _store_sum(plan, target, rotation, lane - INT8_LANES, lower)
            lane -= 2 * INT8_LANES
        if lane == 0:
            parity = splat(columns, 0)
            for edge in range(first, last):
                parity = parity ^ load(columns, fetch(read, edge))
            _store_sum(plan, target, rotation, 0, parity)
        if rotation:
            _store_twice(columns, target, total, rotation, lifting)
        first = last
    _select(plan, information, codeword)


@kernel
def _store_sum(plan, target, rotation, lane, parity):  # type: ignore[no-untyped-def]
    """Store a part of a sum twice, in its column or, where it is still to be rotated, apart."""
    if rotation:
        store(plan.total, lane, parity)
        store(plan.total, plan.lifting + lane, parity)
    else:
        store(plan.columns, target + lane, parity)
        store(plan.columns, target + plan.lifting + lane, parity)


@kernel
def _store_twice(columns, target, source, start, lifting):  # type: ignore[no-untyped-def]
    for lane in range((lifting - 1) // INT8_LANES * INT8_LANES, -1, -INT8_LANES):
        bits = load(source, start + lane)
        store(columns, target + lane, bits)
        store(columns, target + lifting + lane, bits)


@kernel
def _place(plan, information):  # type: ignore[no-untyped-def]
    """Write the information columns, filler bits zero."""
    columns, lifting, stride = plan.columns, plan.lifting, plan.stride
    whole = plan.k // lifting
    for column in range(whole):
        _store_twice(columns, column * stride, information, column * lifting, lifting)
    for at in range(whole * stride, plan.information_columns * stride, INT8_LANES):
        store(columns, at, splat(columns, 0))
    rest = plan.k - whole * lifting
    for target in range(whole * stride, whole * stride + 2 * lifting, lifting):
        for lane in range(0, rest, INT8_LANES):
            store(columns, target + lane, load(information, whole * lifting + lane))
        for lane in range(rest, lifting, INT8_LANES):
            store(columns, target + lane, splat(columns, 0))


@kernel
def _select(plan, information, codeword):  # type: ignore[no-untyped-def]
    """Copy the bits to be sent: no punctured ones, no filler, parity until n is reached."""
    columns, lifting = plan.columns, plan.lifting
    sent = plan.k - 2 * lifting
    for i in range(0, sent, INT8_LANES):
        store(codeword, i, load(information, 2 * lifting + i))
    column = plan.information_columns
    while sent < plan.n:
        count = min(lifting, plan.n - sent)
        for i in range(0, count, INT8_LANES):
            store(codeword, sent + i, load(columns, column * plan.stride + i))
        sent += count
        column += 1
