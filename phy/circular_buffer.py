"""The rate matching of LTE's turbo code (TS 36.212 5.1.4.1).

The encoder's three streams, systematic and two of parity, are interleaved each by itself, written
to columns of a matrix that are read in another order. One after the other, the two parities
alternating, they make a circular buffer. What is sent is read from it, beginning a little after
the first systematic bit: almost all systematic bits come first, then as much of either parity,
spread so evenly that no stretch of the trellis is left without. Other redundancy versions than the
first begin a quarter of the buffer later each.
"""

from __future__ import annotations

import numpy as np

_COLUMNS = 32
_COLUMN_ORDER = [int(f"{column:05b}"[::-1], 2) for column in range(_COLUMNS)]
"""TS 36.212 table 5.1.4-1: columns by bit-reversed number."""
_FIRST_COLUMN, _COLUMNS_APART = 2, 24
"""Where redundancy version rv begins: k0 = rows · (2 ⌈buffer length / (8 rows)⌉ rv + 2), where a
whole buffer has 96 rows' length."""
_TAIL_BITS_OF_A_STREAM = 4


def circular_buffer(information_bits: int) -> np.ndarray:
    """Return the mother bit at each place of the buffer, int64 ``[3 · 32 · rows]``, −1 for none.

    Bit i of stream s is mother bit 3 i + s, for the tail too (TS 36.212 5.1.3.2.2).
    """
    length = information_bits + _TAIL_BITS_OF_A_STREAM
    rows = -(-length // _COLUMNS)
    places = rows * _COLUMNS
    streams = np.full((3, places), -1)
    streams[:, places - length :] = np.arange(3 * length).reshape(length, 3).T
    read = np.arange(places).reshape(rows, _COLUMNS)[:, _COLUMN_ORDER].T.ravel()
    systematic, first, second = streams
    parity = np.stack([first[read], second[(read + 1) % places]], axis=1)
    return np.concatenate([systematic[read], parity.ravel()])


def turbo_preference(information_bits: int, rv: int = 0) -> np.ndarray:
    """Return the mother bits in the order in which they are sent, each once, int64 ``[3 K + 12]``.

    >>> turbo_preference(40)[:4]
    array([ 60,  12, 108,  48])
    """
    buffer = circular_buffer(information_bits)
    started = np.roll(buffer, -_first_place(buffer, rv))
    return started[started >= 0]


def turbo_start(information_bits: int, rv: int) -> int:
    """Return how many mother bits redundancy version 0 sends before those of another one.

    >>> [turbo_start(40, rv) for rv in range(4)]
    [0, 33, 66, 98]
    """
    buffer = circular_buffer(information_bits)
    return int((buffer[_first_place(buffer, 0) : _first_place(buffer, rv)] >= 0).sum())


def _first_place(buffer: np.ndarray, rv: int) -> int:
    rows = buffer.size // (3 * _COLUMNS)
    return (_FIRST_COLUMN + _COLUMNS_APART * rv) * rows
