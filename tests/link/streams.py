"""A codec so plain that what arrives of its streams can be foretold."""

from collections.abc import Sequence

import numpy as np
import torch

from linksim.source import ReceivedStreams, Streams, StreamsFormat, Unit

PARTS = ("header", "object", "background")


class ByteStreamCodec:
    """Sends bytes that hang on the picture's mean; brighter pictures have more and longer units.

    The picture received is black, with one grey pixel for each unit that arrived whole.
    """

    name, side, format = "byte-streams", 8, StreamsFormat(PARTS)
    received: ReceivedStreams

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Streams:
        means = [int(255 * mean) for mean in images.mean(dim=(1, 2, 3)).tolist()]
        return Streams(tuple(map(units_for, means)))

    def decode(self, received: ReceivedStreams) -> torch.Tensor:
        self.received = received
        images = torch.zeros(len(received.units), 3, self.side, self.side)
        for image, units in zip(images, received.units, strict=True):
            image.view(3, -1)[:, : sum(unit.complete for unit in units.values())] = 0.5
        return images


def units_for(number: int) -> tuple[Unit, ...]:
    """Return units that depend on a number from 0 to 255 alone: a header, objects, a background."""
    rng = np.random.default_rng(number)
    lengths = [9, *rng.integers(3, 60 + number, size=number % 5), 40 + 2 * number]
    parts = ["header", *["object"] * (len(lengths) - 2), "background"]
    return tuple(Unit(p, rng.bytes(int(n))) for p, n in zip(parts, lengths, strict=True))


def streams(count: int) -> Streams:
    """Return the streams of pictures 0, 1, …"""
    return Streams(tuple(units_for(7 * n % 256) for n in range(count)))
