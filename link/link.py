"""A codec and a physical layer, joined into one link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from linksim.link.bridge import to_numpy
from linksim.link.framing import deframe, frame
from linksim.phy import PhysicalLayer, PhySpec, Segmentation
from linksim.source import Codec, Message


@dataclass(frozen=True)
class Delivery:
    """What the receiver of B pictures has, and the true counts of what went wrong on the way.

    Attributes:
        images: float32 ``[B, 3, H, W]`` in 0..1.
        index_errors: wrong indices (or bytes), int64 ``[B]``.
        bit_errors, block_errors, raw_errors: as in `linksim.phy.Reception`.
    """

    images: torch.Tensor
    index_errors: np.ndarray
    bit_errors: np.ndarray
    block_errors: np.ndarray
    raw_errors: np.ndarray


class Link:
    """Sends pictures with a codec over a physical layer.

    Args:
        codec: the source codec.
        message: one of its messages; all are of this shape.
        spec, seed, engine, threads: of the physical layer, see `linksim.phy.PhysicalLayer`.

    Raises:
        ValueError: if the physical layer cannot carry such messages.
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
    ) -> None:
        self.codec = codec
        self.indices = int(message.values.shape[1])
        self.physical = PhysicalLayer(message.bits, spec, seed, engine, threads)

    @property
    def segmentation(self) -> Segmentation:
        """How each picture's message is cut into code blocks."""
        return self.physical.segmentation

    def deliver(self, message: Message, snr_db: float, frames: Sequence[int]) -> Delivery:
        """Send encoded pictures and decode what arrives.

        Args:
            message: of B pictures.
            snr_db: Es/N0 in dB.
            frames: the pictures' numbers, which decide the noise that they meet.
        """
        reception = self.physical.transmit(frame(message), snr_db, frames)
        received = deframe(reception, message.width, self.segmentation.payload_bits)
        wrong = to_numpy(received.values) != to_numpy(message.values)
        return Delivery(
            images=self.codec.decode(received),
            index_errors=wrong.sum(axis=1),
            bit_errors=reception.bit_errors,
            block_errors=reception.block_errors,
            raw_errors=reception.raw_errors,
        )
