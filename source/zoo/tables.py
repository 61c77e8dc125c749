"""Tables of settings from outside, TOML and JSON, read only if they are as small as settings are.

A few bytes of TOML can ask its reader for gigabytes: each dotted key of n parts is kept n times.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from linksim.source.refused import Refused

_MOST_TOML = 1 << 16  # characters
_MOST_JSON = 1 << 20  # bytes
_MOST_PARTS = 16  # of a dotted key
_TEXTS = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\\?\Z)|'
    r"'''.*?(?:'''|\Z)|"
    r'"(?:\\.|[^"\\\n])*"?|'
    r"'[^'\n]*'?|#[^\n]*",
    re.DOTALL,
)
_BETWEEN_KEYS = re.compile(r"[=\[\]{},\n]")


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table that a text holds.

    Raises:
        Refused: if it is no TOML, too long, or has keys of too many parts.

    >>> parse_toml("a.b = 1")
    {'a': {'b': 1}}
    """
    if len(text) > _MOST_TOML:
        raise Refused(f"longer than {_MOST_TOML} characters")
    pieces = _BETWEEN_KEYS.split(_TEXTS.sub("_", text))
    if any(piece.count(".") >= _MOST_PARTS for piece in pieces):
        raise Refused(f"a key of more than {_MOST_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise Refused("too deep") from None
    except ValueError as error:
        raise Refused(str(error)) from None


def read_json(file: Path) -> Any:
    """Return what a JSON file of settings holds.

    Raises:
        Refused: if it is no JSON, too large or too deep.
        OSError: if it can't be read.
    """
    with file.open("rb") as opened:
        content = opened.read(_MOST_JSON + 1)
    if len(content) > _MOST_JSON:
        raise Refused(f"{file.name} is larger than {_MOST_JSON} bytes")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Refused(f"{file.name} is no JSON of settings") from None
