"""A call of Python's as text, for results that no command makes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def python_call(name: str, options: Mapping[str, Any]) -> str:
    """Return the call that made results, objects by the names that they had.

    >>> python_call("link_curves", {"code": ("hamming",), "snr": "0:4", "ebno": False})
    "linksim.link_curves(code='hamming', snr='0:4')"
    """
    said = []
    for key, value in options.items():
        plain = value[0] if isinstance(value, tuple) and len(value) == 1 else value
        if plain not in (None, False, "", ()):
            said.append(f"{key}={plain!r}")
    return f"linksim.{name}({', '.join(said)})"
