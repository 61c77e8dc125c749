"""Values of an array in a large JSON file, one at a time: the file may be larger than memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

_CHUNK = 2**18  # characters read at once
_SPACE = " \t\r\n"
_LONGEST = 2**22  # characters of one value: no data set's are longer
_AFTER = (*_SPACE, *",:]}")
_DECODER = json.JSONDecoder()


class DamagedJson(Exception):
    """A file is not the JSON that it should be; the message says where."""


def array_values(path: Path, key: str) -> Iterator[Any]:
    """Yield the values of the array under ``key`` of the object that a file holds.

    At most a few megabytes of the file are in memory at a time. What follows the array is not read.

    Raises:
        DamagedJson: if the file is cut, is no such object, or holds an absurdly long value.
        OSError: if it cannot be read.
    """
    with path.open(encoding="utf-8-sig") as opened:
        text = _Text(opened)
        text.expect("{")
        while text.peek() == '"':
            name = text.value()
            text.expect(":")
            if name == key:
                yield from _values(text)
                return
            text.value()
            if text.peek() == ",":
                text.expect(",")
    raise DamagedJson(f"has no array {key!r}")


def _values(text: _Text) -> Iterator[Any]:
    text.expect("[")
    while text.peek() != "]":
        yield text.value()
        if text.peek() != "]":
            text.expect(",")


class _Text:
    """A window onto a text, from which values are taken."""

    def __init__(self, opened: TextIO) -> None:
        self._opened = opened
        self._window, self._at, self._before, self._ended = "", 0, 0, False

    def peek(self) -> str:
        """Return the next character that is no space; nothing at the end."""
        while True:
            while self._at < len(self._window) and self._window[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._window) or self._ended:
                return self._window[self._at : self._at + 1]
            self._read()

    def expect(self, character: str) -> None:
        if self.peek() != character:
            raise self._damaged()
        self._at += 1

    def value(self) -> Any:
        """Take the next value, whatever its kind."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self._at)
            except (ValueError, RecursionError):
                if self._ended:
                    raise self._damaged() from None
            else:
                # Any other character could be the rest of a number.
                if self._window[end : end + 1] in _AFTER or self._ended:
                    self._at = end
                    return value
            self._read()

    def _read(self) -> None:
        try:
            chunk = self._opened.read(_CHUNK)
        except UnicodeDecodeError:
            raise self._damaged() from None
        self._before += self._at
        self._window, self._at, self._ended = self._window[self._at :] + chunk, 0, not chunk
        if len(self._window) > _LONGEST + _CHUNK:
            raise self._damaged()

    def _damaged(self) -> DamagedJson:
        return DamagedJson(f"is damaged at character {self._before + self._at}")
