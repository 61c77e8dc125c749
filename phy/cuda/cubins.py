"""A GPU's code: compiled once per source, architecture and compiler."""

from __future__ import annotations

import sys

from linksim.phy.cuda.kept import compiled_once
from linksim.phy.cuda.source import Source
from linksim.phy.cuda.toolkit import compile_source, toolkit_version


def cubin(source: Source, architecture: str) -> bytes:
    """Return a source compiled for an architecture, from disk if it was compiled before.

    Raises:
        linksim.phy.cuda.toolkit.Unavailable: if it is to be compiled and nothing can.
    """

    def compile_now() -> bytes:
        what = ", ".join(source.files)
        print(f"linksim: compiling {what} for {architecture} (once, seconds)", file=sys.stderr)
        return compile_source(source, architecture).cubin

    return compiled_once((source.digest, architecture, toolkit_version()), "cubin", compile_now)
