"""Tokenizers of transformers, from folders that strangers may have filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linksim.source.refused import Refused
from linksim.source.zoo.foreign import foreign

TOKENIZER_FILE = "tokenizer.json"

_MOST_BYTES = 40_000_000
_BYTES_OF_A_LIST = 8  # at least, on average: an empty one takes three and twenty times the memory
_MOST_GROWTH = 1 << 12


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer in a folder that was looked at; no code that comes with it runs.

    Raises:
        Refused, OSError: if files are damaged or missing.
    """
    from transformers import AutoTokenizer

    with foreign():
        return AutoTokenizer.from_pretrained(folder, trust_remote_code=False)


def check_tokenizer(file: Path) -> None:
    """Make sure that a tokenizer's replacements make no long text of a short one.

    Thirty that each double a letter would make gigabytes of it, some as soon as it is loaded.

    Raises:
        Refused: if they do, or the file is too large or no tokenizer.
        OSError: if it can't be read.
    """
    with file.open("rb") as opened:
        content = opened.read(_MOST_BYTES + 1)
    lists = content.count(b"[") + content.count(b"{")
    if len(content) > _MOST_BYTES or lists > 1000 + len(content) // _BYTES_OF_A_LIST:
        raise Refused(f"{file.name} is larger than tokenizers are")
    try:
        settings = json.loads(content)
    except (ValueError, RecursionError):
        raise Refused(f"{file.name} is no JSON") from None
    if not isinstance(settings, dict):
        raise Refused(f"{file.name} is no tokenizer")
    for stage in ("normalizer", "pre_tokenizer", "decoder"):
        if _growth(settings.get(stage)) > _MOST_GROWTH:
            raise Refused(f"the {stage} in {file.name} makes texts far longer than they are")


def _growth(settings: Any) -> int:
    """Return how many letters at most come of one."""
    growth = 1
    for added in _replacements(settings):
        growth = min(growth * (1 + added), _MOST_GROWTH + 1)
    return growth


def _replacements(settings: Any) -> Iterator[int]:
    if isinstance(settings, dict):
        for key, value in settings.items():
            if key in ("content", "prepend", "replacement") and isinstance(value, str):
                yield len(value)
            yield from _replacements(value)
    elif isinstance(settings, list):
        for value in settings:
            yield from _replacements(value)
