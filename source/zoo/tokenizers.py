"""Tokenizers of transformers, from folders that strangers may have filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MOST_GROWTH = 1 << 12


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer in a folder; no code that comes with it runs.

    Raises:
        ValueError: if it makes far more of a text than there is.
        Exception: whatever transformers raises for files that are damaged or missing.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    check_growth(tokenizer)
    return tokenizer


def check_growth(tokenizer: Any) -> None:
    """Make sure that no replacements in a tokenizer make a long text of a short one.

    Thirty that each double a letter would make gigabytes of it.

    Args:
        tokenizer: of transformers; another has no replacements from files.

    Raises:
        ValueError: if they do.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    for part in ("normalizer", "pre_tokenizer", "decoder"):
        stage = getattr(backend, part, None)
        if stage is not None and _growth(json.loads(stage.__getstate__())) > _MOST_GROWTH:
            raise ValueError(f"the {part} of its tokenizer makes texts far longer than they are")


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
