"""Kernels' sources, as a compiler takes them: a few constants, then files of this folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the ``.cuh`` files are; compilers look for what they include there."""


@dataclass(frozen=True)
class Source:
    """One translation unit.

    Attributes:
        files: of this folder, in order.
        constants: macros that they are compiled for, by name.
        kernels: names of the kernels that are in them.
    """

    files: tuple[str, ...]
    constants: Mapping[str, object]
    kernels: tuple[str, ...]

    @property
    def text(self) -> str:
        """The unit: definitions, then includes."""
        defined = [f"#define {name} {value}" for name, value in self.constants.items()]
        return "\n".join([*defined, *(f'#include "{file}"' for file in self.files), ""])

    @property
    def digest(self) -> str:
        """A digest of all that a compiler sees of linksim."""
        return hashlib.sha256((_files_digest() + self.text).encode()).hexdigest()


@cache
def _files_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.*h")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def braced(numbers: object) -> str:
    """Return (nested) numbers as C++ initialises arrays with them."""
    if isinstance(numbers, (list, tuple)):
        return "{" + ",".join(braced(number) for number in numbers) + "}"
    return str(numbers)
