"""Which bits of a mother code are sent, and in which order, for codes without a standard for it.

5G NR codes (LDPC, polar) bring their own rate matching. A turbo, convolutional or repetition code
is a mother code of one rate: bits are left out evenly for a higher rate, repeated for a lower one,
and interleaved so that no error burst of the channel stays one. The receiver adds up the LLRs of a
mother bit; one that was not sent has LLR 0.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from linksim.phy.codes import CodeSpec


def mother_outputs(code: CodeSpec) -> int:
    """Return the mother code's output bits per information bit."""
    if code.name == "conv":
        return 2 if code.rate >= Fraction(1, 2) else 3
    return {"turbo": 3}.get(code.name, 1)


def mother_bits(code: CodeSpec, information_bits: int) -> int:
    """Return the length of the mother codeword, tail bits among them.

    LTE's turbo code ends with 12 tail bits (TS 36.212 5.1.3.2); a convolutional code is driven back
    to state 0 by constraint length − 1 more inputs.
    """
    outputs = mother_outputs(code)
    if code.name == "turbo":
        return outputs * information_bits + 12
    if code.name == "conv":
        return outputs * (information_bits + code.constraint - 1)
    return outputs * information_bits


def sent_order(code: CodeSpec, information_bits: int, coded_bits: int) -> np.ndarray:
    """Return which mother bit each coded bit is, int64 ``[coded_bits]``.

    A turbo code's information bits (every third of the mother codeword) are all sent before its
    tail is, and that before any parity. Without a code the order is left alone.
    """
    length = mother_bits(code, information_bits)
    if code.name == "none":
        return np.arange(coded_bits)
    whole, rest = divmod(coded_bits, length)
    shuffle = np.random.Generator(np.random.PCG64(length)).permutation
    parts = [shuffle(length) for _ in range(whole)]
    return np.concatenate([*parts, shuffle(_chosen(code, information_bits, rest))])


def _chosen(code: CodeSpec, information_bits: int, count: int) -> np.ndarray:
    """Return ``count`` different mother bits, spread evenly."""
    length = mother_bits(code, information_bits)
    if code.name != "turbo" or count < information_bits:
        return _spread(np.arange(length), count)
    systematic, tail = np.arange(information_bits) * 3, np.arange(length - 12, length)
    left = count - information_bits - len(tail)
    if left < 0:
        return np.concatenate([systematic, tail[: left + len(tail)]])
    # Of each constituent code's parity the same share, or the decoders have nothing to exchange.
    first = _spread(systematic + 1, (left + 1) // 2)
    second = _spread(systematic[::-1] + 2, left // 2)
    return np.concatenate([systematic, first, second, tail])


def _spread(numbers: np.ndarray, count: int) -> np.ndarray:
    """Choose ``count`` numbers, evenly."""
    return numbers[np.arange(count) * len(numbers) // max(count, 1)]
