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

from linksim.source.refused import Refused

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
        Refused: if one is damaged.
        OSError: if one can't be read.
    """
    files = [stored_in_file(file) for file in sorted(folder.glob("*.safetensors"))]
    return Stored(sum(f.tensors for f in files), sum(f.weights for f in files))


def stored_in_file(file: Path) -> Stored:
    """Return how much a safetensors file holds.

    Raises:
        Refused: if its header is damaged, or promises more than the file has.
        OSError: if it can't be read.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if size < 8 or length > min(size - 8, _MOST_HEADER):
            raise Refused(f"{file.name} has no header of safetensors")
        content = opened.read(length)
    try:
        header = json.loads(content)
    except (ValueError, RecursionError):
        header = None
    tensors = header if isinstance(header, dict) else {"": None}
    counts = [
        _numbers(file, about, size - 8 - length)
        for name, about in tensors.items()
        if name != "__metadata__"
    ]
    if sum(counts) > 8 * (size - 8 - length):
        raise Refused(f"{file.name} holds tensors that lie over each other")
    return Stored(len(counts), sum(counts))


def _numbers(file: Path, about: Any, size: int) -> int:
    """Return how many numbers a tensor has, if its place in the file is as large as they are.

    Raises:
        Refused: if it is not, or the header says something else of it.
    """
    match about:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(begin), int(end)]}:
            if dtype in _BITS and all(isinstance(side, int) for side in shape):
                count = math.prod(shape)
                if 0 <= begin <= end <= size and 8 * (end - begin) == count * _BITS[dtype]:
                    return count
    raise Refused(f"{file.name} has a damaged header")
