"""The finest rung of a ladder of qualities whose stream still fits, found with few encodings."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import numpy as np

Encode = Callable[[np.ndarray, int], bytes]
"""Makes a stream of a picture, uint8 ``[H, W, 3]``, at a rung; rung 0 is the finest."""

_KEPT_BYTES = 2**26  # of streams: the same picture is asked for at many budgets


class Ladder:
    """Streams of pictures over rungs of quality, of which those made last are kept.

    Args:
        encode: makes a stream.
        rungs: how many there are.
    """

    def __init__(self, encode: Encode, rungs: int) -> None:
        self._encode, self.rungs = encode, rungs
        self._streams: OrderedDict[tuple[bytes, int], bytes] = OrderedDict()
        self._kept, self._turn = 0, Lock()

    def best(self, picture: np.ndarray, digest: bytes, most: int, near: int | None = None) -> bytes:
        """Return the stream of the finest rung that has at most ``most`` bytes; empty if none has.

        Streams are taken to shrink from rung to rung. Where one of them does not, another that fits
        may be finer; what is returned always fits.

        Args:
            picture: uint8 ``[H, W, 3]``.
            digest: tells it from others.
            near: where the rung may lie, as a quicker encoder has it.
        """
        sizes = {rung: len(stream) for rung, stream in self._known(digest).items()}
        large = max((rung for rung, size in sizes.items() if size > most), default=-1)
        fits = [rung for rung, size in sizes.items() if size <= most and rung > large]
        small = min(fits, default=self.rungs)
        while small - large > 1:
            rung = self._next(large, small, sizes, most, near)
            sizes[rung] = len(self.stream(picture, digest, rung))
            large, small = (large, rung) if sizes[rung] <= most else (rung, small)
        return self.stream(picture, digest, small) if small < self.rungs else b""

    def stream(self, picture: np.ndarray, digest: bytes, rung: int) -> bytes:
        """Return the stream of a rung, from those that are kept if it was made before."""
        key = digest, rung
        with self._turn:
            if key in self._streams:
                self._streams.move_to_end(key)
                return self._streams[key]
        made = self._encode(picture, rung)
        with self._turn:
            self._kept += len(made) if key not in self._streams else 0
            self._streams[key] = made
            while self._kept > _KEPT_BYTES and len(self._streams) > 1:
                self._kept -= len(self._streams.popitem(last=False)[1])
        return made

    def rung(self, digest: bytes, stream: bytes) -> int | None:
        """Return the rung of a stream that is kept; None if none is."""
        return next((rung for rung, kept in self._known(digest).items() if kept == stream), None)

    def _next(
        self, large: int, small: int, sizes: dict[int, int], most: int, near: int | None
    ) -> int:
        """Return a rung between one that is too large and one that fits, where ``most`` may lie.

        Streams shrink about exponentially: between two that are known the logarithm of the size
        leads there. Where one is missing it is ``near`` and then ever longer steps away from it, or
        the middle.
        """
        if large >= 0 and small < self.rungs:
            high, low = math.log(sizes[large] or 1), math.log(sizes[small] or 1)
            share = (high - math.log(max(most, 1))) / max(high - low, 1e-9)
            rung = large + round(share * (small - large))
        elif near is None:
            rung = (large + small) // 2
        elif large < near < small:
            rung = near
        else:
            known = small if large < 0 else large
            step = 2 * abs(known - near) + 1
            rung = known - step if large < 0 else known + step
        return min(max(rung, large + 1), small - 1)

    def _known(self, digest: bytes) -> dict[int, bytes]:
        with self._turn:
            return {rung: s for (whose, rung), s in self._streams.items() if whose == digest}
