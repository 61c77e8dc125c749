"""How kernels are compiled, and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import config

from linksim.phy.kernels.kernel_cache import KernelCache, sources_digest

if config.DISABLE_JIT:
    raise RuntimeError("NUMBA_DISABLE_JIT: linksim's kernels run compiled alone; unset it")

kernel = njit(nogil=True)
"""Compiles a function that other kernels call."""

_SOURCES = sources_digest(Path(__file__).resolve().parents[1])


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


def cached_kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, once per processor; the code is kept on disk."""
    dispatcher = kernel(function)
    dispatcher._cache = KernelCache(function, _SOURCES)
    return dispatcher
