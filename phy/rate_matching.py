"""Which bits of a mother code are sent, and in which order, for codes that are not 5G's.

`linksim.phy.families.mother_code` has the rule, and the files beside it each code's own order.
"""

from __future__ import annotations

import numpy as np

from linksim.phy.codes import CodeSpec
from linksim.phy.families.mother_code import MotherCode
from linksim.phy.refused import Refused


def mother_bits(code: CodeSpec, information_bits: int) -> int:
    """Return the length of the mother codeword, tail bits among them.

    LTE's turbo code ends with 12 tail bits (TS 36.212 5.1.3.2); a convolutional code is driven back
    to state 0 by constraint length − 1 more inputs.

    Raises:
        Refused: for a code that is no mother code.
    """
    return _family(code).mother_bits(code, information_bits)


def sent_order(code: CodeSpec, information_bits: int, coded_bits: int) -> np.ndarray:
    """Return which mother bit each coded bit is, int64 ``[coded_bits]``.

    The bits are interleaved, so that no error burst of the channel stays one. LTE's turbo code
    brings its own interleaver; only what it repeats is interleaved anew, lest a bit and its
    repetition meet the same fading. Without a code the order is left alone.

    Raises:
        Refused: for a code that is no mother code.
    """
    return _family(code).sent_order(code, information_bits, coded_bits)


def _family(code: CodeSpec) -> MotherCode:
    family = code.family
    if not isinstance(family, MotherCode):
        raise Refused("code", "brings its own rate matching", code.name)
    return family
