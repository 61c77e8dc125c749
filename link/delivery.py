"""What every link answers: what arrived, and what it cost."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from linksim.source import AnyReceived
from linksim.source.sizes import Size


@dataclass(frozen=True)
class Accounting:
    """What each of B pictures costs, int64 ``[B]`` all; zeros for what a link does not know.

    Attributes:
        bits: of its message.
        indices: numbers (codeword indices, bytes) of its message.
        blocks: code blocks; of a stream, its packets.
        coded_bits: bits of all its code blocks.
        symbols: channel symbols, pilots among them.
        units: of a stream.
    """

    bits: np.ndarray
    indices: np.ndarray
    blocks: np.ndarray
    coded_bits: np.ndarray
    symbols: np.ndarray
    units: np.ndarray

    @classmethod
    def alike(
        cls,
        pictures: int,
        *,
        symbols: int,
        bits: int = 0,
        indices: int = 0,
        blocks: int = 0,
        coded_bits: int = 0,
    ) -> Accounting:
        """Return what pictures cost that all cost the same."""
        each = (bits, indices, blocks, coded_bits, symbols, 0)
        return cls(*(np.full(pictures, count, dtype=np.int64) for count in each))


@dataclass(frozen=True)
class Losses:
    """What of B streams did not arrive, int64 ``[B]``.

    Attributes:
        packets: whose CRC failed.
        units: that did not arrive whole and right.
    """

    packets: np.ndarray
    units: np.ndarray


@dataclass(frozen=True)
class Again:
    """What sending again cost B pictures, and what came of it.

    Attributes:
        symbols: channel symbols of all transmissions, pilots among them, int64 ``[B]``.
        rounds: in how many of them something was sent, int64 ``[B]``.
        accepted: whether the receiver got what it asked for, bool ``[B]``; else it gave up.
    """

    symbols: np.ndarray
    rounds: np.ndarray
    accepted: np.ndarray


@dataclass(frozen=True)
class Arrival:
    """What arrived of B pictures' messages, and the true counts of what went wrong on the way.

    Attributes:
        received: what the codec decodes.
        index_errors: wrong indices (or bytes), int64 ``[B]``; a stream's bytes that are missing
            at the receiver count as wrong.
        bit_errors: wrong message bits after decoding, int64 ``[B]``.
        block_errors, raw_errors: as in `linksim.phy.Reception`.
        losses: of streams; None for messages of other kinds.
        again: of messages that are sent again; None where they are sent once.

    The counts are zero on an analogue link, which has nothing that could be counted. What they are
    out of is in the link's `Accounting` of the message.
    """

    received: AnyReceived
    index_errors: np.ndarray
    bit_errors: np.ndarray
    block_errors: np.ndarray
    raw_errors: np.ndarray
    losses: Losses | None = None
    again: Again | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery(Arrival):
    """What arrived, decoded.

    Attributes:
        images: float32 ``[B, 3, H, W]`` in 0..1.
    """

    images: torch.Tensor


class Connection(ABC):
    """A link of any kind."""

    soft = False
    """Whether the codec decodes LLRs in place of decided numbers."""

    sender_knows = ""
    """What the sender is told of the channel, in words; nothing, as a rule."""

    def at(self, size: Size) -> Connection:
        """Return the link for pictures of a size: this one, see `linksim.link.sized_links`."""
        return self

    @property
    @abstractmethod
    def engine(self) -> str:
        """What runs the physical layer; ``analogue`` where there is no code."""

    @property
    @abstractmethod
    def information_bits_per_symbol(self) -> float | None:
        """Message bits per channel symbol, all padding, parity and pilots paid for.

        0 where there are no bits, None where it differs from picture to picture.
        """

    @abstractmethod
    def account(self, message: Any) -> Accounting:
        """Return what the pictures of an encoded batch cost.

        Raises:
            ValueError: if they cannot be carried.
        """

    @abstractmethod
    def send(self, message: Any, snr_db: float, frames: Sequence[int]) -> Arrival:
        """Send what the codec encoded.

        Args:
            message: of B pictures, as the link's codec makes them.
            snr_db: Es/N0 in dB.
            frames: the pictures' numbers, which decide the noise that they meet.
        """

    @abstractmethod
    def decode(self, received: Any) -> torch.Tensor:
        """Let the codec decode what arrived, float32 ``[B, 3, H, W]`` in 0..1."""

    def deliver(self, message: Any, snr_db: float, frames: Sequence[int]) -> Delivery:
        """Send what the codec encoded and decode what arrives; arguments as for `send`."""
        arrival = self.send(message, snr_db, frames)
        return Delivery(**vars(arrival), images=self.decode(arrival.received))
