"""``linksim list``."""

from __future__ import annotations

import click

from linksim.experiments.text_out import say
from linksim.phy import (
    CHANNELS,
    CODES,
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
from linksim.phy.families.family import CodeFamily
from linksim.phy.installed import installed_from

_DEMAPPERS = {
    "app": "exact a-posteriori LLRs",
    "maxlog": "LLRs of the nearest points alone",
}
_ENGINES = {
    "auto": "native where it can, else sionna; gpu for calls that fill one that is there",
    "native": "compiled kernels on this processor; needs no framework",
    "gpu": "CUDA kernels with native's numbers; needs an NVIDIA GPU; ldpc, nr, repetition, none",
    "hybrid": "Sionna up to the LLRs, the native LDPC decoder",
    "sionna": "Sionna throughout: the reference",
}
_COLUMN = 17  # of the names


@click.command("list")
def command() -> None:
    """Name codecs, codes, modulations, channels, engines and presets."""
    from linksim.source import codec_names
    from linksim.source.description import Description, descriptions
    from linksim.source.zoo.preset import load_preset, preset_names

    preset, described = load_preset("embedded"), descriptions()
    codecs = {name: described.get(name, Description()).lines for name in codec_names()}
    sections = {
        "codecs": {n: said(preset) if callable(said) else said for n, said in codecs.items()},
        "codes": {
            **_installed(codes.GROUP, code_names()),
            **{name: _abilities(family) for name, family in CODES.items()},
        },
        "modulations": {
            **_installed(modulation.GROUP, modulation_names()),
            **{name: m.shape for name, m in MODULATIONS.items()},
        },
        "demappers": {name: _DEMAPPERS.get(name, "") for name in DEMAPPERS},
        "channels": {**_installed(channel.GROUP, channel_names()), **CHANNELS},
        "engines": {name: _ENGINES.get(name, "") for name in ENGINES},
        "presets": {name: load_preset(name).description for name in preset_names()},
    }
    for title, entries in sections.items():
        click.echo(click.style(title, bold=True))
        for name, text in entries.items():
            first, *more = text.split("\n")
            say(f"  {name:{_COLUMN}}{first}".rstrip())
            for line in more:
                say(f"  {'':{_COLUMN}}{line}")


def _installed(group: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return of each name that is no more than installed the package that brings it."""
    ours = {*CODES, *MODULATIONS, *CHANNELS}
    return {name: "" if name in ours else f"of {installed_from(group, name)}" for name in names}


def _abilities(family: CodeFamily) -> str:
    """Return a line about a code, and one on its rates and blocks."""
    if family.fixed:
        return f"{family.line}\na message is one transport block"
    if not family.has_rates:
        return f"{family.line}; a message is one block"
    (low, high), (fewest, most) = family.rates, family.information
    sizes = f"rate={low} to {high}; blocks of {fewest} to {most} information bits"
    crc = f", crc={family.crc} among them" if family.crc else ""
    coded = f", {family.most_coded} coded bits at most" if family.most_coded else ""
    return f"{family.line}\n{sizes}{crc}{coded}"
