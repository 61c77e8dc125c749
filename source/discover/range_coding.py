"""Whole numbers of normal distributions to bytes and back, by constriction's range coder.

Both sides take the standard deviations from one table, by places that were computed exactly; see
`linksim.source.discover.exact`.
"""

from __future__ import annotations

import constriction
import numpy as np
import torch

from linksim.source.discover.entropy_model import MOST, information, scale_table

_SCALES = scale_table()
_TABLE = _SCALES.numpy()
_MODEL = constriction.stream.model.QuantizedGaussian(-MOST, MOST)
_WORD = 4  # bytes of the coder's words
_SLACK = 2 * _WORD  # bytes within which the coder's state may reach ahead


def encode(numbers: np.ndarray, places: np.ndarray) -> bytes:
    """Return the shortest bytes that `Reader` reads as these numbers.

    Args:
        numbers: int32 ``[n]``, at most `MOST` in size.
        places: of their standard deviations in the table, int ``[n]``.
    """
    if not len(numbers):
        return b""
    coder = constriction.stream.queue.RangeEncoder()
    coder.encode(numbers, _MODEL, np.zeros(len(numbers)), _TABLE[places])
    whole: bytes = coder.get_compressed().astype(">u4").tobytes()
    return _shortest(whole, *coder.pos())


class Reader:
    """Reads numbers from bytes that may be cut short or damaged.

    Args:
        data: from `encode`, or the beginning of it.
        complete: whether it is all of it. If not, reading stops before the first number that the
            missing bytes could have a say in.
    """

    def __init__(self, data: bytes, complete: bool = True) -> None:
        padded = data + bytes(-len(data) % _WORD + 2 * _SLACK)
        words = np.frombuffer(padded, dtype=">u4").astype(np.uint32)
        self._coder = constriction.stream.queue.RangeDecoder(words)
        self._bits_left = np.inf if complete else 8.0 * (len(data) - _SLACK)
        self.ended = False

    def read(self, places: np.ndarray) -> np.ndarray:
        """Return the next numbers, int32 ``[n]``; zeros from where reading had to stop.

        Args:
            places: of their standard deviations in the table, int ``[n]``.
        """
        if self.ended or not len(places):
            return np.zeros(len(places), dtype=np.int32)
        try:
            read = self._coder.decode(_MODEL, np.zeros(len(places)), _TABLE[places])
        except AssertionError:  # bytes that no encoder makes
            self.ended = True
            return np.zeros(len(places), dtype=np.int32)
        numbers = np.asarray(read, dtype=np.int32)
        if np.isfinite(self._bits_left):
            spent = np.cumsum(_cost(numbers, places))
            sure = spent <= self._bits_left
            self.ended = not sure.all()
            self._bits_left -= float(spent[-1])
            numbers = np.where(np.logical_and.accumulate(sure), numbers, 0)
        return numbers


def _cost(numbers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the bits of each number, float64 ``[n]``."""
    distance, where = (torch.from_numpy(values).double() for values in (numbers, places))
    bits: np.ndarray = information(distance, where, _SCALES).numpy()
    return bits


def _shortest(whole: bytes, words: int, interval: tuple[int, int]) -> bytes:
    """Return the fewest bytes that read as ``whole`` does, zeros taken for what is missing.

    Args:
        whole: what the coder ends with, in whole words.
        words, interval: its `pos`: all numbers of so many words and two more read the same from
            the one that ends in ``interval[0]`` on, ``interval[1]`` of them.
    """
    size = max(_WORD * (words + 2), len(whole))
    chosen = int.from_bytes(whole.ljust(size, b"\0"), "big")
    least = chosen - (chosen - interval[0]) % (1 << 64)
    for length in range(max(len(whole) - 2 * _SLACK, 0), len(whole)):
        step = 1 << 8 * (size - length)
        for candidate in (chosen // step * step, (chosen // step + 1) * step):
            if least <= candidate < min(least + interval[1], 1 << 8 * size):
                return candidate.to_bytes(size, "big").rstrip(b"\0")
    return whole.rstrip(b"\0")
