"""Names as users write them, and ``NAME:key=value,key=value``, the form of every part named."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from linksim.phy.refused import Refused


def find_name(text: str, names: Iterable[str]) -> str | None:
    """Return the one of some names that a text stands for, None if there is none.

    Case, hyphens, underscores and spaces count for nothing.

    >>> find_name("64-QAM", ["qpsk", "64qam"]), find_name("9psk", ["8psk"])
    ('64qam', None)
    """
    return {_folded(name): name for name in names}.get(_folded(text))


def known_name(text: str, names: Collection[str], about: str = "name") -> str:
    """Return the one of some names that a text stands for; see `find_name`.

    Args:
        text: as the user gave it.
        names: all that there are.
        about: the argument that it was given for.

    Raises:
        Refused: if there is none, with all that there are and the one that was meant, perhaps.

    >>> known_name("lpdc", ["ldpc", "polar"])
    Traceback (most recent call last):
    linksim.phy.refused.Refused: name lpdc: unknown; one of ldpc, polar; did you mean ldpc?
    """
    found = find_name(text, names)
    if found is None:
        raise _unknown(about, text, text, names)
    return found


def meant(text: str, names: Iterable[str]) -> str:
    """Return ``; did you mean NAME?`` for the name that is most like a text; nothing if none is."""
    folded = {_folded(name): name for name in names}
    near = get_close_matches(_folded(text), folded, 1)
    return f"; did you mean {folded[near[0]]}?" if near else ""


def _folded(text: str) -> str:
    return re.sub(r"[-_\s]", "", text).casefold()


def parse_options(
    text: str,
    known: Mapping[str, Mapping[str, Callable[[str], Any]]],
    names: Collection[str],
    about: str = "name",
) -> tuple[str, dict[str, Any]]:
    """Split ``NAME[:key=value,…]`` and read the values.

    Args:
        text: as the user gave it.
        known: by name, what reads each option's value.
        names: all names.
        about: the argument that the text was given for.

    Raises:
        Refused: with one line that says what is wrong and what is possible.

    >>> parse_options("ldpc:rate=0.5,crc=16", {"ldpc": {"rate": float, "crc": int}}, ["ldpc"])
    ('ldpc', {'rate': 0.5, 'crc': 16})
    """
    given, _, rest = text.partition(":")
    name = find_name(given, names)
    if name is None:
        raise _unknown(about, text, given, names)
    readers, options = known.get(name, {}), {}
    for part in rest.split(",") if rest else ():
        word, equals, value = part.partition("=")
        key = find_name(word, readers)
        if key is None:
            offer = f"it has {', '.join(readers)}" if readers else f"use {name}"
            lacks = f"{name} has no option {word!r}; {offer}{meant(word, readers)}"
            raise Refused(about, lacks, text)
        if key in options:
            raise Refused(about, f"{key} is given twice", text)
        try:
            options[key] = readers[key](value) if equals else _missing()
        except (ValueError, ZeroDivisionError):
            raise Refused(about, f"{value!r} is no value of {key}", text) from None
    return name, options


def _unknown(about: str, text: str, name: str, names: Collection[str]) -> Refused:
    return Refused(about, f"unknown; one of {', '.join(names)}{meant(name, names)}", text)


def _missing() -> Any:
    raise ValueError
