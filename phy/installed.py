"""Parts that other packages bring, found by their entry points; and those that a call was given."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from linksim._given import lent


def installed_names(group: str) -> tuple[str, ...]:
    """Return the names of the entry points in a group, in alphabetical order."""
    return tuple(sorted({*entry_points(group=group).names, *lent(group)}))


def installed_from(group: str, name: str) -> str:
    """Return the name of the package that an entry point belongs to; empty if it has none."""
    (found, *_) = entry_points(group=group, name=name)
    return found.dist.name if found.dist else ""


def load_installed(group: str, name: str, is_part: Callable[[Any], bool]) -> Any:
    """Return the part that an entry point names, or what it names returns when it is called.

    Args:
        group, name: of the entry point.
        is_part: tells whether an object is a part itself; classes and other objects are called.
    """
    (found, *_) = entry_points(group=group, name=name)
    named = found.load()
    return named if is_part(named) and not isinstance(named, type) else named()
