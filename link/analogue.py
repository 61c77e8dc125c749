"""A codec that makes its own symbols, and a channel, joined into one link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch

from linksim.link.bridge import to_numpy, to_torch
from linksim.link.delivery import Accounting, Arrival, Connection
from linksim.phy import ChannelSpec
from linksim.phy.analogue import AnalogueLayer
from linksim.phy.checks import instance_of
from linksim.source import AdaptiveCodec, AnalogueCodec, Draft, ReceivedSymbols, Symbols


class AnalogueLink(Connection):
    """Sends pictures as symbols over a channel, without bits in between.

    Gradients end here; `linksim.link.TorchChannel` is the same channel, and passes them.

    Args:
        codec: makes the symbols; an `linksim.source.AdaptiveCodec` at each SNR anew, its mean being
            known to it.
        channel, seed: see `linksim.phy.analogue.AnalogueLayer`.

    Raises:
        TypeError: if the symbols are of another kind.
        Refused: if the channel's pilots do not fit.
    """

    def __init__(
        self, codec: AnalogueCodec | AdaptiveCodec, channel: ChannelSpec, seed: int = 0
    ) -> None:
        self.codec = codec
        self.sender_knows = "mean SNR" if hasattr(codec, "adapt") else ""
        self.layer = AnalogueLayer(codec.format.count, channel, seed)

    @property
    def engine(self) -> str:
        """There is none."""
        return "analogue"

    @property
    def information_bits_per_symbol(self) -> float:
        """0: there are no bits."""
        return 0.0

    def account(self, message: Symbols | Draft) -> Accounting:
        """Return what pictures cost; see `linksim.link.Connection.account`."""
        return Accounting.alike(len(message.values), symbols=self.layer.symbols)

    def decode(self, received: ReceivedSymbols) -> torch.Tensor:
        """Let the codec decode; see `linksim.link.Connection.decode`."""
        return self.codec.decode(received)

    def send(self, message: Symbols | Draft, snr_db: float, frames: Sequence[int]) -> Arrival:
        """Send pictures' symbols; see `linksim.link.Connection.send`."""
        if isinstance(message, Draft):
            message = cast(AdaptiveCodec, self.codec).adapt(message, snr_db)
        instance_of(Symbols, message, "message", "AnalogueCodec.encode")
        received = self.layer.transmit(to_numpy(message.values), snr_db, frames)
        arrived = ReceivedSymbols(to_torch(received.values), to_torch(received.n0))
        none = np.zeros(len(received.values), dtype=np.int64)
        return Arrival(arrived, none, none, none, none)
