"""The journal of a run: a small file for each finished piece of work.

A part is written under a temporary name, synced and renamed, so that a kill at any moment leaves
whole parts only. The final file is made from all parts at the end, in the same way.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from linksim.experiments.configuration import Configuration
from linksim.experiments.faults import Fault

PARTS_FOLDER = "parts"
"""Where a run keeps its parts, within the folder of its results."""

_CONFIGURATION = "configuration.json"
_INPUTS = "inputs"  # beside the options, none of which is called so
_LONGEST = 1 << 20  # bytes of a configuration that are read


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the machine stops.

    Raises:
        OSError: with the file's name, if it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def file_word(text: str) -> str:
    """Return text as a part of a file's name.

    >>> file_word("ldpc:rate=1/2, soft")
    'ldpc-rate-1-2-soft'
    """
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text)


def remove_unfinished(folder: Path) -> None:
    """Delete what `write_atomically` left in a folder when it was killed."""
    for file in folder.glob(".*.part"):
        file.unlink()


@contextmanager
def parts_are_kept(out: Path) -> Iterator[None]:
    """Turn a failure to write (a full disk, say) into a `Fault` that says how to go on."""
    try:
        yield
    except OSError as error:
        raise Fault(
            f"--out {out}: {error.filename or 'a file'} can't be written ({error.strerror}); what "
            "was measured is kept: mend that, then go on with --resume"
        ) from None


def _sync_folder(folder: Path) -> None:
    """Make a rename last."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Parts:
    """The parts of one run, in a folder of their own that belongs to one configuration.

    Args:
        folder: of the parts.
        configuration: that they belong to.
        resume: whether to go on with what is there.
        inputs: digests of what the run reads besides, see `linksim.experiments.inputs`.

    Raises:
        Fault: if the folder holds parts of another configuration or of other inputs, or of any
            when not resuming.
    """

    def __init__(
        self,
        folder: Path,
        configuration: Configuration,
        resume: bool,
        inputs: Mapping[str, str] | None = None,
    ) -> None:
        self._folder, self._inputs = folder, dict(inputs or {})
        self._made_by = {"linksim": version("semantic-linksim"), **configuration.options()}
        file = folder / _CONFIGURATION
        if file.exists() and not resume:
            raise Fault(
                f"--out {folder.parent}: holds an unfinished run; go on with --resume, "
                "or give another folder"
            )
        if file.exists():
            self._check(_read(file))

    def _check(self, begun: dict[str, Any]) -> None:
        inputs = begun.pop(_INPUTS, {})
        if others := differences(begun, self._made_by):
            raise Fault(
                f"--resume: {self._folder.parent} was begun with other options: {others}; repeat "
                "those, or give another --out"
            )
        if others := differing(inputs if isinstance(inputs, dict) else {}, self._inputs):
            raise Fault(
                f"--resume: {self._folder.parent} was begun with other contents of: {others}; put "
                "those back, or give another --out"
            )

    def begin(self) -> None:
        """Make the folder; from here on an unfinished sweep is there to be resumed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        remove_unfinished(self._folder)
        if not (self._folder / _CONFIGURATION).exists():
            for file in self._folder.glob("*.npz"):  # of nobody knows which run
                file.unlink()
        content = json.dumps({**self._made_by, _INPUTS: self._inputs}, sort_keys=True).encode()
        write_atomically(self._folder / _CONFIGURATION, content)

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

    def section(self, name: str) -> Section:
        """Return a run's parts that have names of their own, as each sweep of a grid has."""
        return Section(self, name)

    def remove(self) -> None:
        """Delete the folder, once the results are safe elsewhere."""
        if not self._folder.exists():
            return
        for file in self._folder.iterdir():
            if file.name != _CONFIGURATION:  # it goes last: parts never lie about without it
                file.unlink()
        (self._folder / _CONFIGURATION).unlink(missing_ok=True)
        self._folder.rmdir()


@dataclass(frozen=True)
class Section:
    """Some of a run's parts: those whose names begin in one way."""

    parts: Parts
    name: str

    def begin(self) -> None:
        self.parts.begin()

    def save(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """As `Parts.save`."""
        self.parts.save(f"{self.name}-{name}", arrays)

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """As `Parts.load`."""
        return self.parts.load(f"{self.name}-{name}")


def differences(begun: dict[str, Any], asked: dict[str, Any]) -> str:
    """Say option by option what a run was begun with, and what is asked for now.

    >>> differences({"seed": 1, "codec": "png"}, {"seed": 2, "codec": "png", "ebno": True})
    '--seed 1 (now 2), --ebno not given (now true)'
    """
    asked = json.loads(json.dumps(asked))  # as what was begun went through JSON
    names = [name for name in {**begun, **asked} if begun.get(name) != asked.get(name)]
    return ", ".join(
        f"{_option(name)} {_said(begun.get(name))} (now {_said(asked.get(name))})" for name in names
    )


def differing(begun: Mapping[str, object], now: Mapping[str, str]) -> str:
    """Return in words which inputs of a run are not as they were; empty if all are.

    >>> differing({"pictures": "a1", "questions": "b2"}, {"pictures": "a2", "questions": "b2"})
    'pictures'
    """
    return ", ".join(name for name in {**begun, **now} if begun.get(name) != now.get(name))


def _option(name: str) -> str:
    return name if name == "linksim" else "--" + name.replace("_", "-")


def _said(value: Any) -> str:
    if value is None or value == "":
        return "not given"
    if isinstance(value, list):
        value = ",".join(map(str, value))
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 80 else text[:80] + "…"


def _read(file: Path) -> dict[str, Any]:
    """Return what a folder's parts were made by, nothing if that cannot be read."""
    try:
        with file.open("rb") as opened:
            made_by = json.loads(opened.read(_LONGEST))
    except (OSError, ValueError, RecursionError):
        made_by = None
    return made_by if isinstance(made_by, dict) else {}
