"""Errors put straight into a codec's messages, in place of a physical layer that makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch

from linksim.link.bridge import to_numpy, to_torch
from linksim.link.delivery import Accounting, Arrival, Connection
from linksim.phy import unpack_bits
from linksim.phy.checks import frame_numbers, instance_of, seed_number
from linksim.phy.refused import Refused
from linksim.source import (
    AnyCodec,
    AnyReceived,
    Message,
    Received,
    ReceivedStreams,
    ReceivedUnit,
    Streams,
    SymbolsFormat,
    Unit,
)

ERROR_KINDS = ("index", "bit")
"""What goes wrong by itself: whole indices (or bytes), or single bits."""

_BYTE = 8
_LEAST = 1e-9  # of a bit's error probability, so that LLRs stay finite


class Injection(Connection):
    """Decodes a codec's messages with errors in them: a `linksim.link.Connection` without a link.

    Where others take an SNR it takes a probability p. With kind ``index`` each index is replaced by
    another one, all others alike, with probability p; with ``bit`` each bit is flipped. The
    receiver is told nothing: no index counts as erased, and every unit of a stream as complete.

    Draws are Philox4x64's of (seed, kind, picture's number, p): nothing else changes them.

    Args:
        codec: whose messages.
        kind: one of `ERROR_KINDS`.
        seed: below 2**64.

    Raises:
        ValueError: for a seed out of range.
        Refused: for a kind that there is not, or a codec that makes symbols.
    """

    engine = "injection"
    information_bits_per_symbol = None

    def __init__(self, codec: AnyCodec, kind: str, seed: int) -> None:
        if kind not in ERROR_KINDS:
            raise Refused("kind", f"unknown; one of {', '.join(ERROR_KINDS)}", kind)
        if isinstance(codec.format, SymbolsFormat):
            problem = "makes channel symbols by itself: there are no indices to go wrong"
            raise Refused("codec", problem, codec.name)
        self.codec, self._kind, self._seed = codec, ERROR_KINDS.index(kind), seed_number(seed)

    def account(self, message: Message | Streams) -> Accounting:
        """Return bits and indices of pictures; they take no symbols."""
        numbers, width = _numbers(message)
        indices = np.array([len(row) for row in numbers], dtype=np.int64)
        nothing = np.zeros_like(indices)
        units = [len(u) for u in message.units] if isinstance(message, Streams) else nothing
        return Accounting(
            indices * width, indices, nothing, nothing, nothing, np.asarray(units, dtype=np.int64)
        )

    def decode(self, received: AnyReceived) -> torch.Tensor:
        """Let the codec decode; see `linksim.link.Connection.decode`."""
        images: torch.Tensor = cast(Any, self.codec).decode(received)
        return images

    def send(
        self, message: Message | Streams, probability: float, frames: Sequence[int]
    ) -> Arrival:
        """Put errors into what the codec encoded.

        Args:
            message: of B pictures.
            probability: p, from 0 to 1.
            frames: the pictures' numbers.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if p is no probability, or there is not one frame's number for each picture.
        """
        if not 0 <= probability <= 1:
            raise ValueError(f"{probability}: no probability")
        numbers, width = _numbers(message)
        masks = [
            self._wrong(row, width, probability, int(frame))
            for row, frame in zip(numbers, frame_numbers(frames, len(numbers)), strict=True)
        ]
        damaged = [row ^ mask for row, mask in zip(numbers, masks, strict=True)]
        if isinstance(message, Streams):
            received: AnyReceived = _as_streams(message, damaged)
        else:
            received = self._as_message(damaged, width, probability)
        none = np.zeros(len(masks), dtype=np.int64)
        return Arrival(
            received,
            index_errors=np.array([np.count_nonzero(mask) for mask in masks], dtype=np.int64),
            bit_errors=np.array([np.bitwise_count(m).sum() for m in masks], dtype=np.int64),
            block_errors=none,
            raw_errors=none,
        )

    def _wrong(self, row: np.ndarray, width: int, probability: float, frame: int) -> np.ndarray:
        """Return which bits of each number are to be flipped, as numbers, int64 ``[count]``."""
        counter = [0, frame, int(np.float64(probability).view(np.uint64)), 0]
        draws = np.random.Generator(
            np.random.Philox(
                key=np.array([self._seed, self._kind], dtype=np.uint64),
                counter=np.array(counter, dtype=np.uint64),
            )
        )
        if ERROR_KINDS[self._kind] == "index":
            # To flip any but no bits at all makes each other number as likely as the next.
            other = draws.integers(1, 1 << width, size=len(row))
            return np.where(draws.random(len(row)) < probability, other, 0)
        flipped = draws.random((len(row), width)) < probability
        return flipped @ (1 << np.arange(width - 1, -1, -1))

    def _as_message(self, rows: list[np.ndarray], width: int, probability: float) -> Received:
        values = np.stack(rows)
        wrong = probability
        if ERROR_KINDS[self._kind] == "index":
            wrong *= 2 ** (width - 1) / (2**width - 1)
        wrong = min(max(wrong, _LEAST), 1 - _LEAST)
        bits = unpack_bits(values, width).reshape(*values.shape, width)
        llr = np.where(bits, 1.0, -1.0) * np.log((1 - wrong) / wrong)
        return Received(
            to_torch(values),
            width,
            torch.zeros(values.shape, dtype=torch.bool),
            to_torch(llr.astype(np.float32)),
        )


def _numbers(message: Message | Streams) -> tuple[list[np.ndarray], int]:
    """Return the numbers of each picture, int64 ``[count]``, and the bits of one."""
    if isinstance(message, Message):
        return list(to_numpy(message.values)), message.width
    instance_of(Streams, message, "message", "StreamCodec.encode")
    joined = [b"".join(unit.data for unit in units) for units in message.units]
    return [np.frombuffer(data, dtype=np.uint8).astype(np.int64) for data in joined], _BYTE


def _as_streams(sent: Streams, rows: list[np.ndarray]) -> ReceivedStreams:
    pairs = zip(sent.units, rows, strict=True)
    return ReceivedStreams(tuple(_units(units, row.astype(np.uint8)) for units, row in pairs))


def _units(sent: Sequence[Unit], row: np.ndarray) -> dict[int, ReceivedUnit]:
    """Cut a picture's bytes into units again."""
    pieces = np.split(row, np.cumsum([len(unit.data) for unit in sent])[:-1])
    return {place: ReceivedUnit(piece.tobytes(), True) for place, piece in enumerate(pieces)}
