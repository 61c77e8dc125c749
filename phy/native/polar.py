"""Polar codes of 5G NR: encoder and list decoder.

The encoder multiplies the input vector u, which is zero except where the channel is reliable, with
the m-fold Kronecker power of [[1, 0], [1, 1]] (TS 38.212 5.3.1). The decoder follows the same tree
downwards, from the codeword's LLRs to the parts of u in their order (Arıkan 2009). A node with LLRs
α = (a, b) hands its left child f, then, knowing the left child's bits, its right child g:

    f = sign(a) sign(b) min(|a|, |b|)      g = b + (1 − 2 left) a      bits = (left ⊕ right, right)

A list decoder keeps the paths that cost least, where a decision against an LLR costs its magnitude
(Tal and Vardy 2015; Balatsoukas-Stimming et al. 2015), and in the end prefers one whose CRC holds:
the CRC that ends the block's information bits, which also tells the receiver whether the block came
through.
Subtrees with no information, with one bit of it, or with nothing else are decided at once, which
changes neither paths nor costs (Sarkis et al. 2014; Hashemi et al. 2017).

The shortest blocks' parity checks are inputs that earlier information decides: a check is the sum
of the information bits before it at distances that 5 divides (TS 38.212 5.3.1.2). Each path keeps
such sums, one for each remainder, and its checks cost it what they contradict.

Paths share what they have in common. All paths write a layer's memory at the same time, so that
nothing needs counting: a path notes whose memory it reads, and a copy of a path is a copy of notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from linksim.phy.codes import CodeSpec
from linksim.phy.crc import crc_polynomial
from linksim.phy.families.family import BlockSizes
from linksim.phy.families.polar import DOWNLINK, parity_checks
from linksim.phy.kernels.compilation import kernel
from linksim.phy.kernels.crc import append_crc
from linksim.phy.kernels.vectors import (
    INT8_LANES,
    LANES,
    aligned_zeros,
    bits_of_float,
    fetch,
    float_of_bits,
    load,
    load_bytes,
    minimum,
    splat,
    store,
)
from linksim.phy.native.polar_construction import CODED_BITS, INFORMATION_BITS, construction
from linksim.phy.refused import Refused

_KNOWN_ZERO = np.float32(1e6)  # LLR of a bit that shortening fixed to 0
_NEVER = np.float32(np.inf)

_LEFT, _RIGHT, _JOIN, _ZERO, _ONE_BIT, _FREE, _CHECK = range(7)
_LEFT_OWNER = 32  # where in its notes a path keeps the owners of left children's bits
_SUMS = 63  # and the sums of its information bits, by the remainder of their positions
_FROZEN, _INFORMATION, _CHECKED = range(3)
_CHECK_PERIOD = 5

# --- One thread's code ---------------------------------------------------------------------------


class Polar(NamedTuple):
    """A polar code, the way through its tree, and one thread's memory for it.

    Layer λ of the tree has nodes of N / 2^λ bits. Memory of a layer is cut into one part per path,
    each with a vector's room behind it; for bits there are two halves, of left and of right
    children.

    Attributes:
        positions: in u of the information bits, int64.
        checks: positions in u of parity checks, int64.
        order: mother bit that each coded bit is, int64.
        unsent: LLRs of the mother codeword before anything is received, float32.
        operation, layer, side: what to do, step by step, int64; side 0 is a left child.
        remainder: of the position of the last input that a step decides, divided by 5, int64.
        llr_first, llr_stride: where a layer's LLRs begin, and how far a path's are apart, int64.
        bits_first, bits_stride: likewise of bits.
        llr: LLRs, positive for bit 0, float32.
        bits: bits of finished subtrees, uint8.
        notes: by path, 64 bytes: whose LLRs it reads in each layer, whose left bits, sums, uint8.
        cost, flipped_cost: of each path with the likelier and the less likely decision, float32.
        decision: the likelier one, uint8.
        weakest: where a path's least reliable bit is, int64; how reliable, in ``weakness``.
        target, source: which path became a copy of which in the last split, int64.
        lanes: one vector, float32.
        word: a codeword or u, uint8.
        decided: information bits, and room for a CRC behind them, uint8.
        information_bits, parity_checks, coded_bits, size, steps: how many; size is N.
        crc_bits: how many of the information bits, the last ones, are the CRC; 0 for none.
        polynomial: of the CRC.
        paths: of the list decoder, a power of two; 1 is successive cancellation.
    """

    positions: np.ndarray
    checks: np.ndarray
    order: np.ndarray
    unsent: np.ndarray
    operation: np.ndarray
    layer: np.ndarray
    side: np.ndarray
    remainder: np.ndarray
    llr_first: np.ndarray
    llr_stride: np.ndarray
    bits_first: np.ndarray
    bits_stride: np.ndarray
    llr: np.ndarray
    bits: np.ndarray
    notes: np.ndarray
    cost: np.ndarray
    flipped_cost: np.ndarray
    decision: np.ndarray
    weakest: np.ndarray
    weakness: np.ndarray
    target: np.ndarray
    source: np.ndarray
    lanes: np.ndarray
    word: np.ndarray
    decided: np.ndarray
    information_bits: int
    parity_checks: int
    crc_bits: int
    coded_bits: int
    size: int
    steps: int
    polynomial: np.uint32
    paths: int


def polar(
    information_bits: int,
    coded_bits: int,
    crc_bits: int,
    paths: int,
    downlink: bool = False,
    checks: int = 0,
) -> Polar:
    """Return a 5G polar code, whose decoder selects among its paths by the block's CRC.

    Args:
        information_bits: of a block, 18 to 1024, the CRC among them; of the downlink, up to 164.
        coded_bits: of a block, 18 to 8192, no fewer than information bits and checks.
        crc_bits: length of the CRC that ends the information bits; 0 for none, and then the
            cheapest path is taken.
        paths: of the decoder, a power of two up to 64.
        downlink: whether it is the downlink's code, whose CRC of 24 bits is gCRC24C.
        checks: how many parity checks there are.

    Raises:
        Refused: if a block cannot have such a size.
    """
    check_sizes(information_bits, coded_bits, checks)
    code = construction(information_bits, coded_bits, downlink, checks)
    kinds = np.full(code.size, _FROZEN)
    kinds[code.information], kinds[code.checks] = _INFORMATION, _CHECKED
    steps = np.array(list(_steps(kinds, paths > 1, checks > 0)), dtype=np.int64)
    operation, layer, side, remainder = steps.T.copy()
    sizes = code.size >> np.arange(code.size.bit_length())
    llr_stride = -(-sizes // LANES) * LANES + LANES
    bits_stride = sizes + INT8_LANES
    unsent = aligned_zeros(code.size, np.float32)
    unsent[code.shortened] = _KNOWN_ZERO
    floats = {name: aligned_zeros(paths, np.float32) for name in _FLOATS_BY_PATH}
    integers = {name: aligned_zeros(paths, np.int64) for name in _INTEGERS_BY_PATH}
    return Polar(
        positions=code.information,
        checks=code.checks,
        order=code.order,
        unsent=unsent,
        operation=operation,
        layer=layer,
        side=side,
        remainder=remainder,
        llr_first=np.cumsum(paths * llr_stride) - paths * llr_stride,
        llr_stride=llr_stride,
        bits_first=np.cumsum(2 * paths * bits_stride) - 2 * paths * bits_stride,
        bits_stride=bits_stride,
        llr=aligned_zeros(paths * int(llr_stride.sum()) + LANES, np.float32),
        bits=aligned_zeros(2 * paths * int(bits_stride.sum()) + INT8_LANES, np.uint8),
        notes=aligned_zeros(paths * INT8_LANES, np.uint8),
        decision=aligned_zeros(paths, np.uint8),
        lanes=aligned_zeros(LANES, np.float32),
        word=aligned_zeros(code.size, np.uint8),
        decided=aligned_zeros(information_bits + crc_bits, np.uint8),
        information_bits=information_bits,
        parity_checks=checks,
        crc_bits=crc_bits,
        coded_bits=coded_bits,
        size=code.size,
        steps=len(operation),
        polynomial=np.uint32(crc_polynomial(crc_bits, "24C" if downlink else "")),
        paths=paths,
        **floats,
        **integers,
    )


def coder(code: CodeSpec, sizes: BlockSizes) -> Polar:
    """Return the code for blocks of one size; see `polar`."""
    paths = 1 if code.decoder == "sc" else code.list
    checks = parity_checks(code, sizes.information, sizes.crc)
    downlink = code.direction == DOWNLINK
    return polar(sizes.information, sizes.coded, sizes.crc, paths, downlink, checks)


def check_sizes(information_bits: int, coded_bits: int, checks: int = 0) -> None:
    """Make sure that there is a code of these sizes.

    Raises:
        Refused: if there is none.
    """
    fewest, most = INFORMATION_BITS
    if not fewest <= information_bits <= most:
        raise Refused("code", f"a block has {fewest} to {most} information bits", "polar")
    fewest, most = CODED_BITS
    fewest = max(fewest, information_bits + checks)
    if not fewest <= coded_bits <= most:
        problem = (
            f"{information_bits} information bits need {fewest} to {most} coded bits, "
            f"not {coded_bits}; use another rate or other message lengths"
        )
        raise Refused("code", problem, "polar")


_FLOATS_BY_PATH = ("cost", "flipped_cost", "weakness")
_INTEGERS_BY_PATH = ("weakest", "target", "source")


def _steps(
    kinds: np.ndarray,
    costs: bool,
    checked: bool,
    first: int = 0,
    layer: int = 0,
    side: int = 1,
) -> Iterator[tuple[int, int, int, int]]:
    """Yield (operation, layer, side, remainder) that decide a subtree.

    Args:
        kinds: of its inputs: zero, information, parity check.
        costs: whether the paths' costs matter; without them, nothing about zeros needs computing.
        checked: whether there are parity checks, for which every information bit is decided alone.
        first: position of its first input.
        layer, side: where the subtree is.
    """
    half = kinds.size // 2
    left, right = kinds[:half], kinds[half:]
    here = layer, side, (first + kinds.size - 1) % _CHECK_PERIOD
    if not kinds.any():
        yield _ZERO, *here
    elif not kinds[:-1].any():
        yield _ONE_BIT if kinds[-1] == _INFORMATION else _CHECK, *here
    elif kinds.all() and not checked:
        yield _FREE, *here
    else:
        if costs or left.any():
            yield _LEFT, *here
        yield from _steps(left, costs, checked, first, layer + 1, 0)
        yield _RIGHT, *here
        yield from _steps(right, costs, checked, first + half, layer + 1, 1)
        yield _JOIN, *here


# --- Encoder -------------------------------------------------------------------------------------


@kernel
def encode(code, information, codeword):  # type: ignore[no-untyped-def]
    """Encode one block.

    Args:
        code: the `Polar`; its memory is used.
        information: uint8 zeros and ones, the CRC among them.
        codeword: receives the coded bits, uint8.
    """
    word, positions, order, checks = code.word, code.positions, code.order, code.checks
    for i in range(code.size):
        word[i] = 0
    for i in range(code.information_bits):
        word[positions[i]] = information[i]
    for check_number in range(code.parity_checks):
        check, parity = checks[check_number], np.uint8(0)
        for i in range(code.information_bits):
            before = check - positions[i]
            if before > 0 and before % _CHECK_PERIOD == 0:
                parity ^= information[i]
        word[check] = parity
    _transform(word, code.size)
    for i in range(code.coded_bits):
        codeword[i] = word[order[i]]


@kernel
def _transform(word, size):  # type: ignore[no-untyped-def]
    """Multiply with the Kronecker power of [[1, 0], [1, 1]], in place; its own inverse."""
    half = 1
    while half < size:
        for first in range(0, size, 2 * half):
            if half < INT8_LANES:
                for i in range(first, first + half):
                    word[i] ^= word[i + half]
            else:
                for i in range(first, first + half, INT8_LANES):
                    store(word, i, load(word, i) ^ load(word, i + half))
        half *= 2


# --- Decoder -------------------------------------------------------------------------------------


@kernel
def decode(code, llr, soft):  # type: ignore[no-untyped-def]
    """Decode one block.

    Args:
        code: the `Polar`; its memory is used.
        llr: log p(1)/p(0) of the coded bits, float32.
        soft: receives plus one for every information bit 1, minus one for a 0, float32.
    """
    paths = _follow_tree(code, llr)
    _select(code, paths)
    decided = code.decided
    for i in range(code.information_bits):
        soft[i] = np.float32(1) if decided[i] else np.float32(-1)


@kernel
def _follow_tree(code, received):  # type: ignore[no-untyped-def]
    """Run all steps; return how many paths there are in the end."""
    _start(code, received)
    operations, layers, sides, remainders = code.operation, code.layer, code.side, code.remainder
    paths = np.int64(1)  # a literal 1 would be a type of its own, and compile everything twice
    for step in range(code.steps):
        operation, layer, side = operations[step], layers[step], sides[step]
        if operation == _LEFT:
            _go_left(code, paths, layer)
        elif operation == _RIGHT:
            _go_right(code, paths, layer)
        elif operation == _JOIN:
            _join(code, paths, layer, side)
        elif operation == _ZERO:
            _decide_zeros(code, paths, layer, side)
        elif operation == _ONE_BIT:
            paths = _decide_one_bit(code, paths, layer, side, remainders[step])
        elif operation == _CHECK:
            _decide_check(code, paths, layer, side, remainders[step])
        else:
            paths = _decide_free(code, paths, layer, side)
    return paths


@kernel
def _start(code, received):  # type: ignore[no-untyped-def]
    """Begin with one path and the received LLRs, negated: in here 0 is positive."""
    llr, unsent, order, notes = code.llr, code.unsent, code.order, code.notes
    for i in range(code.size):
        llr[i] = unsent[i]
    for i in range(code.coded_bits):
        llr[order[i]] -= received[i]
    store(notes, 0, splat(notes, 0))
    code.cost[0] = np.float32(0)


@kernel
def _llr_at(code, path, layer):  # type: ignore[no-untyped-def]
    """Return where the LLRs that a path reads in a layer begin."""
    owner = np.int64(code.notes[path * INT8_LANES + layer])
    return fetch(code.llr_first, layer) + owner * fetch(code.llr_stride, layer)


@kernel
def _bits_at(code, owner, layer, side):  # type: ignore[no-untyped-def]
    """Return where a path's own bits of a layer begin."""
    part = side * code.paths + owner
    return fetch(code.bits_first, layer) + part * fetch(code.bits_stride, layer)


@kernel
def _left_bits_at(code, path, layer):  # type: ignore[no-untyped-def]
    """Return where the left child's bits that a path reads in a layer begin."""
    owner = np.int64(code.notes[path * INT8_LANES + _LEFT_OWNER + layer])
    return _bits_at(code, owner, layer, 0)


@kernel
def _own_bits(code, path, layer, side):  # type: ignore[no-untyped-def]
    """Return where a path may write bits of a layer, and note that it did."""
    if side == 0:
        code.notes[path * INT8_LANES + _LEFT_OWNER + layer] = path
    return _bits_at(code, path, layer, side)


@kernel
def _go_left(code, paths, layer):  # type: ignore[no-untyped-def]
    """Give every path f in the next layer."""
    llr, notes, half = code.llr, code.notes, code.size >> (layer + 1)
    for path in range(paths):
        source = _llr_at(code, path, layer)
        notes[path * INT8_LANES + layer + 1] = path
        target = _llr_at(code, path, layer + 1)
        for i in range(0, half, LANES):
            a, b = bits_of_float(load(llr, source + i)), bits_of_float(load(llr, source + half + i))
            top, rest = splat(a, 0x80000000), splat(a, 0x7FFFFFFF)
            size = minimum(float_of_bits(a & rest), float_of_bits(b & rest))
            store(llr, target + i, float_of_bits(bits_of_float(size) | ((a ^ b) & top)))


@kernel
def _go_right(code, paths, layer):  # type: ignore[no-untyped-def]
    """Give every path g in the next layer."""
    llr, bits, notes, half = code.llr, code.bits, code.notes, code.size >> (layer + 1)
    for path in range(paths):
        source = _llr_at(code, path, layer)
        known = _left_bits_at(code, path, layer + 1)
        notes[path * INT8_LANES + layer + 1] = path
        target = _llr_at(code, path, layer + 1)
        for i in range(0, half, LANES):
            sign = load_bytes(bits, known + i) << 31
            a = float_of_bits(bits_of_float(load(llr, source + i)) ^ sign)
            store(llr, target + i, load(llr, source + half + i) + a)


@kernel
def _join(code, paths, layer, side):  # type: ignore[no-untyped-def]
    """Make every path's bits of a node from those of its children."""
    bits, half = code.bits, code.size >> (layer + 1)
    for path in range(paths):
        left = _left_bits_at(code, path, layer + 1)
        right = _bits_at(code, path, layer + 1, 1)
        target = _own_bits(code, path, layer, side)
        # What a vector spills beyond the first half, the second one mends.
        for i in range(0, half, INT8_LANES):
            store(bits, target + i, load(bits, left + i) ^ load(bits, right + i))
        for i in range(0, half, INT8_LANES):
            store(bits, target + half + i, load(bits, right + i))


@kernel
def _fill(bits, at, size, bit):  # type: ignore[no-untyped-def]
    for i in range(0, size, INT8_LANES):
        store(bits, at + i, splat(bits, bit))


@kernel
def _below_zero(code, at, size):  # type: ignore[no-untyped-def]
    """Return −Σ min(α, 0): what it costs that all bits are 0."""
    llr, lanes = code.llr, code.lanes
    total = np.float32(0)
    if size >= LANES:
        sums = splat(llr, 0.0)
        for i in range(0, size, LANES):
            sums = sums + minimum(load(llr, at + i), splat(llr, 0.0))
        store(lanes, 0, sums)
        for i in range(LANES):
            total -= lanes[i]
    else:
        for i in range(size):
            total -= min(llr[at + i], np.float32(0))
    return total


@kernel
def _sum(code, at, size):  # type: ignore[no-untyped-def]
    total, llr = np.float32(0), code.llr
    for i in range(size):
        total += llr[at + i]
    return total


@kernel
def _decide_zeros(code, paths, layer, side):  # type: ignore[no-untyped-def]
    """Decide a subtree without information."""
    size, cost = code.size >> layer, code.cost
    for path in range(paths):
        if code.paths > 1:
            cost[path] += _below_zero(code, _llr_at(code, path, layer), size)
        _fill(code.bits, _own_bits(code, path, layer, side), size, 0)


@kernel
def _decide_one_bit(code, paths, layer, side, remainder):  # type: ignore[no-untyped-def]
    """Decide a subtree whose last input alone carries information: all its bits are that one.

    Returns how many paths there are then.
    """
    size, decision = code.size >> layer, code.decision
    cost, flipped_cost, target, source = code.cost, code.flipped_cost, code.target, code.source
    for path in range(paths):
        at = _llr_at(code, path, layer)
        total = _sum(code, at, size)
        cost_of_zero = _below_zero(code, at, size)
        cost_of_one = max(cost_of_zero + total, np.float32(0))
        decision[path] = total < 0
        flipped_cost[path] = cost[path] + max(cost_of_zero, cost_of_one)
        cost[path] += min(cost_of_zero, cost_of_one)
    splits = _split(code, paths)
    for i in range(splits):
        decision[target[i]] = 1 - decision[source[i]]
    paths = _paths_after(code, paths)
    for path in range(paths):
        code.notes[path * INT8_LANES + _SUMS] ^= decision[path] << remainder
        _fill(code.bits, _own_bits(code, path, layer, side), size, decision[path])
    return paths


@kernel
def _decide_check(code, paths, layer, side, remainder):  # type: ignore[no-untyped-def]
    """Decide a subtree whose last input is a parity check, and no other one is information."""
    size, cost, notes = code.size >> layer, code.cost, code.notes
    for path in range(paths):
        bit = (notes[path * INT8_LANES + _SUMS] >> remainder) & 1
        if code.paths > 1:
            at = _llr_at(code, path, layer)
            cost[path] += _below_zero(code, at, size)
            if bit:
                cost[path] += _sum(code, at, size)
        _fill(code.bits, _own_bits(code, path, layer, side), size, bit)


@kernel
def _paths_after(code, paths):  # type: ignore[no-untyped-def]
    return min(2 * paths, code.paths)


@kernel
def _decide_free(code, paths, layer, side):  # type: ignore[no-untyped-def]
    """Decide a subtree that is all information, whose bits are independent of each other.

    Of a list of L paths, only the L − 1 least reliable bits can matter, one split each.
    Returns how many paths there are then.
    """
    size, llr, bits, notes = code.size >> layer, code.llr, code.bits, code.notes
    cost, flipped_cost, target, source = code.cost, code.flipped_cost, code.target, code.source
    weakest, weakness = code.weakest, code.weakness
    for path in range(paths):
        _decide_by_sign(code, path, layer, _own_bits(code, path, layer, side))
    owners = paths
    for _ in range(min(code.paths - 1, size)):
        for owner in range(owners):
            at = fetch(code.llr_first, layer) + owner * fetch(code.llr_stride, layer)
            weakest[owner], weakness[owner] = _take_weakest(llr, at, size)
        for path in range(paths):
            read = np.int64(notes[path * INT8_LANES + layer])
            flipped_cost[path] = cost[path] + weakness[read]
        splits = _split(code, paths)
        if splits == 0:
            break
        for i in range(splits):
            copy = _own_bits(code, target[i], layer, side)
            original = _bits_at(code, source[i], layer, side)
            for j in range(0, size, INT8_LANES):
                store(bits, copy + j, load(bits, original + j))
            bits[copy + weakest[np.int64(notes[target[i] * INT8_LANES + layer])]] ^= 1
        paths = _paths_after(code, paths)
    return paths


@kernel
def _decide_by_sign(code, path, layer, target):  # type: ignore[no-untyped-def]
    llr, bits = code.llr, code.bits
    at = _llr_at(code, path, layer)
    for i in range(code.size >> layer):
        bits[target + i] = llr[at + i] < 0


@kernel
def _take_weakest(llr, at, size):  # type: ignore[no-untyped-def]
    """Return the place and magnitude of the least reliable bit, which is not returned again."""
    place, least = 0, _NEVER
    for i in range(size):
        magnitude = abs(llr[at + i])
        if magnitude < least:
            place, least = i, magnitude
    llr[at + place] = _NEVER
    return place, least


@kernel
def _split(code, paths):  # type: ignore[no-untyped-def]
    """Let every path take either decision; keep the cheapest, as many as the list holds.

    ``code.cost`` holds what the likelier decision costs in all, ``code.flipped_cost`` the other.
    A path that is dropped becomes a copy of the one whose other decision takes its place; these
    pairs are returned in ``code.target`` and ``code.source``.

    Returns:
        How many such pairs there are.
    """
    cost, flipped_cost, target, source = code.cost, code.flipped_cost, code.target, code.source
    if 2 * paths <= code.paths:
        for path in range(paths):
            _copy(code, path, paths + path)
            target[path], source[path] = paths + path, path
            cost[paths + path] = flipped_cost[path]
        return paths
    splits = 0
    while True:
        dearest, cheapest = 0, 0
        for path in range(1, paths):
            if cost[path] > cost[dearest]:
                dearest = path
            if flipped_cost[path] < flipped_cost[cheapest]:
                cheapest = path
        # A path whose other decision is taken costs less than what is still to be dropped, so
        # that no path is dropped after it was copied.
        if not flipped_cost[cheapest] < cost[dearest]:
            return splits
        _copy(code, cheapest, dearest)
        target[splits], source[splits] = dearest, cheapest
        cost[dearest] = flipped_cost[cheapest]
        flipped_cost[cheapest] = flipped_cost[dearest] = _NEVER
        splits += 1


@kernel
def _copy(code, path, to):  # type: ignore[no-untyped-def]
    notes = code.notes
    store(notes, to * INT8_LANES, load(notes, path * INT8_LANES))


@kernel
def _select(code, paths):  # type: ignore[no-untyped-def]
    """Put into ``code.decided`` the cheapest path whose CRC holds, or else the cheapest."""
    cost = code.cost
    first = _cheapest(cost, paths)
    for _ in range(paths):
        best = _cheapest(cost, paths)
        cost[best] = _NEVER
        _unfold(code, best)
        if _crc_holds(code):
            return
    _unfold(code, first)


@kernel
def _cheapest(cost, paths):  # type: ignore[no-untyped-def]
    best = 0
    for path in range(1, paths):
        if cost[path] < cost[best]:
            best = path
    return best


@kernel
def _unfold(code, path):  # type: ignore[no-untyped-def]
    """Read a path's information bits off its codeword."""
    word, bits, at, size = code.word, code.bits, _bits_at(code, path, 0, 1), code.size
    for i in range(size):
        word[i] = bits[at + i]
    _transform(word, size)
    decided, positions = code.decided, code.positions
    for i in range(code.information_bits):
        decided[i] = word[positions[i]]


@kernel
def _crc_holds(code):  # type: ignore[no-untyped-def]
    """Tell whether the decided bits' CRC is zero; without one, it is."""
    decided, count = code.decided, code.information_bits
    append_crc(decided, count, code.polynomial, code.crc_bits)
    wrong = 0
    for i in range(code.crc_bits):
        wrong += decided[count + i]
    return wrong == 0
