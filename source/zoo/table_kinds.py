"""Kinds of values that a table of a preset may hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_LONGEST = 10_000  # characters of a text
_MOST_LAYERS = 64


@dataclass(frozen=True)
class Kind:
    """A kind of value: in words, and as a check."""

    words: str
    fits: Callable[[Any], bool]


def _number(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def whole(low: int, high: int) -> Kind:
    """Return the kind of whole numbers in this range."""
    words = f"a whole number from {low} to {high}"
    return Kind(words, lambda value: _number(value, int) and low <= value <= high)


def wholes(low: int, high: int) -> Kind:
    """Return the kind of lists of whole numbers in this range."""
    each = whole(low, high)

    def fits(value: Any) -> bool:
        return (
            isinstance(value, list)
            and 0 < len(value) <= _MOST_LAYERS
            and all(map(each.fits, value))
        )

    return Kind(f"a list of whole numbers from {low} to {high}", fits)


def share(low: float, high: float) -> Kind:
    """Return the kind of numbers in this range."""
    words = f"a number from {low:g} to {high:g}"
    return Kind(words, lambda value: _number(value, int, float) and low <= value <= high)


TEXT = Kind("a text", lambda value: isinstance(value, str) and 0 < len(value) <= _LONGEST)
SWITCH = Kind("true or false", lambda value: isinstance(value, bool))
STEPS, SIZE = whole(1, 1000), whole(1, 8192)
