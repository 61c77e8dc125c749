"""Calls of libraries on files from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from linksim.source.refused import Refused


@contextmanager
def foreign() -> Iterator[None]:
    """Let what a library raises say of the files, or settings, that it was called on.

    It stands around the library's call alone: whatever else is raised is a bug, and stays one.

    Raises:
        Refused: in place of what the library raises, which is its cause.
        OSError: as it was, with the file's name.
    """
    try:
        yield
    except (Refused, OSError):
        raise
    except Exception as error:  # libraries raise all kinds on what files say
        raise Refused(" ".join(str(error).split())) from error
