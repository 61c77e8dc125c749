"""Compiled kernels on disk: once per source, architecture and compiler.

A cubin is read only where nobody else can have written it, as kernels of the native engine are.
"""

from __future__ import annotations

import hashlib
import sys

from linksim.phy.cuda.source import FOLDER, Source
from linksim.phy.cuda.toolkit import compile_source, toolkit_version
from linksim.phy.kernels.kernel_cache import keep, kept

_DIGEST_BYTES = 32
_KEPT_FOR = FOLDER / "base.cuh"


def cubin(source: Source, architecture: str) -> bytes:
    """Return a source compiled for an architecture, from disk if it was compiled before.

    Raises:
        linksim.phy.cuda.toolkit.Unavailable: if it is to be compiled and nothing can.
    """
    parts = source.digest, architecture, toolkit_version()
    key = hashlib.sha256(repr(parts).encode()).digest()
    name = f"{key.hex()[:32]}.cubin"
    for content in kept(_KEPT_FOR, name):
        told, code = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(key + code).digest() == told:
            return code
    what = ", ".join(source.files)
    print(f"linksim: compiling {what} for {architecture} (once, seconds)", file=sys.stderr)
    code = compile_source(source, architecture).cubin
    keep(_KEPT_FOR, name, hashlib.sha256(key + code).digest() + code)
    return code
