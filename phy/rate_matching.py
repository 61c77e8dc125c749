"""Which bits of a mother code are sent, and in which order, for codes that are not 5G's.

5G NR codes (LDPC, polar) bring their own rate matching. A turbo, convolutional or repetition code
is a mother code of one rate whose bits have an order of preference: as many as there is room for
are sent, from its beginning on; below the mother code's rate it is gone through again. So a lower
rate sends all that a higher one does, and more. The receiver adds up the LLRs of a mother bit; one
that was not sent has LLR 0.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from linksim.phy.circular_buffer import turbo_preference
from linksim.phy.codes import CodeSpec
from linksim.phy.puncturing import FAMILIES, convolutional_preference, spreading_keys


def generators(code: CodeSpec) -> tuple[str, ...]:
    """Return the generators of a convolutional code: from rate 1/2 on, two are enough."""
    family = FAMILIES[code.constraint]
    return family.generators[:2] if code.rate >= Fraction(1, 2) else family.generators


def mother_bits(code: CodeSpec, information_bits: int) -> int:
    """Return the length of the mother codeword, tail bits among them.

    LTE's turbo code ends with 12 tail bits (TS 36.212 5.1.3.2); a convolutional code is driven back
    to state 0 by constraint length − 1 more inputs.
    """
    if code.name == "turbo":
        return 3 * information_bits + 12
    if code.name == "conv":
        return len(generators(code)) * (information_bits + code.constraint - 1)
    return information_bits


def sent_order(code: CodeSpec, information_bits: int, coded_bits: int) -> np.ndarray:
    """Return which mother bit each coded bit is, int64 ``[coded_bits]``.

    The bits are interleaved, so that no error burst of the channel stays one. LTE's turbo code
    brings its own interleaver; only what it repeats is interleaved anew, lest a bit and its
    repetition meet the same fading. Without a code the order is left alone.
    """
    if code.name == "none":
        return np.arange(coded_bits)
    preference = _preference(code, information_bits)
    whole, rest = divmod(coded_bits, len(preference))
    rounds = [*[preference] * whole, preference[:rest]]
    in_order = rounds[:1] if code.name == "turbo" else []
    shuffle = np.random.Generator(np.random.PCG64(len(preference))).permutation
    return np.concatenate([*in_order, *map(shuffle, rounds[len(in_order) :])])


def _preference(code: CodeSpec, information_bits: int) -> np.ndarray:
    """Return every mother bit once, first what is sent at any rate."""
    if code.name == "turbo":
        return turbo_preference(information_bits)
    if code.name == "conv":
        return convolutional_preference(generators(code), information_bits)
    return np.argsort(spreading_keys(np.arange(information_bits)))
