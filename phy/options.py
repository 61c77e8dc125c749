"""Reading ``NAME:key=value,key=value``, the form of every part that a user names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any


def parse_options(
    text: str, known: Mapping[str, Mapping[str, Callable[[str], Any]]], names: Collection[str]
) -> tuple[str, dict[str, Any]]:
    """Split ``NAME[:key=value,…]`` and read the values.

    Args:
        text: as the user gave it.
        known: by name, what reads each option's value.
        names: all names.

    Raises:
        ValueError: with one line that says what is wrong and what is possible.

    >>> parse_options("ldpc:rate=0.5,crc=16", {"ldpc": {"rate": float, "crc": int}}, ["ldpc"])
    ('ldpc', {'rate': 0.5, 'crc': 16})
    """
    name, _, rest = text.partition(":")
    if name not in names:
        raise ValueError(f"{text}: unknown; one of {', '.join(names)}")
    readers, options = known.get(name, {}), {}
    for part in rest.split(",") if rest else ():
        key, equals, value = part.partition("=")
        if key not in readers:
            offer = f"it has {', '.join(readers)}" if readers else f"use {name}"
            raise ValueError(f"{text}: {name} has no option {key!r}; {offer}")
        if key in options:
            raise ValueError(f"{text}: {key} is given twice")
        try:
            options[key] = readers[key](value) if equals else _missing()
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{text}: {value!r} is no value of {key}") from None
    return name, options


def _missing() -> Any:
    raise ValueError
