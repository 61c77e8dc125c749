"""A codec and a physical layer, joined into one link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from linksim.link.analogue import AnalogueLink
from linksim.link.bridge import to_numpy
from linksim.link.delivery import Accounting, Connection, Delivery
from linksim.link.framing import deframe, frame
from linksim.phy import PhysicalLayer, PhySpec, Segmentation
from linksim.source import AnalogueCodec, Codec, Message, SoftCodec, Symbols


class Link:
    """Sends pictures with a codec over a physical layer.

    Args:
        codec: the source codec.
        message: one of its messages; all are of this shape.
        spec, seed, engine, threads: of the physical layer, see `linksim.phy.PhysicalLayer`.
        soft: whether the codec decodes LLRs in place of decided bits.

    Raises:
        ValueError: if the physical layer cannot carry such messages, or the codec cannot
            decode LLRs.
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
        self.indices = int(message.values.shape[1])
        self.physical = PhysicalLayer(message.bits, spec, seed, engine, threads)

    @property
    def segmentation(self) -> Segmentation:
        """How each picture's message is cut into code blocks."""
        return self.physical.segmentation

    @property
    def accounting(self) -> Accounting:
        """What one picture costs."""
        plan = self.segmentation
        return Accounting(
            plan.message_bits,
            self.indices,
            plan.blocks,
            plan.blocks * plan.coded_bits,
            self.physical.symbols,
            self.physical.engine,
        )

    def deliver(self, message: Message, snr_db: float, frames: Sequence[int]) -> Delivery:
        """Send encoded pictures and decode what arrives; see `Connection.deliver`."""
        reception = self.physical.transmit(frame(message), snr_db, frames)
        received = deframe(reception, message.width, self.segmentation.payload_bits)
        wrong = to_numpy(received.values) != to_numpy(message.values)
        return Delivery(
            images=self._decode(received),
            index_errors=wrong.sum(axis=1),
            bit_errors=reception.bit_errors,
            block_errors=reception.block_errors,
            raw_errors=reception.raw_errors,
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
