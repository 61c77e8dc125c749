"""A channel code of a user's own: what it must have, and what is checked of it.

Bits are 0 or 1; LLRs are log p(1)/p(0): positive where a bit is more likely 1.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

import numpy as np

from linksim.phy.checks import whole_number
from linksim.phy.refused import Refused

_MOST_BITS = 1 << 20  # coded bits of a block
_TRIED_BLOCKS, _SURE = 8, 20.0  # sent without noise when a code is taken; LLR of a sure bit


@runtime_checkable
class BlockCode(Protocol):
    """A code that turns blocks of k bits into blocks of n, written with whatever one likes.

    Attributes:
        k, n: information bits and coded bits of a block.
    """

    k: int
    n: int

    def encode(self, bits: np.ndarray) -> Any:
        """Return the codewords of information bits.

        Args:
            bits: uint8 ``[N, k]``.

        Returns:
            Bits ``[N, n]``, bool or integers: an array, or what NumPy makes one of.
        """

    def decode(self, llr: np.ndarray) -> Any:
        """Return what information bits are, or how likely they are 1.

        Args:
            llr: log p(1)/p(0) of the coded bits, float32 ``[N, n]``.

        Returns:
            Bits ``[N, k]``, bool or integers; or their LLRs, log p(1)/p(0), real ``[N, k]``.
        """


class OwnCode:
    """A `BlockCode` whose answers are checked; equal to itself alone.

    Args:
        code: the user's.
        name: what it is called.

    Raises:
        TypeError: if it lacks something, or answers with anything but numbers of the right kind.
        ValueError: for sizes that no code has.
        Refused: for answers of another shape, or a code that does not return what it was given
            even without noise.
        RuntimeError: if it fails; its own exception is the cause.
    """

    def __init__(self, code: BlockCode, name: str) -> None:
        if not isinstance(code, BlockCode) or isinstance(code, type):
            raise TypeError(f"{name}: give an object with k, n, encode and decode")
        self.name = name
        self.n = whole_number(code.n, f"{name}: n", 1, _MOST_BITS)
        self.k = whole_number(code.k, f"{name}: k", 1, self.n)
        self._code = code
        self._try()

    @property
    def rate(self) -> Fraction:
        return Fraction(self.k, self.n)

    def encode(self, bits: np.ndarray) -> np.ndarray:
        """Return the codewords of uint8 ``[N, k]``, uint8 ``[N, n]``; raises as the class."""
        answer = self._called("encode", self._code.encode, bits)
        coded = self._answer("encode", answer, "bui", (len(bits), self.n))
        if coded.size and not ((coded == 0) | (coded == 1)).all():
            raise Refused("code", "encode gave other numbers than 0 and 1", self.name)
        return coded.astype(np.uint8, copy=False)

    def decode(self, llr: np.ndarray) -> np.ndarray:
        """Return LLRs, float32 ``[N, k]``, from those of coded bits; ±1 if the code decides.

        Raises as the class; LLRs that are not numbers are refused.
        """
        answer = self._called("decode", self._code.decode, llr)
        found = self._answer("decode", answer, "buif", (len(llr), self.k))
        if found.dtype.kind == "f":
            if np.isnan(found).any():
                raise Refused("code", "decode gave LLRs that are not numbers", self.name)
            return found.astype(np.float32, copy=False)
        if not ((found == 0) | (found == 1)).all():
            raise Refused("code", "decode gave integers other than 0 and 1", self.name)
        return np.where(found == 1, np.float32(1), np.float32(-1))

    def _answer(self, verb: str, answer: Any, kinds: str, shape: tuple[int, int]) -> np.ndarray:
        array = np.asarray(answer)
        if array.dtype.kind not in kinds:
            wanted = "bits" if verb == "encode" else "bits or LLRs"
            raise TypeError(f"{self.name}: {verb} gave {array.dtype}, not {wanted}")
        if array.shape != shape:
            raise Refused("code", f"{verb} gave the shape {array.shape}, not {shape}", self.name)
        return array

    def _try(self) -> None:
        """Send a few blocks without noise."""
        shape = (_TRIED_BLOCKS, self.k)
        bits = np.random.default_rng(0).integers(0, 2, shape, dtype=np.uint8)
        sure = np.where(self.encode(bits.copy()) == 1, np.float32(_SURE), np.float32(-_SURE))
        if ((self.decode(sure) > 0) != bits).any():
            problem = (
                "decode does not return what encode was given, even without noise; LLRs are "
                "log p(1)/p(0), positive for a 1"
            )
            raise Refused("code", problem, self.name)

    def _called(self, verb: str, call: Callable[[np.ndarray], Any], argument: np.ndarray) -> Any:
        # A refusal is a ValueError too; one from inside the code is a fault of the code.
        try:
            return call(argument)
        except ValueError as error:
            raise RuntimeError(f"{self.name}: its {verb} failed") from error
