"""Libraries that linksim does without until somebody asks for what they do."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def library(name: str, extra: str) -> Any:
    """Return a library that an extra of linksim brings.

    Raises:
        ImportError: if it is not installed, saying how to install it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        remedy = f"pip install 'semantic-linksim[{extra}]'"
        raise ImportError(f"{name} is not installed; {remedy} brings it", name=name) from None
