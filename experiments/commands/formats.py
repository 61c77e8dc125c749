"""Formats of figures, as a file's name says them."""

from __future__ import annotations

from pathlib import Path

from linksim.experiments.faults import Fault

FORMATS = ("pdf", "png", "svg")


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
