"""What hybrid ARQ sends of a block again, and how the receiver puts it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from linksim.phy.checks import whole_number
from linksim.phy.codes import CodeSpec
from linksim.phy.options import parse_options
from linksim.phy.refused import Refused
from linksim.phy.segmentation import Segmentation

if TYPE_CHECKING:
    from linksim.phy.stages import Decoder, Encoder

CHASE, IR = "chase", "ir"
COMBINING = (CHASE, IR)
SEMANTIC = "semantic"
RANKED, RANDOM = "ranked", "random"
ORDERS = (RANKED, RANDOM)

VERSIONS = (0, 2, 3, 1)
"""Redundancy versions in the order in which 5G sends them (TS 38.214 table 5.1.2.1-2), and LTE."""


@dataclass(frozen=True)
class HarqSpec:
    """How messages that did not come through are sent again.

    Attributes:
        combining: ``chase``, the same bits again, whose LLRs the receiver adds up (Chase 1985); or
            ``ir``, incremental redundancy: the redundancy versions 0, 2, 3, 1 of a code's circular
            buffer.
        rounds: transmissions at most, the first one among them, 1 to 4.
        semantic: whether the receiver asks again for single units of a message, by what they are
            worth, in place of the whole message.
        need: units that it must have, the most important ones, to be content; 0 is all of them.
        order: ``ranked``, or ``random``: as many units, but drawn, which tells what the ranking is
            worth.

    Raises:
        TypeError: for rounds or units that are no number.
        Refused: for what there is not.
    """

    combining: str = IR
    rounds: int = len(VERSIONS)
    semantic: bool = False
    need: int = 0
    order: str = RANKED

    def __post_init__(self) -> None:
        if self.combining not in COMBINING:
            raise Refused("harq", f"unknown; one of {', '.join(COMBINING)}", self.combining)
        if not 1 <= whole_number(self.rounds, "rounds") <= len(VERSIONS):
            problem = f"a message is sent 1 to {len(VERSIONS)} times"
            name = SEMANTIC if self.semantic else self.combining
            raise Refused("harq", problem, f"{name}:rounds={self.rounds}")
        if whole_number(self.need, "need", -(2**31)) < 0:
            raise Refused("harq", "give a number of units", f"{SEMANTIC}:need={self.need}")
        if self.order not in ORDERS:
            problem = f"unknown; one of {', '.join(ORDERS)}"
            raise Refused("harq", problem, f"{SEMANTIC}:order={self.order}")
        if not self.semantic and (self.need or self.order != RANKED):
            raise Refused("harq", f"need and order are {SEMANTIC}'s", self.combining)

    @classmethod
    def parse(cls, text: str) -> HarqSpec:
        """Read ``chase``, ``ir`` or ``semantic``, and their options after a colon.

        They are ``rounds=N``; of ``semantic`` also ``need=K``, ``order=random`` and
        ``combining=chase``.

        Raises:
            Refused: saying what is wrong and what is possible.

        >>> HarqSpec.parse("chase:rounds=2").rounds
        2
        >>> str(HarqSpec.parse("semantic:need=8"))
        'semantic:need=8,rounds=4'
        """
        known: dict[str, dict[str, Callable[[str], Any]]]
        known = {name: {"rounds": int} for name in COMBINING}
        known[SEMANTIC] = {"need": int, "rounds": int, "order": str, "combining": str}
        name, options = parse_options(text, known, (*COMBINING, SEMANTIC), "harq")
        if name == SEMANTIC:
            return cls(semantic=True, **options)
        return cls(name, **options)

    def __str__(self) -> str:
        """Return the form that `parse` reads."""
        if not self.semantic:
            return f"{self.combining}:rounds={self.rounds}"
        usual = {"need": 0, "combining": IR, "order": RANKED}
        said = {name: getattr(self, name) for name in ("need", "rounds", "combining", "order")}
        options = (f"{key}={value}" for key, value in said.items() if value != usual.get(key))
        return f"{SEMANTIC}:{','.join(options)}"


@dataclass(frozen=True)
class Retransmissions:
    """The transmissions of a block of one size.

    The receiver keeps a sum of LLRs for each bit of a buffer; transmission t adds to those at
    ``places[t]``, and then the first ``lengths[t]`` are decoded: there is nothing beyond.

    Attributes:
        encoder: makes the buffer's bits.
        decoders: one for each transmission.
        places: place in the buffer of each bit that is sent, int64 ``[rounds, coded_bits]``.
        lengths: bits of the buffer that have been sent by then, by transmission.
    """

    encoder: Encoder
    decoders: tuple[Decoder, ...]
    places: np.ndarray
    lengths: tuple[int, ...]

    def add(self, buffer: np.ndarray, transmission: int, llr: np.ndarray) -> None:
        """Add the LLRs of what arrived to those in the buffer, in place.

        Args:
            buffer: float32 ``[N, lengths[-1]]``.
            transmission: which it was, from 0.
            llr: float32 ``[N, coded_bits]``.
        """
        places, once = self.places[transmission], self.lengths[-1]
        for at in range(0, places.size, once):  # in which no place comes twice
            part = slice(at, at + once)
            buffer[:, places[part]] += llr[:, part]


def retransmissions(code: CodeSpec, plan: Segmentation, harq: HarqSpec) -> Retransmissions:
    """Return what is sent of the blocks of a plan, again and again.

    Raises:
        Refused: if the code has no redundancy versions, or begins with another than the first.
    """
    from linksim.phy.stages import Decoder, Encoder  # Numba is slow to load

    if harq.combining == CHASE:
        places = np.tile(np.arange(plan.coded_bits), (harq.rounds, 1))
        lengths = [plan.coded_bits] * harq.rounds
    else:
        if code.rv:
            raise Refused("harq", f"begins with rv=0; leave out rv={code.rv} of {code.name}", IR)
        places, lengths = _of_the_ring(code, plan, VERSIONS[: harq.rounds])
    by_length = {n: Decoder.of_length(code, plan, n) for n in set(lengths)}
    encoder = Encoder.of_length(code, plan, lengths[-1])
    return Retransmissions(encoder, tuple(by_length[n] for n in lengths), places, tuple(lengths))


def _of_the_ring(
    code: CodeSpec, plan: Segmentation, versions: tuple[int, ...]
) -> tuple[np.ndarray, list[int]]:
    """Return the places that redundancy versions send, and how far they have come by then."""
    sent = np.arange(plan.coded_bits)
    places: list[np.ndarray] = []
    lengths: list[int] = []
    for rv in versions:
        start, ring = code.family.ring(code, plan.sizes, rv)
        places.append((start + sent) % ring)
        lengths.append(max([min(start + plan.coded_bits, ring), *lengths[-1:]]))
    return np.stack(places), lengths
