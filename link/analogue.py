"""A codec that makes its own symbols, and a channel, joined into one link."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksim.link.bridge import to_numpy, to_torch
from linksim.link.delivery import Accounting, Delivery
from linksim.phy import ChannelSpec
from linksim.phy.analogue import AnalogueLayer
from linksim.source import AnalogueCodec, ReceivedSymbols, Symbols


class AnalogueLink:
    """Sends pictures as symbols over a channel, without bits in between.

    Args:
        codec: makes the symbols.
        symbols: of one batch; all are of this shape.
        channel, seed: see `linksim.phy.analogue.AnalogueLayer`.

    Raises:
        ValueError: if the channel's pilots do not fit.
    """

    def __init__(
        self, codec: AnalogueCodec, symbols: Symbols, channel: ChannelSpec, seed: int = 0
    ) -> None:
        self.codec = codec
        self.layer = AnalogueLayer(int(symbols.values.shape[1]), channel, seed)

    @property
    def accounting(self) -> Accounting:
        """What one picture costs."""
        return Accounting(0, 0, 0, 0, self.layer.symbols, "analogue")

    def deliver(self, message: Symbols, snr_db: float, frames: Sequence[int]) -> Delivery:
        """Send pictures and decode what arrives; see `linksim.link.Connection.deliver`."""
        received = self.layer.transmit(to_numpy(message.values), snr_db, frames)
        arrived = ReceivedSymbols(to_torch(received.values), to_torch(received.n0))
        none = np.zeros(len(received.values), dtype=np.int64)
        return Delivery(self.codec.decode(arrived), none, none, none, none)
