"""What linksim is started in: streams that cannot show every character, or are not there at all."""

from __future__ import annotations

import codecs
import logging
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from linksim.experiments.faults import Fault

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_LEAST_MEMORY = 512 << 20  # bytes of address space; with less, libraries hang or abort

_PLAIN = "linksim.plain"
_SUBSTITUTES = {
    "–": "-", "—": "-", "−": "-", "·": ".", "•": "*", "×": "x", "→": "->", "←": "<-", "≤": "<=",
    "≥": ">=", "±": "+-", "≈": "~", "“": '"', "”": '"', "‘": "'", "’": "'", "━": "-", "╸": "-",
    "─": "-", "│": "|",
}  # fmt: skip

FREE_TEXTS = ("query",)
"""Options whose text names nothing; who reads them checks them."""

_UNSHOWN = ("Cc", "Cs", "Zl", "Zp")  # control characters, surrogates, ends of lines and paragraphs

_NO_MEMORY = (
    "can't start new thread",
    "cannot allocate memory",
    "can't allocate memory",
    "failed to map segment",
    "not enough memory",
    "out of memory",
)


def check_surroundings() -> None:
    """Make sure that commands can work here.

    Raises:
        Fault: if they cannot.
    """
    if os.environ.get("NUMBA_DISABLE_JIT", "").strip() not in ("", "0"):
        raise Fault("NUMBA_DISABLE_JIT: linksim's kernels run compiled alone; unset it")
    if sys.flags.optimize > 1:
        raise Fault("python -OO: takes away texts that libraries read; use -O, or neither")
    try:
        os.getcwd()
    except OSError:
        raise Fault("the working folder is no longer there; change to another one") from None
    _check_memory()


def _check_memory() -> None:
    if not resource:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _LEAST_MEMORY:
        raise Fault(
            f"ulimit -v {limit >> 10}: too little to load libraries; give {_LEAST_MEMORY >> 10} at "
            "least, or unlimited"
        )


def check_words(words: Iterable[str]) -> None:
    """Make sure that what was typed can name files, and be shown.

    Raises:
        Fault: naming the option whose value holds a control character, or is not UTF-8.
    """
    name = "argument"
    for word in words:
        option, equals, value = word.partition("=")
        if not (word.startswith("--") and equals):
            option, value = name, word
        if option.removeprefix("--") not in FREE_TEXTS:
            check_text(option, value)
        name = word if word.startswith("-") and not equals else "argument"


def check_text(option: str, text: str) -> None:
    """Make sure that a value can name a file, and be shown.

    Raises:
        Fault: naming the option.
    """
    if any(unicodedata.category(character) in _UNSHOWN for character in text):
        shown = "".join(c if c.isprintable() else "?" for c in text[:80])
        raise Fault(f"{option} {shown}: holds a control character, or is not UTF-8; rename it")
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        raise Fault(
            f"{option} {text[:80]}: files can't be named so in this locale; set LC_ALL=C.UTF-8"
        ) from None


def lacks_memory(error: BaseException) -> bool:
    """Tell whether an error, of whatever library, is that memory or threads are used up."""
    return isinstance(error, MemoryError) or (
        isinstance(error, (ImportError, OSError, RuntimeError))
        and any(sign in str(error).lower() for sign in _NO_MEMORY)
    )


@contextmanager
def usable_streams() -> Iterator[None]:
    """Let everything be printed: what a stream cannot show is written in plain letters.

    Standard streams that are closed lead nowhere, lest a file that is opened take their number.
    """
    _open_what_is_closed()
    # Without a home it says in two lines where its list of fonts is.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    codecs.register_error(_PLAIN, _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_PLAIN)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            _finish(stream)


def _open_what_is_closed() -> None:
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # takes the lowest number
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            # Open for as long as the process is there.
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that a stream cannot show, as codecs ask for it."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(character: str) -> str:
    if character in _SUBSTITUTES:
        return _SUBSTITUTES[character]
    letters = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return letters or "?"


def _finish(stream: object) -> None:
    """Write what is left in a stream; where that fails let it go, or the interpreter complains."""
    try:
        stream.flush()  # type: ignore[attr-defined]
    except (OSError, ValueError):
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[attr-defined]
