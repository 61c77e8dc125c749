"""One run at a time in a folder."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import CAREFULLY, not_ours

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_NAME = ".running"
_NOT_A_FILE = (errno.ELOOP, errno.EISDIR, errno.ENXIO)  # a link, a folder, a socket
_NO_LOCKS_HERE = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold a folder, which is made where it is missing; the kernel lets go of it if we are killed.

    Some network file systems know no locks; there nobody is refused.

    Raises:
        Fault: if another process holds it, or something of the user's has the lock's name.
    """
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    out.mkdir(parents=True, exist_ok=True)
    try:
        held = _hold(out)
        try:
            yield
        finally:
            _let_go(held, out / _NAME)
    finally:
        with suppress(OSError):  # the first one that holds results
            for folder in made:
                folder.rmdir()


def was_left(out: Path) -> bool:
    """Tell whether a run is in a folder, or was killed there before it had tidied up."""
    return os.path.lexists(out / _NAME)


def _hold(out: Path) -> int:
    """Return the locked file's descriptor."""
    file = out / _NAME
    while True:
        descriptor = _open(out)
        try:
            _lock(descriptor)
        except BlockingIOError:
            os.close(descriptor)
            raise Fault(
                f"--out {out}: another run is writing there; wait for it, or give another folder"
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                os.close(descriptor)
                raise
        if _is(descriptor, file):
            return descriptor
        os.close(descriptor)  # who held it has just removed it: what we hold is no longer there


def _lock(descriptor: int) -> None:
    """Lock a file for this process alone.

    Raises:
        BlockingIOError: if another one has it.
        OSError: if the file system knows no locks.
    """
    if fcntl:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    try:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except PermissionError:
        raise BlockingIOError from None


def _let_go(descriptor: int, file: Path) -> None:
    """Remove the lock's file, then let go of it, so that nobody takes what is about to vanish."""
    if fcntl:
        file.unlink(missing_ok=True)
        os.close(descriptor)
        return
    os.close(descriptor)  # Windows removes no file that is open
    with suppress(PermissionError):  # the next run has it already
        file.unlink(missing_ok=True)


def _open(out: Path) -> int:
    """Open the lock's file, which is always empty; made where it is missing."""
    if (out / _NAME).is_symlink():  # which not every system refuses to follow
        raise not_ours(out, _NAME)
    try:
        descriptor = os.open(out / _NAME, os.O_RDWR | os.O_CREAT | CAREFULLY, 0o644)
    except OSError as error:
        raise (not_ours(out, _NAME) if error.errno in _NOT_A_FILE else error) from None
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and not found.st_size:
        return descriptor
    os.close(descriptor)
    raise not_ours(out, _NAME)


def _is(descriptor: int, file: Path) -> bool:
    try:
        there = file.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
