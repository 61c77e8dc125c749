"""What a shell offers for the value of an option, when Tab is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from linksim.phy import (
    CHANNELS,
    DEMAPPERS,
    ENGINES,
    MODULATIONS,
    channel,
    channel_names,
    code_names,
    codes,
    modulation,
    modulation_names,
)
from linksim.phy.codes import CODES

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _codecs() -> dict[str, str]:
    from linksim.source.codec import codec_names

    return dict.fromkeys(codec_names(), "")


def _presets() -> dict[str, str]:
    from linksim.source.zoo.preset import load_preset, preset_names

    return {name: load_preset(name).description for name in preset_names()}


def _codes() -> dict[str, str]:
    names = dict.fromkeys(code_names(), codes.GROUP)
    return names | {name: family.line.splitlines()[0] for name, family in CODES.items()}


def _modulations() -> dict[str, str]:
    names = dict.fromkeys(modulation_names(), modulation.GROUP)
    return names | {name: one.shape for name, one in MODULATIONS.items()}


def _channels() -> dict[str, str]:
    return dict.fromkeys(channel_names(), channel.GROUP) | CHANNELS


_NAMES: dict[str, Callable[[], dict[str, str]]] = {
    "codec": _codecs,
    "code": _codes,
    "modulation": _modulations,
    "channel": _channels,
    "demapper": lambda: dict.fromkeys(DEMAPPERS, ""),
    "engine": lambda: dict.fromkeys(ENGINES, ""),
    "preset": _presets,
}
"""By option: what its values begin with, and a line about each."""


def completes(option: str) -> Complete:
    """Return what completes the values of an option; of several with commas between, the last.

    Args:
        option: a key of `_NAMES`.
    """

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
        before, comma, begun = incomplete.rpartition(",")
        return list(_items(_NAMES[option](), before + comma, begun))

    return complete


def _items(names: dict[str, str], before: str, begun: str) -> Iterable[CompletionItem]:
    for name, line in names.items():
        if name.startswith(begun.lower()):
            yield CompletionItem(before + name, help=line or None)
