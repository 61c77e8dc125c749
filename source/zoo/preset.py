"""Presets: which models a run uses. A preset is a TOML file; users add their own by path."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

_SHIPPED = Path(str(files("linksim.source.zoo"))) / "presets"
_SECTIONS = ("clip", "llava", "uo_isc")


@dataclass(frozen=True)
class Preset:
    """A named choice of models.

    Attributes:
        name: file name without ``.toml``.
        description: one line for people.
        limits: what it cannot do, one line; empty when there is nothing to say.
        models: folder in which ``folder:`` models lie.
        clip, llava, uo_isc: tables of the file, passed to the loaders.
    """

    name: str
    description: str
    limits: str
    models: Path
    clip: dict[str, Any]
    llava: dict[str, Any]
    uo_isc: dict[str, Any]


def preset_names() -> list[str]:
    """Return the names of the presets that come with linksim."""
    return sorted(path.stem for path in _SHIPPED.glob("*.toml"))


def load_preset(name: str, models: Path | None = None) -> Preset:
    """Read a preset by name, or from a ``.toml`` file of one's own.

    Args:
        models: folder with models of one's own; the preset file's own folder if not given.

    Raises:
        ValueError: if there is no such preset or the file is not one.
    """
    path = Path(name) if name.endswith(".toml") else _SHIPPED / f"{name}.toml"
    if not path.is_file():
        raise ValueError(f"{name}: unknown preset; one of {', '.join(preset_names())}, or a .toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        sections = {section: dict(table[section]) for section in _SECTIONS}
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{name}: not a readable preset file ({error})") from None
    except KeyError as error:
        raise ValueError(f"{name}: the preset lacks the table [{error.args[0]}]") from None
    return Preset(
        name=path.stem,
        description=str(table.get("description", "")),
        limits=str(table.get("limits", "")),
        models=models or path.parent,
        **sections,
    )
