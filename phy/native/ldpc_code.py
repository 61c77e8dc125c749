"""The 5G NR LDPC code of one (k, n): base graph, lifting, and what is left of it for n bits.

Sources: TS 38.212 5.2.2 (base graph and lifting size), 5.3.2 (the graphs). Rate matching (5.4.2) is
in `linksim.phy.native.ldpc_rate_matching`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from linksim.phy.native.ldpc_base_graphs import Edge, base_graph_edges

_LIFTING_SIZES = (  # TS 38.212 table 5.3.2-1, one row per set index
    (2, 4, 8, 16, 32, 64, 128, 256),
    (3, 6, 12, 24, 48, 96, 192, 384),
    (5, 10, 20, 40, 80, 160, 320),
    (7, 14, 28, 56, 112, 224),
    (9, 18, 36, 72, 144, 288),
    (11, 22, 44, 88, 176, 352),
    (13, 26, 52, 104, 208),
    (15, 30, 60, 120, 240),
)
_INFORMATION_COLUMNS = {1: 22, 2: 10}
CORE_ROWS = 4
"""Parity columns that depend on one another; every later one has a check of its own."""


@dataclass(frozen=True)
class LiftedCode:
    """A base graph lifted to ``k`` information bits, pruned to what ``n`` coded bits need.

    Attributes:
        k, n: information bits, and bits sent, from the beginning of the circular buffer on.
        lifting: Z, size of a circulant.
        information_columns: columns of the base graph that hold information (and filler) bits.
        rows: the edges of each row of checks, in order of their columns.
    """

    k: int
    n: int
    lifting: int
    information_columns: int
    rows: tuple[tuple[Edge, ...], ...]

    @property
    def columns(self) -> int:
        return self.information_columns + len(self.rows)

    @property
    def filler(self) -> int:
        """Known zeros between information and parity, never sent."""
        return self.information_columns * self.lifting - self.k

    @property
    def punctured(self) -> int:
        """Leading information bits that are never sent."""
        return 2 * self.lifting

    @property
    def sent_information(self) -> int:
        return min(self.k - self.punctured, self.n)

    @property
    def checks(self) -> int:
        """Checks whose bits were all sent or belong to the core; the last row may be cut."""
        needed = self.n + self.punctured + self.filler - self.information_columns * self.lifting
        return max(needed, CORE_ROWS * self.lifting)


@lru_cache(maxsize=32)
def lifted_code(k: int, n: int, base_graph: int) -> LiftedCode:
    """Return the 5G NR LDPC code with ``k`` information bits and ``n`` bits sent."""
    lifting, set_index = _lifting(k, base_graph)
    columns = _INFORMATION_COLUMNS[base_graph]
    sent_columns = -(-(n + 2 * lifting + columns * lifting - k) // lifting)
    rows = max(sent_columns - columns, CORE_ROWS)
    graph = base_graph_edges(base_graph, set_index)
    lifted = tuple(
        tuple((column, shift % lifting) for column, shift in row) for row in graph[:rows]
    )
    return LiftedCode(k, n, lifting, columns, lifted)


def filled_up(k: int, base_graph: int) -> int:
    """Return a block's information bits with its filler bits."""
    return _INFORMATION_COLUMNS[base_graph] * _lifting(k, base_graph)[0]


def buffer_columns(base_graph: int) -> int:
    """Return the columns of a base graph that can be sent: all but the first two.

    >>> buffer_columns(1), buffer_columns(2)
    (66, 50)
    """
    return _INFORMATION_COLUMNS[base_graph] + len(base_graph_edges(base_graph, 0)) - 2


def comes_back(code: LiftedCode, sent: np.ndarray | None = None) -> bool:
    """Tell whether the bits that are not sent follow from those that are.

    One check after the other that misses a single bit gives it: so does message passing, as the
    noise goes to zero. The first two columns are never sent, and at high rates short blocks send
    too little parity to begin anywhere.

    Args:
        code: as far as its bits are sent.
        sent: places of the bits that are sent among the ``n``, int64; None for all of them.
    """
    bits = np.arange(code.columns * code.lifting)
    parity = code.information_columns * code.lifting
    known = (bits >= code.k) & (bits < parity)
    places = np.concatenate([bits[code.punctured : code.k], bits[parity:]])[: code.n]
    known[places if sent is None else places[sent]] = True
    checks = [_bits_of_checks(code, row) for row in code.rows]
    before = -1
    while before < (before := int(known.sum())):
        for row in checks:
            missing = ~known[row]
            known[row[missing & (missing.sum(axis=0) == 1)]] = True
    return bool(known[: code.k].all())


def _bits_of_checks(code: LiftedCode, row: tuple[Edge, ...]) -> np.ndarray:
    """Return the bits that meet in each check of a row, int64 ``[edges, Z]``."""
    checks = np.arange(code.lifting)
    return np.array([c * code.lifting + (checks + shift) % code.lifting for c, shift in row])


def _lifting(k: int, base_graph: int) -> tuple[int, int]:
    """Return the smallest lifting size that holds k bits, and its set index."""
    columns = 22 if base_graph == 1 else 10 if k > 640 else 9 if k > 560 else 8 if k > 192 else 6
    return min(
        (size, index)
        for index, sizes in enumerate(_LIFTING_SIZES)
        for size in sizes
        if columns * size >= k
    )
