"""Options that codecs bring: each says a part of the text that follows the codec's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from linksim.experiments.faults import Fault
from linksim.source.description import Flag, descriptions

_GIVEN = "flags of codecs"  # in a context's meta: the values that were given, by flag


def flag_options() -> list[Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """Return the options of all installed codecs, to be read before ``--codec``."""
    return [
        click.option(
            f"--{name}",
            is_eager=True,  # `with_flags` takes it
            expose_value=False,
            callback=_keep,
            metavar=flags[0][1].metavar,
            help=" ".join(f"Of {codec}: {flag.about}" for codec, flag in flags),
        )
        for name, flags in _by_name().items()
    ]


def with_flags(context: click.Context, codecs: Sequence[str]) -> list[str]:
    """Return codecs' texts, ``NAME:…``, with what the options of theirs say that were given.

    Raises:
        Fault: if an option is none of theirs, or two say different things of one part.
    """
    given: dict[str, str] = context.meta.get(_GIVEN, {})
    names = {codec.partition(":")[0] for codec in codecs}
    for option in given:
        owners = [codec for codec, _ in _by_name()[option]]
        if not names & set(owners):
            those = [f"--{n}" for n in given if [c for c, _ in _by_name()[n]] == owners]
            raise Fault(f"{', '.join(those)}: of --codec {' or '.join(owners)} only")
    return [_with(codec, given) for codec in codecs]


def _with(codec: str, given: dict[str, str]) -> str:
    name = codec.partition(":")[0]
    said: dict[str, tuple[str, str]] = {}
    for option, value in given.items():
        for owner, flag in _by_name()[option]:
            if owner == name:
                other = said.setdefault(flag.key, (option, value))
                if other[1] != value:
                    raise Fault(f"--{other[0]} and --{option}: give one of them")
    options = ",".join(f"{key}={value}" for key, (_, value) in said.items())
    return codec + ("," if ":" in codec else ":") * bool(options) + options


def _by_name() -> dict[str, list[tuple[str, Flag]]]:
    """Return each option's name with the codecs that have it."""
    found: dict[str, list[tuple[str, Flag]]] = {}
    for codec, description in descriptions().items():
        for flag in description.flags:
            found.setdefault(flag.name, []).append((codec, flag))
    return found


def _keep(context: click.Context, parameter: click.Parameter, text: str | None) -> None:
    if text is not None:
        name = parameter.opts[0].removeprefix("--")
        context.meta.setdefault(_GIVEN, {})[name] = text.strip().replace(",", "+")
