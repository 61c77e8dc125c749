"""What safetensors files say they hold, read from their headers alone.

A header is a length of eight bytes, little endian, and so many bytes of JSON: for each tensor its
``dtype``, ``shape`` and ``data_offsets`` in what follows (the format of safetensors).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MOST_HEADER = 1 << 23  # bytes; a tensor takes about a hundred
_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "I8", "U8", "BOOL"), 8),
}


@dataclass(frozen=True)
class Stored:
    """How much some files hold.

    Attributes:
        tensors: how many tensors.
        weights: how many numbers in them.
    """

    tensors: int
    weights: int


def stored_in(folder: Path) -> Stored:
    """Return how much the safetensors files of a folder hold.

    Raises:
        ValueError: if one is damaged.
        OSError: if one can't be read.
    """
    files = [stored_in_file(file) for file in sorted(folder.glob("*.safetensors"))]
    return Stored(sum(f.tensors for f in files), sum(f.weights for f in files))


def stored_in_file(file: Path) -> Stored:
    """Return how much a safetensors file holds.

    Raises:
        ValueError: if its header is damaged, or promises more than the file has.
        OSError: if it can't be read.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if size < 8 or length > min(size - 8, _MOST_HEADER):
            raise ValueError(f"{file.name} has no header of safetensors")
        content = opened.read(length)
    try:
        header = json.loads(content)
        header.pop("__metadata__", None)
        counts = [_numbers(about, size - 8 - length) for about in header.values()]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{file.name} has a damaged header") from None
    if sum(counts) > 8 * (size - 8 - length):
        raise ValueError(f"{file.name} holds tensors that lie over each other")
    return Stored(len(counts), sum(counts))


def _numbers(about: Any, size: int) -> int:
    """Return how many numbers a tensor has, if its place in the file is as large as they are."""
    begin, end = about["data_offsets"]
    count: int = math.prod(about["shape"])
    if not 0 <= begin <= end <= size or 8 * (end - begin) != count * _BITS[about["dtype"]]:
        raise ValueError
    return count
