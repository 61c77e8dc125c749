"""Codes that are not 5G's: a mother code of one rate, and the order in which its bits are sent.

5G NR codes (LDPC, polar) bring their own rate matching. A turbo, convolutional or repetition code
is a mother code of one rate whose bits have an order of preference: as many as there is room for
are sent, from its beginning on; below the mother code's rate it is gone through again. So a lower
rate sends all that a higher one does, and more. The receiver adds up the LLRs of a mother bit; one
that was not sent has LLR 0.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from linksim.phy.families.family import CodeFamily, CodeOptions


@dataclass(frozen=True)
class MotherCode(CodeFamily, ABC):
    """A family whose rates are parts, or repetitions, of one mother code.

    Attributes:
        interleaved: whether the order of preference is an interleaver already: what is sent for the
            first time is then left in it.
    """

    interleaved: bool = False

    @abstractmethod
    def preference(self, code: CodeOptions, information_bits: int) -> np.ndarray:
        """Return every mother bit once, first what is sent at any rate, int64 ``[mother bits]``."""

    @abstractmethod
    def mother_bits(self, code: CodeOptions, information_bits: int) -> int:
        """Return the length of the mother codeword, tail bits among them."""

    def sent_order(self, code: CodeOptions, information_bits: int, coded_bits: int) -> np.ndarray:
        """Return which mother bit each coded bit is; see `linksim.phy.sent_order`."""
        preference = self.preference(code, information_bits)
        whole, rest = divmod(coded_bits, len(preference))
        rounds = [*[preference] * whole, preference[:rest]]
        in_order = rounds[: int(self.interleaved)]
        shuffle = np.random.Generator(np.random.PCG64(len(preference))).permutation
        return np.concatenate([*in_order, *map(shuffle, rounds[len(in_order) :])])
