"""Makes a Python that finds this at its start lack what macOS and Windows, or Windows, lack.

What stays is what the interpreter's own library takes for granted on the system that it runs on.
"""

import contextlib
import fcntl
import os
import select
import signal
import subprocess  # noqa: F401  looks for msvcrt to tell where it is
import sys
import tempfile  # noqa: F401
import types

with contextlib.suppress(ImportError):
    import psutil  # noqa: F401  made for the system that it is built on

for module in ("fcntl", "grp", "pwd", "resource", "syslog", "termios", "tty"):
    sys.modules[module] = None  # type: ignore[assignment]
for owner, names in {
    os: (
        *("sched_getaffinity", "sched_setaffinity", "fork", "forkpty", "getloadavg", "killpg"),
        *("geteuid", "getuid", "getegid", "getgid", "fchmod", "fchown", "chown"),
        *("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_DIRECTORY", "setsid", "mkfifo"),
    ),
    signal: ("setitimer", "ITIMER_PROF", "SIGPROF", "SIGHUP", "SIGALRM", "alarm"),
    select: ("poll", "epoll"),
}.items():
    for name in names:
        with contextlib.suppress(AttributeError):
            delattr(owner, name)


def _no_pipes(*_: object) -> None:
    raise OSError(10038, "An operation was attempted on something that is not a socket")


select.select = _no_pipes  # type: ignore[assignment]


def _locking(descriptor: int, mode: int, count: int) -> None:
    assert (mode, count) == (2, 1)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise PermissionError(13, "Permission denied") from None


msvcrt = types.ModuleType("msvcrt")
msvcrt.locking, msvcrt.LK_NBLCK = _locking, 2  # type: ignore[attr-defined]
sys.modules["msvcrt"] = msvcrt

_open, _unlink, _stat = os.open, os.unlink, os.stat


def _open_no_folder(path, flags, *more, **options):  # type: ignore[no-untyped-def]
    if os.path.isdir(path) and not options:
        raise PermissionError(13, "Permission denied", path)
    return _open(path, flags, *more, **options)


def _unlink_nothing_open(path, **options):  # type: ignore[no-untyped-def]
    """As Windows does, refuse to remove a file that this process has open."""
    found = _stat(path, follow_symlinks=False, **options)
    for descriptor in range(3, 256):
        with contextlib.suppress(OSError):
            about = os.fstat(descriptor)
            if (about.st_dev, about.st_ino) == (found.st_dev, found.st_ino):
                raise PermissionError(13, "The process cannot access the file", path)
    _unlink(path, **options)


os.open, os.unlink = _open_no_folder, _unlink_nothing_open  # type: ignore[assignment]
