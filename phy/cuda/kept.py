"""Compiled kernels on disk, as those of the native engine are kept.

A file is read only where nobody else can have written it, and passed over if it is damaged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from linksim.phy.cuda.source import FOLDER
from linksim.phy.kernels.kernel_cache import keep, kept

_DIGEST_BYTES = 32
_KEPT_FOR = FOLDER / "base.cuh"


def compiled_once(
    parts: tuple[object, ...], suffix: str, compile_now: Callable[[], bytes]
) -> bytes:
    """Return compiled code from disk, or compile and keep it.

    Args:
        parts: all that the code depends on.
        suffix: of its file's name.
        compile_now: makes it; what it raises comes through.
    """
    key = hashlib.sha256(repr(parts).encode()).digest()
    name = f"{key.hex()[:32]}.{suffix}"
    for content in kept(_KEPT_FOR, name):
        told, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(key + code).digest() == told:
            return code
    code = compile_now()
    keep(_KEPT_FOR, name, hashlib.sha256(key + code).digest() + code)
    return code
