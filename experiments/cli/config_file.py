"""Options of a command in a TOML file: ``--config`` reads one, ``--save-config`` writes one."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.surroundings import FREE_TEXTS, check_text
from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import write_atomically
from linksim.phy.options import meant
from linksim.source.text_files import UnreadableText, read_toml

_MOST_BYTES = 1 << 16
_NOT_KEPT = ("config", "save-config", "help")
_PERMISSIONS = ("trust-remote-code",)


def config_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` and ``--save-config``; the command gets ``save_config`` and obeys it."""
    save = click.option(
        "--save-config",
        type=click.Path(path_type=Path),
        default=None,
        help="Write all options as given here, with what they mean, into a TOML file, and stop.",
    )
    read = click.option(
        "--config",
        type=click.Path(path_type=Path),
        is_eager=True,  # what it says are defaults for the others
        expose_value=False,
        callback=_read,
        help="TOML file with options by their names; those given here go before it.",
    )
    return read(save(command))


def _read(context: click.Context, _: click.Parameter, file: Path | None) -> None:
    if file is not None:
        context.default_map = read_options(file, context.command)


def read_options(file: Path, command: click.Command) -> dict[str, Any]:
    """Read the options of a command, by the names that click has for them.

    Raises:
        Fault: naming the file and the key that is wrong.
    """
    known = _options(command)
    found = {}
    for key, value in _table(file).items():
        if key in _PERMISSIONS:
            raise Fault(f"--config {file}: {key} is a permission; give it on the command line")
        if key not in known:
            remedy = meant(key, known) or f"; `linksim {command.name} --help` has all"
            raise Fault(f"--config {file}: {key} is no option of linksim {command.name}{remedy}")
        wanted, fits = _kind(known[key])
        if not fits(value):
            raise Fault(f"--config {file}: {key} must be {wanted}")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and key not in FREE_TEXTS:
                check_text(f"--config {file}: {key}", text)
        listed = known[key].multiple and isinstance(value, str)
        found[str(known[key].name)] = [value] if listed else value
    return found


def _table(file: Path) -> dict[str, Any]:
    try:
        return read_toml(file, _MOST_BYTES)
    except UnreadableText as error:
        raise Fault(f"--config {file}: {error.reason}") from None


def _options(command: click.Command) -> dict[str, click.Option]:
    """Return what a file may hold, and permissions, by the names on the command line."""
    options = (each for each in command.params if isinstance(each, click.Option))
    named = {option.opts[0].lstrip("-"): option for option in options}
    return {name: option for name, option in named.items() if name not in _NOT_KEPT}


def _kind(option: click.Option) -> tuple[str, Callable[[Any], bool]]:
    """Return what an option's value must be, in words and as a check."""

    def text(value: Any) -> bool:
        return isinstance(value, str)

    def number(*kinds: type) -> Callable[[Any], bool]:
        return lambda value: isinstance(value, kinds) and not isinstance(value, bool)

    if option.is_flag:
        return "true or false", lambda value: isinstance(value, bool)
    if isinstance(option.type, click.types.IntParamType):
        return "a whole number", number(int)
    if isinstance(option.type, click.types.FloatParamType):
        return "a number", number(int, float)
    if option.multiple:
        listed = "a text in quotes, or a list of them"
        return listed, lambda v: text(v) or (isinstance(v, list) and bool(v) and all(map(text, v)))
    return "a text in quotes", text


def save_options(context: click.Context, file: Path) -> None:
    """Write the options that a command was given, and their defaults.

    Raises:
        Fault: if the file is there already.
    """
    if file.exists():
        raise Fault(f"--save-config {file}: is there already; give another name")
    name = context.command.name
    head = f"# Options of linksim {name}. Use: linksim {name} --config {file.name}"
    lines = [head, "# Options on the command line go before those here."]
    for key, option in _options(context.command).items():
        if key not in _PERMISSIONS:
            about = textwrap.wrap(option.help or "", 96)
            value = _value(context, option)
            setting = f"# {key} = " if value is None else f"{key} = {_toml(value)}"
            lines += ["", *(f"# {line}" for line in about), setting]
    write_atomically(file, ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))


def _value(context: click.Context, option: click.Option) -> Any:
    """Return what an option was given, None for nothing.

    Options that are no longer there were taken into the text of another one.
    """
    name = str(option.name)
    value = context.params.get(name)
    if value is None or isinstance(value, (str, bool, int, float, tuple)):
        return value
    if context.get_parameter_source(name) is click.core.ParameterSource.DEFAULT:
        return str(option.default)  # auto, not the device that it stands for
    return str((context.default_map or {}).get(name, value))


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # JSON's texts, numbers and booleans are TOML's, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
