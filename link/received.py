"""Single pictures of what arrived: what tells two apart, and batches put together from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch

from linksim.link.bridge import to_numpy
from linksim.source import AnyReceived, Received, ReceivedStreams, ReceivedSymbols

_DIGEST_BYTES = 16


def digest_of(received: AnyReceived, row: int, soft: bool = False) -> bytes:
    """Return a digest of all that a decoder may read of one picture, 16 bytes.

    Args:
        received: what arrived of B pictures.
        row: which of them, from 0 to B − 1.
        soft: whether LLRs are decoded in place of decided numbers.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    if isinstance(received, ReceivedStreams):
        for place, unit in sorted(received.units[row].items()):
            digest.update(f"{place} {unit.complete} {len(unit.data)} ".encode() + unit.data)
    else:
        for tensor in _read(received, soft):
            digest.update(to_numpy(tensor[row]).tobytes())
    return digest.digest()


def _read(received: Received | ReceivedSymbols, soft: bool) -> tuple[torch.Tensor, ...]:
    if isinstance(received, ReceivedSymbols):
        return received.values, received.n0
    return (received.llr,) if soft else (received.values, received.erased)


def put_together(rows: Sequence[tuple[AnyReceived, int]]) -> AnyReceived:
    """Return a batch whose pictures come from several receptions of one codec.

    Args:
        rows: for each picture, in which reception it is, and its place there.
    """
    first, _ = rows[0]
    if isinstance(first, ReceivedStreams):
        return ReceivedStreams(tuple(received.units[row] for received, row in rows))  # type: ignore[union-attr]
    names = ("values", "n0") if isinstance(first, ReceivedSymbols) else ("values", "erased", "llr")
    joined = {
        name: torch.stack([getattr(received, name)[row] for received, row in rows])
        for name in names
    }
    if isinstance(first, ReceivedSymbols):
        return ReceivedSymbols(**joined)
    return Received(width=first.width, **joined)
