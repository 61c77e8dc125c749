"""Names of a package that load their modules when they are first asked for (PEP 562)."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

_LINE = re.compile(r"^from (linksim\S*) import (\w+) as \2$", re.MULTILINE)


def names_of(
    package: str, file: str
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__all__``, ``__getattr__`` and ``__dir__`` of a package, from its stub.

    The stub, ``__init__.pyi``, is what type checkers and editors read; so each name is listed once,
    in a line ``from MODULE import NAME as NAME``.

    Args:
        package, file: ``__name__`` and ``__file__`` of the package.
    """
    stub = Path(file).with_suffix(".pyi").read_text(encoding="utf-8")
    modules = {name: module for module, name in _LINE.findall(stub)}

    def load(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        if modules[name] == package:
            return import_module(f"{package}.{name}")
        module = import_module(modules[name])
        if not hasattr(module, name):  # a module itself
            import_module(f"{modules[name]}.{name}")
        value = getattr(module, name)
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return list(modules), load, listed
