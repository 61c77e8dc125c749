"""A codec and a physical layer, joined into one link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch

from linksim.link.analogue import AnalogueLink
from linksim.link.bridge import to_numpy
from linksim.link.delivery import Accounting, Connection, Delivery
from linksim.link.framing import deframe, frame
from linksim.link.protection import split
from linksim.phy import PhysicalLayer, PhySpec
from linksim.source import AnalogueCodec, Codec, Message, Received, SoftCodec, Symbols

_SEEDS_APART = 2**48  # parts of one picture meet draws of their own


class Link:
    """Sends pictures with a codec over a physical layer, or over one for each part of a message.

    Args:
        codec: the source codec.
        message: one of its messages; all are of this shape.
        spec, seed, engine, threads: of the physical layer, see `linksim.phy.PhysicalLayer`. With
            ``spec.rates``, each part of the message that they name gets its own.
        soft: whether the codec decodes LLRs in place of decided bits.

    Raises:
        ValueError: if the physical layer cannot carry such messages, the message has no such parts,
            or the codec cannot decode LLRs.
        RuntimeError: if what the engine needs is not installed.
    """

    def __init__(
        self,
        codec: Codec,
        message: Message,
        spec: PhySpec,
        seed: int = 0,
        engine: str = "auto",
        threads: int = 0,
        soft: bool = False,
    ) -> None:
        self.codec, self._decode = codec, codec.decode
        if soft:
            if not isinstance(codec, SoftCodec):
                raise ValueError(f"soft: {codec.name} knows decided bits only; use hard")
            self._decode = codec.decode_soft
        self._runs, self.layers = [], []
        for number, (run, own) in enumerate(split(message, spec)):
            seed_of_part = (seed + number * _SEEDS_APART) % 2**64
            bits = (run.stop - run.start) * message.width
            self._runs.append(run)
            self.layers.append(PhysicalLayer(bits, own, seed_of_part, engine, threads))

    @property
    def accounting(self) -> Accounting:
        """What one picture costs."""
        plans = [layer.segmentation for layer in self.layers]
        return Accounting(
            bits=sum(plan.message_bits for plan in plans),
            indices=self._runs[-1].stop,
            blocks=sum(plan.blocks for plan in plans),
            coded_bits=sum(plan.blocks * plan.coded_bits for plan in plans),
            symbols=sum(layer.symbols for layer in self.layers),
            engine=self.layers[0].engine,
        )

    def deliver(self, message: Message, snr_db: float, frames: Sequence[int]) -> Delivery:
        """Send encoded pictures and decode what arrives; see `Connection.deliver`."""
        receptions, arrived = [], []
        for run, layer in zip(self._runs, self.layers, strict=True):
            part = Message(message.values[:, run], message.width)
            receptions.append(layer.transmit(frame(part), snr_db, frames))
            payload = layer.segmentation.payload_bits
            arrived.append(deframe(receptions[-1], message.width, payload))
        received = Received(
            torch.cat([part.values for part in arrived], dim=1),
            message.width,
            torch.cat([part.erased for part in arrived], dim=1),
            torch.cat([part.llr for part in arrived], dim=1),
        )
        wrong = to_numpy(received.values) != to_numpy(message.values)
        return Delivery(
            images=self._decode(received),
            index_errors=wrong.sum(axis=1),
            bit_errors=np.sum([r.bit_errors for r in receptions], axis=0),
            block_errors=np.sum([r.block_errors for r in receptions], axis=0),
            raw_errors=np.sum([r.raw_errors for r in receptions], axis=0),
        )


def connect(
    codec: Codec | AnalogueCodec,
    message: Message | Symbols,
    spec: PhySpec,
    seed: int = 0,
    engine: str = "auto",
    threads: int = 0,
    soft: bool = False,
) -> Connection:
    """Return the link for a codec: over the whole physical layer, or its channel alone.

    Args:
        message: one of the codec's messages, which tells the kind of link. For `Symbols` the code,
            the modulation, the demapper, engine, threads and soft play no part.

    Other arguments and what is raised are those of `Link` and `AnalogueLink`.
    """
    if isinstance(message, Symbols):
        return AnalogueLink(cast(AnalogueCodec, codec), message, spec.channel, seed)
    return Link(cast(Codec, codec), message, spec, seed, engine, threads, soft)
