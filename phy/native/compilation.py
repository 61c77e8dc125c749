"""How kernels are compiled, and kept on disk."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import FunctionCache

kernel = njit(nogil=True)
"""Compiles a function that other kernels call."""


def named_after(*parameters: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put what a function closes over into its name, before it is compiled.

    Numba tells compiled functions apart by qualified name, types and a running number that starts
    anew with each process: of two functions made by one factory, each from its own process's cache
    on disk, one would be called for the other.
    """

    def rename(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__qualname__ += "".join(f"_{parameter}" for parameter in parameters)
        return function

    return rename


def _fingerprint() -> str:
    """Return a digest of all sources that kernels can be made of."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).resolve().parents[1].rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


_SOURCES = _fingerprint()


class _Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache on disk, which alone would not notice a change in another file's kernel."""

    def _index_key(self, signature: Any, codegen: Any) -> Any:
        return (*super()._index_key(signature, codegen), _SOURCES)

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        found = super().load_overload(signature, target_context)
        if found is None:
            _say_once("linksim: compiling kernels for this processor (once, about a minute)")
        return found


@lru_cache
def _say_once(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def cached_kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, once per processor; the code is kept on disk."""
    dispatcher = kernel(function)
    dispatcher._cache = _Cache(function)
    return dispatcher
