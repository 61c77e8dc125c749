"""Kernels' sources, as a compiler takes them: a few constants, then files of this folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the ``.cuh`` files are; compilers look for what they include there."""

_INCLUDE = re.compile(r'^ *#include "(.*)"', re.MULTILINE)


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
        seen = "".join(f"{name} {_text_of(name)}" for name in sorted(_included(self.files)))
        return hashlib.sha256((seen + self.text).encode()).hexdigest()


def _included(files: Iterable[str]) -> set[str]:
    """Return files of this folder, and those that they include."""
    found, waiting = set[str](), list(files)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _INCLUDE.findall(_text_of(name))
    return found


@cache
def _text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def braced(numbers: object) -> str:
    """Return (nested) numbers as C++ initialises arrays with them."""
    if isinstance(numbers, (list, tuple)):
        return "{" + ",".join(braced(number) for number in numbers) + "}"
    return str(numbers)
