"""Options that several commands share, checked as they are read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from linksim.experiments.faults import Fault
from linksim.phy import CHANNELS, MODULATIONS, CodeSpec


def _code(_: click.Context, __: click.Parameter, text: str) -> str:
    try:
        return str(CodeSpec.parse(text))
    except ValueError as error:
        raise Fault(f"--code {error}") from None


def _one_of(option: str, names: dict[str, Any]) -> Callable[..., str]:
    def check(_: click.Context, __: click.Parameter, text: str) -> str:
        if text not in names:
            raise Fault(f"--{option} {text}: unknown; one of {', '.join(names)}")
        return text

    return check


def _codec(_: click.Context, __: click.Parameter, text: str) -> str:
    from linksim.source import codec_names

    if text not in codec_names():
        raise Fault(f"--codec {text}: unknown; one of {', '.join(codec_names())}")
    return text


def _preset(_: click.Context, __: click.Parameter, text: str) -> str:
    from linksim.source.zoo.preset import load_preset

    try:
        load_preset(text)
    except ValueError as error:
        raise Fault(f"--preset {error}") from None
    return text


def _coherence(_: click.Context, __: click.Parameter, text: str) -> int:
    if text == "image":
        return 0
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) < 2**31:
        raise Fault(f"--coherence {text}: give a number of symbols from 1 up, or image")
    return int(text)


def _seed(_: click.Context, __: click.Parameter, number: int) -> int:
    if not 0 <= number < 2**32:
        raise Fault(f"--seed {number}: give a number from 0 to {2**32 - 1}")
    return number


def _device(_: click.Context, __: click.Parameter, text: str) -> Any:
    import torch

    if text == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(text)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):
        raise Fault(f"--device {text}: not on this machine; use cpu, cuda or auto") from None
    return device


device_option = click.option(
    "--device", default="auto", show_default=True, callback=_device, help="cpu, cuda or auto."
)
preset_option = click.option(
    "--preset",
    default="embedded",
    show_default=True,
    callback=_preset,
    help="Which models: embedded, paper, or a .toml of your own.",
)
models_option = click.option(
    "--models",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder with models of your own, for presets that need them.",
)
seed_option = click.option(
    "--seed", type=int, default=0, show_default=True, callback=_seed, help="Of everything drawn."
)

_LINK_OPTIONS = [
    click.option(
        "--codec", default="uo_isc", show_default=True, callback=_codec, help="Source codec."
    ),
    click.option(
        "--code",
        default="ldpc:rate=1/2",
        show_default=True,
        callback=_code,
        help="Channel code, with options after a colon; none sends bits uncoded.",
    ),
    click.option(
        "--modulation",
        default="8psk",
        show_default=True,
        callback=_one_of("modulation", MODULATIONS),
        help=f"One of {', '.join(MODULATIONS)}.",
    ),
    click.option(
        "--channel",
        default="awgn",
        show_default=True,
        callback=_one_of("channel", CHANNELS),
        help="awgn, or rayleigh: flat fading that the receiver knows.",
    ),
    click.option(
        "--coherence",
        default="1",
        show_default=True,
        callback=_coherence,
        help="Symbols over which fading stays the same, or image for a whole picture.",
    ),
    preset_option,
    models_option,
    device_option,
    seed_option,
]


def link_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that describe a link and its models."""
    for option in reversed(_LINK_OPTIONS):
        command = option(command)
    return command
