"""The journal of a run: a small file for each finished piece of work.

A part is written under a temporary name, synced and renamed, so that a kill at any moment leaves
whole parts only. The final file is made from all parts at the end, in the same way.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np

from linksim.experiments.configuration import Configuration
from linksim.experiments.faults import Fault

_CONFIGURATION = "configuration.json"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the machine stops."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class Parts:
    """The parts of one run, in a folder of their own that belongs to one configuration.

    Raises:
        Fault: if the folder holds parts of another configuration, or of any when not resuming.
    """

    def __init__(self, folder: Path, configuration: Configuration, resume: bool) -> None:
        self._folder = folder
        file = folder / _CONFIGURATION
        if file.exists() and not resume:
            raise Fault(
                f"--out {folder.parent}: holds an unfinished run; go on with --resume, "
                "or give another folder"
            )
        if file.exists() and file.read_text(encoding="utf-8") != configuration.to_json():
            raise Fault(
                f"--resume: {folder.parent} was begun with other options; repeat those "
                f"(they are in {file}), or give another --out"
            )
        self._configuration = configuration

    def begin(self) -> None:
        """Make the folder; from here on an unfinished sweep is there to be resumed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self._folder / _CONFIGURATION, self._configuration.to_json().encode())

    def save(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Write one part."""
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **arrays)
        write_atomically(self._folder / f"{name}.npz", packed.getvalue())

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """Return a part, or None if it is not there (or is no whole part, and so done again)."""
        try:
            with np.load(self._folder / f"{name}.npz", allow_pickle=False) as stored:
                return {key: stored[key] for key in stored.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def remove(self) -> None:
        """Delete the folder, once the results are safe elsewhere."""
        for file in self._folder.iterdir():
            file.unlink()
        self._folder.rmdir()
