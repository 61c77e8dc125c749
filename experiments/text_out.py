"""Text on its way out, which may be anybody's: a function for each way.

Questions, labels, answers, names of files and what is said about them come from files, models and
command lines. On a terminal they must steer nothing, in a figure be no formula, in a spreadsheet
compute nothing, and on a page be nothing but text.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

_MOST_CHARACTERS = 2000
_MOST_SHOWN = 200
_NARROWEST = 80  # columns of a screen
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_FORMULA = tuple("=+-@＝＋－＠")
_JOINERS = "\u200c\u200d"  # that scripts and emoji are written with


def printable(text: object) -> str:
    r"""Return text on one line, with escapes for what is not seen: controls, marks, surrogates.

    >>> printable("a\x1b[2J\nb\u202e"), printable("été – 問い")
    ('a\\x1b[2J\\nb\\u202e', 'été – 問い')
    """
    return "".join(c if _is_seen(c) else _escaped(c) for c in str(text))


def _is_seen(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def shortened(text: str, most: int = _MOST_SHOWN) -> str:
    """Return text of at most so many characters, with an ellipsis for what is left out."""
    return text if len(text) <= most else text[: most - 1] + "…"


def terminal_text(text: str) -> str:
    """Return text of several lines, each of them `printable`."""
    return "\n".join(map(printable, text.split("\n")))


def say(text: str, err: bool = False, end: str = "\n") -> None:
    """Print text on standard output, or on standard error."""
    click.echo(terminal_text(text) + end, nl=False, err=err)


def note(text: str, console: Console | None = None) -> None:
    """Say on standard error what the user should know; a console has bars that stay below it."""
    line = f"note: {printable(text)}"
    if console is None:
        click.echo(line, err=True)
    else:
        from rich.text import Text

        console.print(Text(line), soft_wrap=True)


def plot_text(text: object, most: int = _MOST_SHOWN) -> str:
    r"""Return text that matplotlib draws as it is: no formula, and no longer than fits.

    >>> plot_text("$x$"), plot_text("_hidden")
    ('\\$x\\$', ' _hidden')
    """
    plain = shortened(terminal_text(str(text)), most).replace("$", r"\$")
    return f" {plain}" if plain.startswith("_") else plain  # legends leave out what begins so


def csv_text(text: str) -> str:
    """Return a cell that a spreadsheet takes for text: no formula, nothing that is not seen.

    Numbers stay as they are.

    >>> csv_text("=1+1"), csv_text("-5.5"), csv_text("- no"), csv_text("red")
    ("'=1+1", '-5.5', "'- no", 'red')
    """
    shown = "".join(c if _is_seen(c) or c in _JOINERS else _escaped(c) for c in text)
    begins = text.lstrip().lstrip(_JOINERS)
    formula = begins.startswith(_FORMULA) or text.startswith(("\t", "\r", "\n"))
    return f"'{shown}" if formula and not _NUMBER.fullmatch(shown) else shown


def page_text(text: object) -> str:
    """Return text without what only looks like nothing: controls, and marks that turn it round.

    >>> page_text("rm\\n\\u202e-x")
    'rm -x'
    """
    shown = " ".join(str(text)[:_MOST_CHARACTERS].split())
    return "".join(c for c in shown if unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def align(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells, each made printable, as text with columns aligned to the right."""
    rows = [[shortened(printable(cell)) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def screen_width() -> int:
    """Return the columns of the terminal (or COLUMNS of the environment); 80 where there is none.

    Fewer than 80 are taken for 80: no table would be left.
    """
    return max(shutil.get_terminal_size((_NARROWEST, 24)).columns, _NARROWEST)


def folded(rows: Sequence[Sequence[str]], keys: int) -> str:
    """Return rows of cells as `align` does; columns that the screen has no room for come below.

    Args:
        rows: of cells, the heading first.
        keys: columns, from the first on, that every part begins with.
    """
    widths = [max(len(shortened(printable(row[i]))) for row in rows) for i in range(len(rows[0]))]
    key_width, room = sum(widths[:keys]) + 2 * (keys - 1), screen_width()
    parts: list[list[int]] = []
    used = room
    for column in range(keys, len(widths)):
        if used + 2 + widths[column] > room:
            parts.append([])
            used = key_width
        parts[-1].append(column)
        used += 2 + widths[column]
    tables = ([[*row[:keys], *(row[i] for i in part)] for row in rows] for part in parts)
    return "\n\n".join(map(align, tables)) or align(rows)
