"""What a notebook shows of results: a table that fits a screen."""

from __future__ import annotations

import html
from collections.abc import Sequence

from linksim.experiments.text_out import page_text, shortened

_MOST_ROWS = 12
_MOST_TEXT = 60  # characters of a cell
_CELL = 'style="text-align:right;padding:2px 10px"'


def html_table(head: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    """Return a table as HTML; of many rows the middle ones are left out, and it says so."""
    shown = [f"<tr>{_cells(row)}</tr>" for row in rows]
    if len(rows) > _MOST_ROWS:
        half = _MOST_ROWS // 2
        left = f'<tr><td {_CELL} colspan="{len(head)}">… {len(rows) - 2 * half} more …</td></tr>'
        shown = [*shown[:half], left, *shown[-half:]]
    titles = "".join(f"<th {_CELL}>{_text(title)}</th>" for title in head)
    return (
        f"<table><caption>{_text(caption, 300)}</caption><thead><tr>{titles}</tr></thead>"
        f"<tbody>{''.join(shown)}</tbody></table>"
    )


def _cells(row: Sequence[str]) -> str:
    return "".join(f"<td {_CELL}>{_text(cell)}</td>" for cell in row)


def _text(text: str, most: int = _MOST_TEXT) -> str:
    return html.escape(shortened(page_text(text), most))
