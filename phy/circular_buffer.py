"""The rate matching of LTE's turbo code (TS 36.212 5.1.4.1).

The encoder's three streams, systematic and two of parity, are interleaved each by itself, written
to columns of a matrix that are read in another order. One after the other, the two parities
alternating, they make a circular buffer. What is sent is read from it, beginning a little after
the first systematic bit: almost all systematic bits come first, then as much of either parity,
spread so evenly that no stretch of the trellis is left without. Other redundancy versions than the
first begin a quarter of the buffer later each.

Filler bits, which begin a block whose length is none of the code's, are known: neither they nor the
first encoder's parity of them is in the buffer. The second encoder's is (5.1.3.2.1).
"""

from __future__ import annotations

import numpy as np

from linksim.phy.turbo_lengths import block_length, filler_bits

_COLUMNS = 32
_COLUMN_ORDER = [int(f"{column:05b}"[::-1], 2) for column in range(_COLUMNS)]
"""TS 36.212 table 5.1.4-1: columns by bit-reversed number."""
_FIRST_COLUMN, _COLUMNS_APART = 2, 24
"""Where redundancy version rv begins: k0 = rows · (2 ⌈buffer length / (8 rows)⌉ rv + 2), where a
whole buffer has 96 rows' length."""
_TAIL_BITS_OF_A_STREAM = 4


def encoded_places(information_bits: int) -> np.ndarray:
    """Return where the mother bits are in what the encoder makes, int64 ``[3 K + 12 − 2 F]``.

    Bit i of stream s is encoded bit 3 i + s, for the tail too (TS 36.212 5.1.3.2.2); of F filler
    bits, the first two streams are no bits of the mother codeword.

    >>> encoded_places(39 + 8)[:4]
    array([2, 3, 4, 5])
    """
    encoded = np.arange(3 * (block_length(information_bits) + _TAIL_BITS_OF_A_STREAM))
    known = (encoded < 3 * filler_bits(information_bits)) & (encoded % 3 < 2)
    return encoded[~known]


def circular_buffer(information_bits: int) -> np.ndarray:
    """Return the mother bit at each place of the buffer, int64 ``[3 · 32 · rows]``, −1 for none."""
    length = block_length(information_bits) + _TAIL_BITS_OF_A_STREAM
    sent = encoded_places(information_bits)
    number = np.full(3 * length, -1)
    number[sent] = np.arange(sent.size)
    rows = -(-length // _COLUMNS)
    places = rows * _COLUMNS
    streams = np.full((3, places), -1)
    streams[:, places - length :] = number.reshape(length, 3).T
    read = np.arange(places).reshape(rows, _COLUMNS)[:, _COLUMN_ORDER].T.ravel()
    systematic, first, second = streams
    parity = np.stack([first[read], second[(read + 1) % places]], axis=1)
    return np.concatenate([systematic[read], parity.ravel()])


def turbo_preference(information_bits: int, rv: int = 0) -> np.ndarray:
    """Return the mother bits in the order in which they are sent, each once.

    int64 ``[3 K + 12 − 2 F]``, of a block of K bits, F filler bits among them.

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
