"""Presets: which models a run uses. A preset is a TOML file; users add their own by path."""

from __future__ import annotations

import os
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from linksim.source.description import descriptions
from linksim.source.refused import Refused
from linksim.source.text_files import UnreadableText, read_toml
from linksim.source.zoo.preset_tables import check_tables

_SHIPPED = Path(str(files("linksim.source.zoo"))) / "presets"
_SECTIONS = ("clip", "llava")
_OPTIONAL = ("uo_isc", "detector", "diffusion", "discover", "query_aware")
_OURS = (*_SECTIONS, *_OPTIONAL)
_TEXTS = ("base", "description", "limits", "world")

_OF_SCENES = ("embedded", "wide")  # sets of tasks
SMALL, WIDE = WORLDS = ("small", "wide")
"""The worlds of drawn scenes: of 64×64 pixels, of 128×128."""


class ModelUnavailable(Refused):
    """A model that a preset names is not there, or is damaged; the message says what to do."""

    about = "preset"


class UnknownPreset(Refused):
    """There is no such preset, or its file is none; the message names it."""

    about = "preset"


@dataclass(frozen=True)
class Preset:
    """A named choice of models.

    Attributes:
        name: file name without ``.toml``.
        description: one line for people.
        limits: what it cannot do, one line; empty when there is nothing to say.
        models: folder in which ``folder:`` models lie.
        clip, llava: tables of the file, passed to the loaders.
        uo_isc, detector, diffusion, discover, query_aware: tables that a file may leave out; empty
            then.
        world: whose drawn scenes its models are shown, one of `WORLDS`.
        trusted: whether the user lets Python code run that comes with a model's weights.
        others: tables of codecs that other packages bring, by the codecs' names.
    """

    name: str
    description: str
    limits: str
    models: Path
    clip: dict[str, Any]
    llava: dict[str, Any]
    uo_isc: dict[str, Any] = field(default_factory=dict)
    detector: dict[str, Any] = field(default_factory=dict)
    diffusion: dict[str, Any] = field(default_factory=dict)
    discover: dict[str, Any] = field(default_factory=dict)
    query_aware: dict[str, Any] = field(default_factory=dict)
    world: str = SMALL
    trusted: bool = False
    others: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def knows_scenes(self) -> bool:
        """Whether its models know drawn scenes, not photographs."""
        return self.discover.get("tasks") in _OF_SCENES

    def table(self, name: str) -> dict[str, Any]:
        """Return the table of a model or codec; empty where the file has none."""
        found: dict[str, Any] = getattr(self, name) if name in _OURS else self.others.get(name, {})
        return found


def preset_names() -> list[str]:
    """Return the names of the presets that come with linksim."""
    return sorted(path.stem for path in _SHIPPED.glob("*.toml"))


def _shipped(name: object) -> dict[str, Any]:
    if name not in preset_names():
        raise Refused(f"base = {name!r}: unknown preset; one of {', '.join(preset_names())}")
    return _table(_SHIPPED / f"{name}.toml")


def _table(path: Path) -> dict[str, Any]:
    """Return what a preset's file holds; it is read again if it has changed.

    Raises:
        UnreadableText: if it is no text, or no TOML.
    """
    about = path.stat()
    version = (about.st_dev, about.st_ino, about.st_mtime_ns, about.st_size)
    return deepcopy(_read(path.absolute(), version))


@lru_cache(maxsize=16)
def _read(path: Path, _: tuple[int, ...]) -> dict[str, Any]:
    return read_toml(path)


def _sections(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the tables of a preset's file, checked.

    Raises:
        Refused: if one is missing, unknown or wrong.
    """
    own = [name for name, codec in descriptions().items() if codec.keys]
    known = tuple(dict.fromkeys((*_OURS, *own)))
    for key in table:
        if key not in (*known, *_TEXTS):
            raise Refused(f"{key[:40]!r} is nothing that a preset has; it has {', '.join(known)}")
    for key in _SECTIONS:
        if key not in table:
            raise Refused(f"the preset lacks the table [{key}]")
    for key in _TEXTS:
        if not isinstance(table.get(key, ""), str):
            raise Refused(f"{key} must be a text")
    if table.get("world", SMALL) not in WORLDS:
        raise Refused(f"world must be one of {', '.join(WORLDS)}")
    sections = {key: table.get(key, {}) for key in known}
    check_tables(sections)
    return sections


def load_preset(name: str, models: Path | None = None, trusted: bool = False) -> Preset:
    """Read a preset by name, or from a ``.toml`` file of one's own.

    A file with ``base = NAME`` takes the tables that it lacks from that preset of linksim's own.

    Args:
        models: folder with models of one's own; the preset file's own folder if not given.
        trusted: see `Preset`.

    Raises:
        UnknownPreset: if there is no such preset or the file is not one.
    """
    own = name.endswith(".toml")
    path = Path(name) if own else _SHIPPED / f"{name}.toml"
    if not (os.path.isfile(path) if own else name in preset_names()):
        known = f"one of {', '.join(preset_names())}, or a .toml"
        raise UnknownPreset(f"{name}: unknown preset; {known}")
    try:
        table = _table(path)
        if "base" in table:
            table = _shipped(table["base"]) | table
    except UnreadableText as error:
        raise UnknownPreset(f"{name}: not a readable preset file ({error.reason})") from None
    except Refused as error:
        raise UnknownPreset(f"{name}: not a readable preset file ({error})") from None
    try:
        sections = _sections(table)
    except Refused as error:
        raise UnknownPreset(f"{name}: {error}") from None
    return Preset(
        name=path.stem,
        description=table.get("description", ""),
        limits=table.get("limits", ""),
        models=models or path.parent,
        world=table.get("world", SMALL),
        trusted=trusted,
        **{name: sections.pop(name) for name in _OURS},
        others={name: own for name, own in sections.items() if own},
    )
