"""The journal of a run: a small file for each finished piece of work.

A part is written under a temporary name, synced and renamed, so that a kill at any moment leaves
whole parts only. The final file is made from all parts at the end, in the same way. Nothing is
deleted but files of the names that are written here, in folders that are known to be a run's.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from linksim.experiments.configuration import WORLD, Configuration
from linksim.experiments.faults import Fault
from linksim.phy.arithmetic import ARITHMETIC

PARTS_FOLDER = "parts"
"""Where a run keeps its parts, within the folder of its results."""

_CONFIGURATION = "configuration.json"  # also what marks a folder as a run's
_INPUTS = "inputs"  # beside the options, none of which is called so
_LONGEST = 1 << 20  # bytes of a configuration that are read
_PART = re.compile(r"[a-z0-9]{3,5}-[0-9]{4,}(-[0-9]{6,})?(-[a-z]+)?(-[+-][0-9][0-9.e+-]*)?\.npz")
"""Names of parts: a section's, the pictures' (or a point's) numbers, an engine's, a point."""


CAREFULLY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))
"""Flags to open a file that somebody may have put a link or a pipe in place of."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the machine stops.

    What is there but is no file (a pipe, ``/dev/null``) is written to, not replaced.

    Raises:
        OSError: with the file's name, if it cannot be written.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            path.write_bytes(content)
        else:
            _replace(path, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _replace(path: Path, content: bytes) -> None:
    unique = f"{os.getpid()}-{secrets.token_hex(4)}"
    temporary = path.with_name(f".{path.name[:_MOST_OF_A_NAME]}.{unique}.part")
    try:
        with temporary.open("xb") as opened:  # follows no link
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


_MOST_OF_A_NAME = 50  # characters; file systems take 255 bytes


def unfinished(folder: Path, names: Collection[str] | re.Pattern[str]) -> list[Path]:
    """Return what `write_atomically` left in a folder when it was killed.

    Args:
        names: of the files that were written, or what they look like.
    """
    if isinstance(names, re.Pattern):
        looks = names.pattern
    else:
        looks = "|".join(re.escape(name[:_MOST_OF_A_NAME]) for name in names)
    left = re.compile(rf"\.(?:{looks})\.[0-9]+(?:-[0-9a-f]{{8}})?\.part")
    return [file for file in _plain_files(folder) if left.fullmatch(file.name)]


def _plain_files(folder: Path) -> list[Path]:
    """Return a folder's files, without links, folders and whatever else lies there."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return sorted(folder / e.name for e in entries if e.is_file(follow_symlinks=False))


def file_word(text: str) -> str:
    """Return text as a part of a file's name.

    >>> file_word("ldpc:rate=1/2, soft")
    'ldpc-rate-1-2-soft'
    """
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text)


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
    """Make a rename last; Windows opens no folder, and sees to that by itself."""
    if not hasattr(os, "O_DIRECTORY"):
        return
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
        inputs: digests of what the run reads besides, see `linksim.experiments.data.inputs`.

    Raises:
        Fault: if the folder is no run's, or holds parts of another configuration or of other
            inputs, or of any when not resuming; from methods, if the folder can't be written.
    """

    def __init__(
        self,
        folder: Path,
        configuration: Configuration,
        resume: bool,
        inputs: Mapping[str, str] | None = None,
    ) -> None:
        self._folder, self._inputs = folder, dict(inputs or {})
        made_by = {"linksim": version("semantic-linksim"), "linksim.phy": ARITHMETIC}
        self._made_by = {**made_by, **configuration.options()}
        self._made_by_digest = hashlib.sha256(self._as_json()).digest()
        if not _is_begun(folder):
            return
        if not resume:
            raise Fault(
                f"--out {folder.parent}: holds an unfinished run; go on with --resume, "
                "or give another folder"
            )
        self._check(_read(folder / _CONFIGURATION))

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
        """Make the folder; from here on an unfinished run is there to be resumed."""
        with parts_are_kept(self._folder.parent):
            self._folder.mkdir(parents=True, exist_ok=True)
            for file in unfinished(self._folder, _OURS):
                file.unlink()
            write_atomically(self._folder / _CONFIGURATION, self._as_json())

    def save(self, name: str, arrays: dict[str, np.ndarray]) -> None:
        """Write one part: a ``.npz`` with a digest behind it, of its content, name and run.

        Raises:
            ValueError: if nobody would know by its name that it is a part.
        """
        if not _PART.fullmatch(f"{name}.npz"):
            raise ValueError(f"{name}: no name of a part")
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=False, **arrays)
        content = packed.getvalue()
        file = self._folder / f"{name}.npz"
        with parts_are_kept(self._folder.parent):
            write_atomically(file, content + self._digest(name, content))

    def load(self, name: str) -> dict[str, np.ndarray] | None:
        """Return a part; None if it is not there, or not as this run wrote it: to be done again."""
        content = _content(self._folder / f"{name}.npz")
        packed, digest = content[:-_DIGEST_BYTES], content[-_DIGEST_BYTES:]
        if digest != self._digest(name, packed):
            return None
        with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}

    def section(self, name: str) -> Section:
        """Return a run's parts that have names of their own, as each sweep of a grid has."""
        return Section(self, name)

    def remove(self) -> None:
        """Delete the folder, once the results are safe elsewhere; what is not ours stays in it."""
        if not self._folder.exists():
            return
        parts = [file for file in _plain_files(self._folder) if _PART.fullmatch(file.name)]
        with parts_are_kept(self._folder.parent):
            for file in [*parts, *unfinished(self._folder, _OURS)]:
                file.unlink()
            # The mark goes last: parts never lie about without it.
            (self._folder / _CONFIGURATION).unlink(missing_ok=True)
        with suppress(OSError):
            self._folder.rmdir()

    def _as_json(self) -> bytes:
        return json.dumps({**self._made_by, _INPUTS: self._inputs}, sort_keys=True).encode()

    def _digest(self, name: str, content: bytes) -> bytes:
        about = self._made_by_digest + hashlib.sha256(name.encode()).digest()
        return hashlib.sha256(about + content).digest()


_DIGEST_BYTES = hashlib.sha256().digest_size
_OURS = re.compile(f"{_PART.pattern}|{re.escape(_CONFIGURATION)}")


def _is_begun(folder: Path) -> bool:
    """Tell whether a folder holds an unfinished run; nothing, or what is ours, is there.

    Raises:
        Fault: if something else is.
    """
    if not os.path.lexists(folder):
        return False
    if folder.is_symlink() or not folder.is_dir():
        raise not_ours(folder.parent, folder.name)
    begun, temporary = is_marked(folder), unfinished(folder, _OURS)
    for entry in sorted(folder.iterdir()):
        ours = entry.name == _CONFIGURATION or bool(_PART.fullmatch(entry.name))
        wanted = not begun and entry not in temporary  # the mark comes first, and goes last
        if wanted or (ours and not _is_plain(entry)):
            raise not_ours(folder.parent, f"{folder.name}/{entry.name}")
    return begun


def not_ours(out: Path, name: str) -> Fault:
    """Return the refusal of a folder that holds something of the user's by a name of ours."""
    return Fault(
        f"--out {out}: {name} in it is not linksim's, which would write there; move it, or give "
        "another folder"
    )


def is_marked(folder: Path) -> bool:
    """Tell whether a folder of parts is an unfinished run's."""
    return not folder.is_symlink() and _is_plain(folder / _CONFIGURATION)


def _is_plain(file: Path) -> bool:
    """Tell whether a file is there that is no link."""
    return file.is_file() and not file.is_symlink()


def _content(file: Path) -> bytes:
    """Return what a file holds; nothing if it can't be read, or is no plain file."""
    try:
        descriptor = os.open(file, os.O_RDONLY | CAREFULLY)
        with open(descriptor, "rb") as opened:
            return opened.read() if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    except OSError:
        return b""


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
    every = {**begun, **asked}  # an option that is empty is not given, and older runs lack some
    names = [name for name in every if (begun.get(name, "") or "") != (asked.get(name, "") or "")]
    return ", ".join(
        f"{_option(name)} {_said(begun.get(name))} (now {_said(asked.get(name))})" for name in names
    )


def differing(begun: Mapping[str, object], now: Mapping[str, str]) -> str:
    """Return in words which inputs of a run are not as they were; empty if all are.

    >>> differing({"pictures": "a1", "questions": "b2"}, {"pictures": "a2", "questions": "b2"})
    'pictures'
    >>> differing({"drawn scenes": "a1"}, {"world": "wide", "drawn scenes": "a2"})
    'world of the scenes (small then, wide now), drawn scenes'
    """
    names = [name for name in {WORLD: "", **begun, **now} if begun.get(name) != now.get(name)]
    then, since = world_of(begun), world_of(now)
    worlds = f"{WORLD} of the scenes ({then} then, {since} now)"
    return ", ".join(worlds if name == WORLD else name for name in names)


def world_of(inputs: Mapping[str, object]) -> object:
    """Return which world the scenes of a run are of, by its inputs."""
    return inputs.get(WORLD, "small")


def _option(name: str) -> str:
    return name if name in ("linksim", "linksim.phy") else "--" + name.replace("_", "-")


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
