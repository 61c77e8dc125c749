"""One run at a time in a folder."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from linksim.experiments.faults import Fault
from linksim.experiments.parts import PARTS_FOLDER

_NAME = ".running"
_NO_LOCKS_HERE = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)


@contextmanager
def only_run(out: Path) -> Iterator[None]:
    """Hold a folder, which is made where it is missing; the kernel lets go of it if we are killed.

    Some network file systems know no locks; there nobody is refused.

    Raises:
        Fault: if another process holds it.
    """
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    held = _hold(out)
    try:
        yield
    finally:
        (out / _NAME).unlink(missing_ok=True)
        os.close(held)
        if made:
            with suppress(OSError):  # it holds results
                out.rmdir()


def is_over(out: Path) -> bool:
    """Tell whether no run is in a folder, and none was killed there before it had tidied up."""
    return not ((out / _NAME).exists() or (out / PARTS_FOLDER).exists())


def _hold(out: Path) -> int:
    """Return the locked file's descriptor."""
    file = out / _NAME
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
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


def _is(descriptor: int, file: Path) -> bool:
    try:
        there = file.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
