"""Options that several commands share, checked as they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.codec_flags import flag_options, with_flags
from linksim.experiments.cli.completion import completes
from linksim.experiments.configuration import SCENES, SweepConfiguration, parse_metrics
from linksim.experiments.constellations import FILE, modulation_of
from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.grid import split_values
from linksim.link.cbr import parse_cbr
from linksim.link.protection import parse_protection
from linksim.phy import (
    CODES,
    DEMAPPERS,
    ENGINES,
    MODULATIONS,
    ChannelSpec,
    CodeSpec,
    HarqSpec,
    channel_names,
    code_names,
    modulation_names,
)
from linksim.phy.channel import OPTIONS
from linksim.phy.options import find_name, known_name, meant
from linksim.source.refused import Refused
from linksim.source.text_files import one_line

_MOST_THREADS = 1024
_DEVICES = ("cpu", "cuda", "mps")  # PyTorch has more that compute nothing, or need other software

Command = Callable[..., Any]
Callback = Callable[[click.Context, click.Parameter, Any], Any]


def _checked(check: Callable[[str], str], names: Callable[[], Iterable[str]] = tuple) -> Callback:
    """Return a callback that checks a value, or each of several, without repeats.

    Args:
        check: of one value.
        names: returns those that values begin with, for what has several values with commas
            between.
    """

    def callback(_: click.Context, __: click.Parameter, given: Any) -> Any:
        if isinstance(given, tuple):
            is_name = partial(find_name, names=tuple(names()))
            values = (value for text in given for value in split_values(text, is_name))
            return tuple(dict.fromkeys(check(value) for value in values))
        return check(given)

    return callback


def _code(text: str) -> str:
    return str(CodeSpec.parse(text))


def _modulation(text: str) -> str:
    """Return a modulation's name, or a file of points by its absolute path."""
    if text.startswith(FILE):
        text = FILE + str(Path(text.removeprefix(FILE)).absolute())
        modulation_of(text)
        return text
    return known_name(text, modulation_names(), "modulation")


def _modulation_names() -> tuple[str, ...]:
    return (*modulation_names(), FILE.rstrip(":"))


def _channel(text: str) -> str:
    name, given = ChannelSpec.parse(text).name, text.partition(":")[2]
    words = (word.partition("=") for word in given.split(",") if word)
    options = (f"{find_name(key, OPTIONS[name])}={value}" for key, _, value in words)
    return ":".join(filter(None, [name, ",".join(options)]))


def _csi(text: str) -> str:
    every = ChannelSpec.parse("awgn", csi=text).pilot_every
    return f"pilot:every={every}" if every else "perfect"


def _protection(text: str) -> str:
    if text:
        parse_protection(text)
    return text


def _one_of(option: str, names: Collection[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        return known_name(text, names, option)

    return check


def _coherence(text: str) -> str:
    return ChannelSpec.parse("awgn", text).coherence_text


def _size(text: str) -> str:
    from linksim.source.pictures import parse_size

    try:
        if text:
            parse_size(text)
    except ValueError as error:
        raise Fault(f"--size {text}: {error}") from None
    return text


def _cbr(text: str) -> str:
    try:
        return str(parse_cbr(text)) if text else ""
    except ValueError as error:
        raise Fault(f"--cbr {text}: {error}") from None


def _ratios(_: click.Context, __: click.Parameter, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_cbr(each.strip() or "0") for each in text.split(",")))


def _threads(_: click.Context, __: click.Parameter, number: int) -> int:
    if not 0 <= number <= _MOST_THREADS:
        raise Fault(f"--threads {number}: give a number of cores, or 0 for all of them")
    return number


def _codec(context: click.Context, __: click.Parameter, given: Any) -> Any:
    from linksim.source.codec import codec_names

    several, names = isinstance(given, tuple), codec_names()
    is_name = partial(find_name, names=names)
    texts = [v for text in given for v in split_values(text, is_name)] if several else [given]
    values = [_known_codec(text, names) for text in texts]
    values = with_flags(context, values)
    return tuple(dict.fromkeys(values)) if several else values[0]


def _known_codec(text: str, names: Collection[str]) -> str:
    """Return a codec's text with its name as it is installed."""
    given, colon, variant = text.partition(":")
    try:
        one_line(variant)
    except Refused as error:
        raise Fault(f"--codec {text}: {error}") from None
    name = find_name(given, names)
    if name is None:
        raise Fault(f"--codec {text}: unknown; one of {', '.join(names)}{meant(given, names)}")
    return name + colon + variant


def _preset(_: click.Context, __: click.Parameter, text: str) -> str:
    from linksim.source.zoo.preset import UnknownPreset, load_preset, preset_names

    shipped = preset_names()
    text = text if text.endswith(".toml") else find_name(text, shipped) or text
    try:
        load_preset(text)
    except UnknownPreset as error:
        known = Path(text).is_file() or find_name(text, shipped)
        raise Fault(f"--preset {error}{'' if known else meant(text, shipped)}") from None
    return text


def _judge(_: click.Context, __: click.Parameter, text: str) -> str:
    from linksim.source.judge import judge_names

    return known_name(text, judge_names(), "judge")


def _seed(_: click.Context, __: click.Parameter, number: int) -> int:
    if not 0 <= number < 2**32:
        raise Fault(f"--seed {number}: give a number from 0 to {2**32 - 1}")
    return number


def _device(context: click.Context, _: click.Parameter, text: str) -> Any:
    from linksim.source.zoo.collection import uncollected

    with uncollected():
        import torch

    elsewhere = bool(context.params.get("scheduler"))  # the device is that of its workers
    if text == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(text)
        if device.type not in _DEVICES:
            raise RuntimeError
        torch.empty(0, device="meta" if elsewhere else device)
    except (RuntimeError, AssertionError):
        here = ", ".join(kind for kind in _DEVICES if _is_here(kind))
        raise Fault(f"--device {text}: not on this machine; use {here} or auto") from None
    return device


def _is_here(kind: str) -> bool:
    import torch

    return kind == "cpu" or bool(getattr(torch, kind).is_available())


scenes_option = click.option(
    "--scenes",
    type=click.Choice(SCENES, case_sensitive=False),
    default=SweepConfiguration.scenes,
    show_default=True,
    help="What scenes show and questions (VQA's too) are about: all kinds of things, or animals "
    "alone, which UO-ISC never met in training.",
)
device_option = click.option(
    "--device", default="auto", show_default=True, callback=_device, help="cpu, cuda, mps or auto."
)
preset_option = click.option(
    "--preset",
    default=SweepConfiguration.preset,
    show_default=True,
    callback=_preset,
    shell_complete=completes("preset"),
    help="Which models: embedded, paper, paper-nanollava, or a .toml of your own.",
)
models_option = click.option(
    "--models",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder with models of your own, for presets that need them.",
)
trust_option = click.option(
    "--trust-remote-code",
    "trusted",
    is_flag=True,
    help="Run the Python code that comes with a preset's LLaVA, where the preset asks for it; it "
    "can do all that you can, so read it first.",
)
judge_option = click.option(
    "--judge",
    default=SweepConfiguration.judge,
    show_default=True,
    callback=_judge,
    help="Who answers the question about what is sent and what arrives: llava, the preset's; "
    "imagenet, which knows 1000 kinds of things in photographs; none: errors and fidelity alone.",
)
metrics_option = click.option(
    "--metrics",
    default=SweepConfiguration.metrics,
    metavar="METRIC,…",
    callback=lambda _, __, text: text and ",".join(parse_metrics(text)),
    help="What else is measured of received pictures: psnr_y and ms_ssim_y, of luma alone; lpips "
    "and dists, by vgg16.safetensors and lpips.safetensors or dists.safetensors under --models.",
)
seed_option = click.option(
    "--seed",
    type=int,
    default=SweepConfiguration.seed,
    show_default=True,
    callback=_seed,
    help="Of everything drawn.",
)


_TEXTS = {
    "codec": "Source codec NAME or NAME:OPTIONS; `linksim list` has them.",
    "code": f"Channel code NAME[:key=value,...], one of {', '.join(CODES)}; `linksim list` has "
    "their options.",
    "modulation": f"One of {', '.join(MODULATIONS)}, or file:POINTS.csv (label,i,q).",
    "channel": "awgn, rayleigh, or rician:k=K, K the power of the direct path over the rest; "
    "doppler=F, in cycles per symbol, correlates fading in time.",
}
_CALLBACKS: dict[str, Callback] = {
    "codec": _codec,
    "code": _checked(_code, code_names),
    "modulation": _checked(_modulation, _modulation_names),
    "channel": _checked(_channel, channel_names),
}


def grid_option(
    name: str, several: bool, defaults: Sequence[str] = (), text: str = ""
) -> Callable[[Command], Command]:
    """Return an option for one value, or for several with commas between.

    Args:
        name: codec, code, modulation or channel.
        several: whether it takes several values.
        defaults: where they are not those of all commands.
        text: help, where it is not that of all commands.
    """
    values = tuple(defaults) or (getattr(SweepConfiguration, name),)
    return click.option(
        f"--{name}",
        multiple=several,
        default=values if several else values[0],
        show_default=True,
        callback=_CALLBACKS[name],
        shell_complete=completes(name),
        metavar=f"{name.upper()},…" if several else None,
        help=text or _TEXTS[name] + (" Several: a curve for each." if several else ""),
    )


_DEMAPPER = click.option(
    "--demapper",
    default=SweepConfiguration.demapper,
    show_default=True,
    callback=_checked(_one_of("demapper", DEMAPPERS)),
    shell_complete=completes("demapper"),
    help="app: exact LLRs; maxlog: of the nearest points alone.",
)
threads_option = click.option(
    "--threads",
    type=int,
    default=0,
    show_default=True,
    callback=_threads,
    help="Cores to use, 0 for all that this process may use; changes no figure.",
)
_FADING = [
    click.option(
        "--coherence",
        default=SweepConfiguration.coherence,
        show_default=True,
        callback=_checked(_coherence),
        help="Over what fading stays the same: a number of symbols, block (a code block) or "
        "image (all that is sent for a picture or message).",
    ),
    click.option(
        "--csi",
        default=SweepConfiguration.csi,
        show_default=True,
        callback=_checked(_csi),
        help="What the receiver knows of the fading: perfect, or pilot:every=N, an estimate from "
        "a pilot before every N symbols.",
    ),
    click.option(
        "--engine",
        default=SweepConfiguration.engine,
        show_default=True,
        callback=_checked(_one_of("engine", ENGINES)),
        shell_complete=completes("engine"),
        help=f"What runs the physical layer: {', '.join(ENGINES)}; auto chooses, "
        "as linksim list says.",
    ),
    threads_option,
]
codec_option = grid_option("codec", False)

_RECEIVER = click.option(
    "--receiver",
    type=click.Choice(("hard", "soft"), case_sensitive=False),
    default=SweepConfiguration.receiver,
    show_default=True,
    help="hard: the codec decodes decided bits; soft: it weighs how sure each bit is (uo_isc).",
)

size_option = click.option(
    "--size",
    default="",
    show_default="original, if all codecs take any size; else the codec's square",
    callback=_checked(_size),
    help="What of a picture is sent: original, as large as it is; N, its middle square scaled to "
    "N×N; WxH, its middle of that shape scaled. For codecs of any size (jpeg, hevc …).",
)
cbr_option = click.option(
    "--cbr",
    default="",
    show_default="the codec's messages",
    callback=_checked(_cbr),
    help="Channel symbols for each number of a picture (3·H·W), pilots among them, like 1/16: the "
    "budget of codecs of files; others send what they send.",
)

ratios_option = click.option(
    "--cbr",
    default="1/16",
    show_default=True,
    callback=_ratios,
    metavar="RATIO,…",
    help="Channel symbols for each number of a picture (3·H·W), like 1/16; several, with commas "
    "between: a study for each, in folders of their own, and a figure over all.",
)

_PROTECT = click.option(
    "--protect",
    default=SweepConfiguration.protect,
    callback=_checked(_protection),
    help="Code rates of a message's parts, PART=RATE,…, in place of --code's: uo_isc has strong "
    "and weak.",
)


def _harq(_: click.Context, __: click.Parameter, text: str | None) -> str | None:
    return str(HarqSpec.parse(text)) if text else None


harq_option = click.option(
    "--harq",
    default=None,
    callback=_harq,
    metavar="chase|ir[:rounds=N]|semantic[:need=K,…]",
    help="Send messages again that did not come through, up to N times in all (4): the same bits "
    "(chase), or the redundancy versions 0, 2, 3, 1 (ir; ldpc, nr, turbo). In linksim link the "
    "errors of first transmissions then decide when a point is done. semantic, of sweeps of uo_isc "
    "and discover: a code block for each unit, and those alone again that the receiver lacks of "
    "the K most important ones; docs/transport.md has its options.",
)

PHY_NAMES = ("code", "modulation", "demapper", "channel", "coherence", "csi", "protect")
"""Options that say what a physical layer is made of."""


def link_options(command: Command) -> Command:
    """Add the options that describe a link and its models."""
    return with_options(command, _link(several=False))


def grid_options(command: Command) -> Command:
    """Add the options that describe links and their models: several codecs, codes, channels."""
    return with_options(command, _link(several=True))


def _link(several: bool) -> list[Callable[[Command], Command]]:
    codec: list[Callable[[Command], Command]]
    codec = [grid_option("codec", several), *flag_options()]
    models = [_PROTECT, _RECEIVER, preset_option, models_option, device_option, seed_option]
    return [*codec, *_physical(several, several), *models]


def _physical(codes: bool, channels: bool) -> list[Callable[[Command], Command]]:
    """Return the options of a physical layer; of several codes or channels where they may be."""
    coded: list[Callable[[Command], Command]]
    coded = [grid_option("code", codes), grid_option("modulation", codes), _DEMAPPER]
    return [*coded, grid_option("channel", channels), *_FADING]


def phy_options(command: Command) -> Command:
    """Add the options that describe a physical layer and models, where codecs are given."""
    models = [preset_option, models_option, device_option, seed_option]
    return with_options(command, [*_physical(False, False), *models])


def simulation_options(command: Command) -> Command:
    """Add the options that describe physical layers: several codes, several modulations."""
    return with_options(command, [*_physical(True, False), seed_option])


def with_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Add options to a command, in this order."""
    for option in reversed(options):
        command = option(command)
    return command
