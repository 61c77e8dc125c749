"""Where a call's files go."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_for(out: str | Path | None) -> Iterator[Path]:
    """Yield the folder that was asked for, or one that is gone afterwards."""
    if out is not None:
        yield Path(out)
        return
    with tempfile.TemporaryDirectory(prefix="linksim-") as folder:
        yield Path(folder)
