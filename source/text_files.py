"""Text files from outside, which may hold anything: read with limits, as UTF-8, in one place.

Every reader takes a byte order mark, as editors and spreadsheets write it, and refuses what would
be read wrongly: other encodings, control characters, fields that do not fit their header.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from linksim.source.refused import Refused
from linksim.source.zoo.tables import parse_toml

MOST_BYTES = 1 << 20
"""Size of a text file that is taken, where no other limit is given."""

_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_DELIMITERS = {";": "semicolons", "\t": "tabs"}


class UnreadableText(Refused):
    """A file can't be read as the text that it should be; one line that names file and line.

    Attributes:
        place: the file, and the line in it.
        problem: the message without them.
        reason: the message without the file.
        line: number of the line that it is about, 0 for the whole file.
    """

    def __init__(self, file: Path, problem: object, line: int = 0) -> None:
        super().__init__(file, problem, line)  # which is how it travels between processes
        self.line, self.problem = line, str(problem)
        self.place = f"{file}, line {line}" if line else f"{file}"
        self.reason = f"line {line}: {problem}" if line else self.problem

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


def read_text(file: Path, most: int = MOST_BYTES) -> str:
    """Return what a file of UTF-8 text holds, without a byte order mark.

    Args:
        most: bytes that the file may have.

    Raises:
        UnreadableText: if it can't be read, is longer, is no UTF-8 or holds control characters
            other than tabs and line breaks.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL
        reason = getattr(error, "strerror", None) or error
        raise UnreadableText(file, f"can't be read ({reason})") from None
    if len(content) > most:
        raise UnreadableText(file, f"larger than {most} bytes")
    text = _decoded(file, content)
    if control := _CONTROLS.search(text):
        number = text.count("\n", 0, control.start()) + 1
        raise UnreadableText(
            file, f"holds the control character {control[0]!r}; is it text?", number
        )
    return text


def _decoded(file: Path, content: bytes) -> str:
    if other := _MARKS.get(content[:2]):
        raise UnreadableText(file, f"is {other}; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        byte = f"byte {content[error.start]:#04x}"
        raise UnreadableText(
            file, f"can't be read as UTF-8 text ({byte}); save it as UTF-8", number
        ) from None


def is_control(character: str) -> bool:
    """Tell whether a character is a control character, or half of one that was cut (a surrogate).

    >>> is_control("\\x1b"), is_control("\\udcff"), is_control("é")
    (True, True, False)
    """
    return unicodedata.category(character) in ("Cc", "Cs")


def one_line(text: str) -> str:
    """Return text without surrounding space, each run of line breaks and tabs as one space.

    Raises:
        Refused: saying which character is no text: a control character, or bytes that are no
            UTF-8 (which Python keeps as lone surrogates).

    >>> one_line(" what is\\nthis? ")
    'what is this?'
    """
    line = _BREAKS.sub(" ", text).strip()
    wrong = next(filter(is_control, line), None)
    if wrong is None:
        return line
    if unicodedata.category(wrong) == "Cs":
        raise Refused("is not UTF-8 text")
    raise Refused(f"holds the control character {wrong!r}")


def read_toml(file: Path, most: int = MOST_BYTES) -> dict[str, Any]:
    """Return the table that a TOML file holds.

    Raises:
        UnreadableText: if it is no text, or no TOML.
    """
    try:
        return parse_toml(read_text(file, most))
    except UnreadableText as error:
        if not error.line:
            raise
        raise UnreadableText(file, f"no TOML ({error.reason})") from None
    except Refused as error:
        raise UnreadableText(file, f"no TOML ({error})") from None


def read_table(
    file: Path, needed: Sequence[str], offered: Collection[str], most: int = 16 * MOST_BYTES
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV file with a header, each with the number of its (last) line.

    Fields at the end of a row that are in none of ``needed`` may be left out, and are empty then.
    Rows without anything in them are passed over.

    Args:
        needed: columns that must be there.
        offered: columns that may be; others are refused only if they come twice.

    Raises:
        UnreadableText: if it is no text, no CSV, lacks a column or has one twice, or a row has
            more fields than the header, or lacks one that is needed.
    """
    reader = csv.reader(io.StringIO(read_text(file, most), newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(file, header, needed, offered)
        return [
            (reader.line_num, _row(file, reader.line_num, header, row, needed))
            for row in reader
            if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise UnreadableText(file, f"no CSV ({error})", reader.line_num) from None


def _check_header(
    file: Path, header: Sequence[str], needed: Sequence[str], offered: Collection[str]
) -> None:
    columns = ",".join([*needed, *(f"[{name}]" for name in offered)])
    if not set(needed) <= set(header):
        other = next((words for c, words in _DELIMITERS.items() if c in "".join(header)), "")
        between = f"; it has {other} where commas must be" if other else ""
        raise UnreadableText(file, f"needs a header with {columns}{between}")
    if twice := [name for name in header if header.count(name) > 1]:
        raise UnreadableText(file, f"its header has the column {twice[0]!r} twice")


def _row(
    file: Path, line: int, header: Sequence[str], row: Sequence[str], needed: Sequence[str]
) -> dict[str, str]:
    if len(row) > len(header):
        counts = f"{len(row)} fields where the header has {len(header)}"
        remedy = 'put a text with a comma in it in quotes, like "red, or blue?"'
        raise UnreadableText(file, f"{counts}; {remedy}", line)
    found = dict(zip(header, row, strict=False))
    if lacking := [name for name in needed if name not in found]:
        raise UnreadableText(file, f"lacks its {lacking[0]}", line)
    return {name: found.get(name, "") for name in header}
