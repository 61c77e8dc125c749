"""What ``-o`` may name: formats as a file's name says them, and never what is read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from linksim.experiments.faults import Fault

FORMATS = ("pdf", "png", "svg")
_HDF5 = b"\x89HDF\r\n\x1a\n"  # how such a file begins


def format_of(out: Path, given: str | None = None) -> str:
    """Return one of `FORMATS` for a figure that ``-o`` names.

    Args:
        given: by ``--format``, where a command has it.

    Raises:
        Fault: if none follows, or the two disagree.
    """
    named = out.suffix[1:].lower()
    if given is None and named not in FORMATS:
        raise Fault(f"-o {out}: ends in no format; end it in .pdf, .png or .svg")
    if given is not None and named in FORMATS and named != given:
        raise Fault(f"--format {given}: but -o {out} ends in .{named}; make them agree")
    return given or named


def check_output(out: Path, read: Iterable[Path]) -> None:
    """Check that a command whose output is no HDF5 file writes over none.

    Args:
        out: named by ``-o``.
        read: the files that the command reads.

    Raises:
        Fault: if it is a file that is read, or any results.
    """
    if not out.is_file():
        return
    if any(file.exists() and out.samefile(file) for file in read):
        raise Fault(f"-o {out}: is what is read; give another name")
    with out.open("rb") as opened:
        if opened.read(len(_HDF5)) == _HDF5:
            raise Fault(f"-o {out}: holds results, which would be lost; give another name")
