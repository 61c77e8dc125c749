"""Compiled kernels on disk: a file for each, read only where nobody else can have written it.

Numba's own cache keeps an index beside its files. Two processes that write at once can leave an
index that names one kernel's file for another's, a damaged file ends the program, and where no
folder can be written nothing can be compiled at all. Here a kernel's file is found by a digest of
all that its code depends on, begins with a digest of what it holds, is written whole or not at all,
and is passed over if anything is wrong with it: the kernel is then compiled again.

What is read is unpickled, which can run any code. So a file counts only if its owner is this user,
root, or who owns linksim's sources, and if nobody else may write it or its folder.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import llvmlite
import numba
from numba.core import config
from numba.core.caching import NullCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from numba.misc.appdirs import AppDirs

_VERSIONS = (numba.__version__, llvmlite.__version__, sys.implementation.cache_tag)
_DIGEST_BYTES = 32
_SUFFIX = ".kernel"
_MOST_BYTES = 1 << 28
_PROBE = bytes(1 << 20)  # as large as kernels are
_CAREFULLY = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC"))
_HAS_OWNERS = hasattr(os, "geteuid")


def sources_digest(root: Path) -> str:
    """Return a digest of all sources that kernels can be made of."""
    digest = hashlib.sha256()
    for source in sorted(root.rglob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


class KernelCache(NullCache):  # type: ignore[misc]
    """One function's compiled code on disk, as Numba's dispatchers want it.

    Args:
        function: that is compiled.
        sources: digest of all sources that its code can depend on.
    """

    def __init__(self, function: Callable[..., Any], sources: str) -> None:
        self._source = Path(function.__code__.co_filename)
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._sources = sources

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the code for argument types; None where it is to be compiled."""
        target_context.refresh()
        name, digest = self._file(signature, target_context.codegen())
        problem = ""
        for folder in _folders(self._source):
            try:
                content = _read(folder / name, self._source)
                if content is not None:
                    return CompileResult._rebuild(target_context, *_opened(content, digest))
            except Exception as error:  # whatever a damaged file makes of itself
                problem = f"{folder / name}: {getattr(error, 'strerror', None) or error}; "
        _announce(problem, self._source)
        return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        """Keep the code for argument types, in the first folder that takes it."""
        if compiled.library.has_dynamic_globals or any(not x.can_cache for x in compiled.lifted):
            return
        name, digest = self._file(signature, compiled.codegen)
        payload = dumps(compiled._reduce())
        content = hashlib.sha256(digest + payload).digest() + payload
        for folder in _folders(self._source):
            with suppress(OSError):
                _write(folder / name, content, self._source)
                self._remove_outdated(folder)
                return

    def _file(self, signature: Any, codegen: Any) -> tuple[str, bytes]:
        """Return the name of the file for argument types, and what tells it from all others."""
        parts = self._name, signature, codegen.magic_tuple(), self._sources, _VERSIONS
        digest = hashlib.sha256(repr(parts).encode()).digest()
        return f"{self._sources[:16]}-{digest.hex()[:32]}{_SUFFIX}", digest

    def _remove_outdated(self, folder: Path) -> None:
        """Delete kernels of other sources: those before an update."""
        for file in folder.glob(f"*{_SUFFIX}"):
            if not file.name.startswith(self._sources[:16]):
                with suppress(OSError):
                    file.unlink()


_said = False


def _announce(problem: str, source: Path) -> None:
    """Say once, on stderr, that kernels are compiled, and why again."""
    global _said
    if _said:
        return
    _said = True
    how = "once, up to a minute"
    if not _can_keep(source):
        how = "at every start, up to a minute: no folder takes them; name one by NUMBA_CACHE_DIR"
    text = f"linksim: {problem}compiling kernels for this processor ({how})"
    with suppress(OSError, AttributeError):  # there may be no stderr
        print(text, file=sys.stderr, flush=True)


def kept(source: Path, name: str) -> Iterator[bytes]:
    """Yield what files of a name hold that were kept for a source file, the best first.

    None that others could have written is read.
    """
    for folder in _folders(source):
        with suppress(OSError):
            if (content := _read(folder / name, source)) is not None:
                yield content


def keep(source: Path, name: str, content: bytes) -> None:
    """Write what `kept` yields, in the first folder that takes it."""
    for folder in _folders(source):
        with suppress(OSError):
            _write(folder / name, content, source)
            return


# --- Files ---------------------------------------------------------------------------------------


def _folders(source: Path) -> Iterator[Path]:
    """Yield where kernels of a source file may be kept, the best first.

    ``NUMBA_CACHE_DIR`` alone if that is set; else beside the source, or in the user's cache.
    """
    own = f"linksim_{hashlib.sha256(os.fsencode(source.parent)).hexdigest()[:16]}"
    if config.CACHE_DIR:
        yield Path(config.CACHE_DIR).absolute() / own
        return
    yield source.parent / "__pycache__"
    users = Path(AppDirs(appname="numba", appauthor=False).user_cache_dir)
    if users.is_absolute():  # where there is no home it is none
        yield users / own


def _read(file: Path, source: Path) -> bytes | None:
    """Return what a file holds; None if it is not there.

    Raises:
        OSError: if it cannot be read, or somebody else may have written it.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | _CAREFULLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    with open(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
            raise OSError(None, "no kernel")
        if not (_is_trusted(found, source) and _is_trusted(os.stat(file.parent), source)):
            raise PermissionError(None, "others could have written it")
        return opened.read()


def _write(file: Path, content: bytes, source: Path) -> None:
    """Write a file, so that it is there whole or not at all.

    Raises:
        OSError: if it cannot be written, or others can write there too.
    """
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not _is_trusted(file.parent.stat(), source):
        raise PermissionError(None, "others can write there")
    descriptor, temporary = tempfile.mkstemp(_SUFFIX, file.name, file.parent)
    try:
        with open(descriptor, "wb") as opened:
            opened.write(content)
            if _HAS_OWNERS:
                os.fchmod(descriptor, 0o644)  # others may read what root compiled for all
        os.replace(temporary, file)
    finally:
        with suppress(OSError):  # it is there no more if all went well
            os.unlink(temporary)


def _can_keep(source: Path) -> bool:
    """Tell whether some folder takes a kernel."""
    for folder in _folders(source):
        with suppress(OSError):
            probe = folder / f"probe-{os.getpid()}{_SUFFIX}"
            _write(probe, _PROBE, source)
            probe.unlink()
            return True
    return False


def _is_trusted(found: os.stat_result, source: Path) -> bool:
    """Tell whether only those can have written a file, or into a folder, who may.

    They are this user, root, and who owns the sources, and so could change these instead. A group
    may write, as umask 002 has it; a file in its folder would still have another owner. Windows
    tells neither by a file's mode: what lies beside the sources and in a user's own folder is
    guarded there as these are.
    """
    if not _HAS_OWNERS:
        return True
    owners = {0, os.geteuid()}
    with suppress(OSError):
        owners.add(source.stat().st_uid)
    return found.st_uid in owners and not found.st_mode & stat.S_IWOTH


def _opened(content: bytes, digest: bytes) -> Any:
    """Return what `KernelCache.save_overload` packed.

    Raises:
        ValueError: if it is not whole, or another kernel's.
    """
    told, payload = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(digest + payload).digest() != told:
        raise ValueError("damaged")
    return pickle.loads(payload)
