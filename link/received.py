"""Batches put together from single pictures of what arrived."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from linksim.source import AnyReceived, Received, ReceivedStreams, ReceivedSymbols


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
