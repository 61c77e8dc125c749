"""What a codec says of itself before it is loaded: a line, options of its own, a preset's table.

Descriptions are light: they name nothing of PyTorch's, so that ``linksim list`` and ``--help`` stay
quick.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linksim.source.zoo.preset import Preset
    from linksim.source.zoo.table_kinds import Kind

GROUP = "linksim.codec_descriptions"
"""Entry points by which packages describe the codecs that they bring, by the codecs' names."""


@dataclass(frozen=True)
class Flag:
    """An option of the command line's that says a part of a codec's text.

    Attributes:
        name: of the option, without ``--``.
        metavar: what stands for its value.
        about: what it does, without the codec's name.
        key: what it says in ``NAME:key=value``; two flags of one key exclude one another.
    """

    name: str
    metavar: str
    about: str
    key: str


@dataclass(frozen=True)
class Description:
    """What a codec says of itself.

    Attributes:
        lines: what ``linksim list`` says of it; the embedded preset is at hand.
        flags: options of its own, beside ``--codec NAME:…``.
        keys: of its table in a preset, which has the codec's name; without any it has none.
        optional: those of the keys that may be missing.
        sized: whether it takes pictures of many sizes, see `linksim.source.codec.SizedCodec`.
    """

    lines: str | Callable[[Preset], str] = ""
    flags: tuple[Flag, ...] = ()
    keys: Mapping[str, Kind] = field(default_factory=dict)
    optional: Collection[str] = ()
    sized: bool = False


@cache
def descriptions() -> Mapping[str, Description]:
    """Return what installed codecs say of themselves, by name."""
    return {entry.name: entry.load() for entry in entry_points(group=GROUP)}
