"""What Python hands to compiled code, checked first: kernels see bare pointers.

Wrong types are a `TypeError`, wrong shapes and values a `ValueError`; either says what to give.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from numbers import Real
from typing import Any, TypeVar

import numpy as np

Kind = TypeVar("Kind")

_MOST_FRAMES = 2**64  # numbers of frames, and seeds
_LOUDEST = 200.0  # dB; beyond it float32 cannot hold the noise's variance


def instance_of(kind: type[Kind], value: Any, name: str, remedy: str) -> Kind:
    """Return a value that is of this kind.

    Args:
        kind: the class.
        value: whatever was given.
        name: of the argument.
        remedy: how to make one, in code.

    Raises:
        TypeError: if it is of another kind.
    """
    if not isinstance(value, kind):
        raise TypeError(
            f"{name}: give a {kind.__name__}, as {remedy} makes one, not {_described(value)}"
        )
    return value


def whole_number(value: Any, name: str, low: int = 0, high: int | None = None) -> int:
    """Return an integer of any kind (NumPy's too) from ``low`` to ``high`` as Python's own.

    Raises:
        TypeError: if it is none.
        ValueError: if it is out of range.

    >>> whole_number(np.uint8(3), "width", 1, 32)
    3
    """
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: give a whole number, not {_described(value)}") from None
    if number < low or (high is not None and number > high):
        least = f"{low} or more" if high is None else f"{low} to {high}"
        raise ValueError(f"{name} {number}: give {least}")
    return number


def decibels(value: Any) -> float:
    """Return an SNR in dB.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is not finite, or beyond ±200 dB.
    """
    if not isinstance(value, Real):
        raise TypeError(f"snr_db: give a number, not {_described(value)}")
    number = float(value)
    if not (math.isfinite(number) and abs(number) <= _LOUDEST):
        raise ValueError(f"snr_db {number}: give {-_LOUDEST:g} to {_LOUDEST:g} dB")
    return number


def seed_number(seed: Any) -> int:
    """Return a seed, 0 to 2**64 − 1."""
    return whole_number(seed, "seed", 0, _MOST_FRAMES - 1)


def frame_numbers(frames: Any, rows: int | None = None) -> np.ndarray:
    """Return numbers of frames, uint64 ``[F]``.

    Args:
        frames: integers from 0 to 2**64 − 1; None for 0 … ``rows`` − 1.
        rows: how many there must be; None for any number.

    Raises:
        TypeError: if they are no integers.
        ValueError: if they are out of range, or not one for each row.
    """
    if frames is None and rows is not None:
        return np.arange(rows, dtype=np.uint64)
    numbers = _as_uint64(frames)
    if rows is not None and len(numbers) != rows:
        raise ValueError(f"frames: {len(numbers)} numbers for {rows} rows; give one for each")
    return numbers


def bit_rows(bits: Any, name: str, columns: int | None = None) -> np.ndarray:
    """Return rows of bits, uint8 ``[B, columns]``, without gaps in memory.

    Args:
        bits: zeros and ones, bool or any integer dtype, in any layout.
        name: of the argument.
        columns: bits of a row; None for any number.

    Raises:
        TypeError: if they are no integers.
        ValueError: if they are not rows of this length, or other numbers than 0 and 1.
    """
    rows = rows_of(bits, name, "bui", columns)
    zeros_and_ones(rows, name)
    return np.ascontiguousarray(rows, dtype=np.uint8)


def zeros_and_ones(bits: np.ndarray, name: str) -> None:
    """Make sure that integers are bits.

    Raises:
        ValueError: if one is neither 0 nor 1.
    """
    if bits.dtype.kind == "b" or not bits.size:
        return
    # One pass over bytes, which costs a thousandth of sending them; others need both ends.
    if bits.max() > 1 or (bits.dtype.kind == "i" and bits.min() < 0):
        raise ValueError(f"{name}: bits are 0 or 1")


def rows_of(values: Any, name: str, kinds: str, columns: int | None = None) -> np.ndarray:
    """Return an array of two dimensions, ``[B, columns]``.

    Args:
        values: whatever was given.
        name: of the argument.
        kinds: NumPy's letters of the kinds of dtypes that it may have.
        columns: values of a row; None for any number.

    Raises:
        TypeError: for another dtype.
        ValueError: for another shape.
    """
    array = as_array(values, name, kinds)
    if array.ndim != 2 or columns not in (None, array.shape[1]):
        wanted = "B rows" if columns is None else f"B rows of {columns}"
        raise ValueError(f"{name}: has the shape {array.shape}; give {wanted}")
    return array


_KINDS = {"b": "bool", "u": "integers", "i": "integers", "f": "real", "c": "complex"}


def as_array(values: Any, name: str, kinds: str) -> np.ndarray:
    """Return an array of one of these kinds of dtypes; see `rows_of`.

    Raises:
        TypeError: for another dtype.
        ValueError: if rows are of different lengths.
    """
    array = np.asarray(values)
    if array.dtype.kind not in kinds:
        wanted = " or ".join(dict.fromkeys(_KINDS[kind] for kind in kinds))
        raise TypeError(f"{name}: give an array of {wanted}, not of {array.dtype}")
    return array


def _as_uint64(frames: Any) -> np.ndarray:
    if isinstance(frames, range) and all(0 <= end < 2**63 for end in (*frames[:1], *frames[-1:])):
        return np.arange(frames.start, frames.stop, frames.step).astype(np.uint64)
    if isinstance(frames, np.ndarray):
        numbers = as_array(frames, "frames", "ui")
        if numbers.ndim != 1:
            raise ValueError(f"frames: has the shape {numbers.shape}; give one dimension")
        if numbers.size and numbers.min() < 0:
            raise ValueError("frames: numbers of frames are 0 or more")
        return numbers.astype(np.uint64)
    if not isinstance(frames, Sequence) or isinstance(frames, (str, bytes)):
        raise TypeError(f"frames: give a sequence of whole numbers, not {_described(frames)}")
    return np.array(
        [whole_number(frame, "frames", 0, _MOST_FRAMES - 1) for frame in frames], dtype=np.uint64
    )


def _described(value: Any) -> str:
    """Return what a value is, in short; a text is shown."""
    return repr(value[:40]) if isinstance(value, str) else type(value).__name__
