"""Objects of this process's own that stand behind names while a call runs.

Entry points give names to what packages bring. What a script or a notebook cell defines has none,
so a call that takes such an object lends it one: everything below knows parts by their names alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

DIGESTS = "linksim.digests"
"""The kind of digests of what objects do, by what they are of: a resumed run must have the same."""

_LENT: dict[str, dict[str, Any]] = {}


@contextmanager
def lent_names(kind: str, objects: Mapping[str, Any]) -> Iterator[None]:
    """Let names stand for objects within this context.

    Args:
        kind: what they are, as the group of entry points says it: ``linksim.codes``, say.
        objects: by name.
    """
    before = _LENT.get(kind, {})
    _LENT[kind] = {**before, **objects}
    try:
        yield
    finally:
        _LENT[kind] = before


def lent(kind: str) -> dict[str, Any]:
    """Return the objects of a kind that have a name now."""
    return dict(_LENT.get(kind, {}))
