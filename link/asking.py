"""What a receiver asks for again of a message that consists of units, by what they are worth.

After each transmission the receiver knows which blocks' CRC holds and nothing of what was lost. Its
NACK is a bit for each block, as 5G's for code block groups (TS 38.213 9.1.1); which units matter
most both sides know from the message's format. So it asks for units that it needs and has not got,
and for no others:

    accept    the units that are needed have come through, or who reads them is content
    refine    some have not: they are sent again
    reject    some have not, and there are no more transmissions
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linksim.phy import HarqSpec
from linksim.phy.refused import Refused
from linksim.phy.retransmissions import RANDOM

Content = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""Says of which messages a receiver is content with what it has: of their places in their batch,
int64 ``[N]``, what units came through, bool ``[N, units]``, and LLRs of the units' bits, float32
``[N, units, bits]``; bool ``[N]``."""

_DRAWN = 0x6E656564  # a stream of draws apart from the channel's


class Asking:
    """Asks for the units of B pictures that are needed and have not come through.

    Args:
        needed: of each picture, bool ``[B, units]``; see `needed_units`.
        content: who reads what there is, and may be content without all of them; None for nobody.

    Attributes:
        accepted: of each picture, bool ``[B]``, as far as it was asked.
    """

    def __init__(self, needed: np.ndarray, content: Content | None = None) -> None:
        self._needed, self._content = needed, content
        self.accepted = np.zeros(len(needed), dtype=bool)

    def __call__(self, messages: np.ndarray, passed: np.ndarray, llr: np.ndarray) -> np.ndarray:
        """Return which units are to be sent again; see `linksim.phy.harq.Ask`."""
        self.judge(messages, passed, llr)
        missing = self._needed[messages] & ~passed
        return np.asarray(missing & ~self.accepted[messages, None])

    def judge(self, messages: np.ndarray, passed: np.ndarray, llr: np.ndarray) -> None:
        """Tell which pictures are accepted as they are; arguments as of `Content`."""
        enough = (passed | ~self._needed[messages]).all(axis=1)
        if self._content is not None:
            enough |= self._content(messages, passed, llr)
        self.accepted[messages] = enough


def needed_units(harq: HarqSpec, units: int, frames: np.ndarray, seed: int) -> np.ndarray:
    """Return which units of each picture are needed, bool ``[B, units]``.

    They are the first ones; where the order is random, as many that are drawn of the picture's
    number, for all SNRs and transmissions alike.

    Args:
        harq: how many, and in which order.
        units: of a message.
        frames: the pictures' numbers, uint64 ``[B]``.
        seed: of the draws.
    """
    count = min(harq.need or units, units)
    needed = np.zeros((len(frames), units), dtype=bool)
    if harq.order != RANDOM:
        needed[:, :count] = True
        return needed
    for row, frame in zip(needed, frames, strict=True):
        key = np.array([seed, _DRAWN], dtype=np.uint64)
        counter = np.array([int(frame), 0, 0, 0], dtype=np.uint64)
        draws = np.random.Generator(np.random.Philox(key=key, counter=counter))
        row[draws.permutation(units)[:count]] = True
    return needed


def check_units(name: str, units: int, harq: HarqSpec) -> None:
    """Make sure that a codec's messages can be asked for by units.

    Raises:
        Refused: if they consist of none, or of fewer than are needed.
    """
    if units == 1:
        problem = f"{name} does not say what of its messages matters most; take ir or chase"
        raise Refused("harq", problem, harq)
    if harq.need > units:
        raise Refused("harq", f"a message of {name} has {units} units", harq)
