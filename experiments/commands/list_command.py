"""``linksim list``."""

from __future__ import annotations

import click

from linksim.phy import CHANNELS, CODES, DEMAPPERS, ENGINES, MODULATIONS
from linksim.phy.codes import CodeFamily

_DEMAPPERS = {
    "app": "exact a-posteriori LLRs",
    "maxlog": "LLRs of the nearest points alone",
}
_ENGINES = {
    "auto": "native where it can, else sionna; with a GPU and Sionna 2, sionna",
    "native": "compiled kernels on this processor; needs no framework",
    "hybrid": "Sionna up to the LLRs, the native LDPC decoder",
    "sionna": "Sionna throughout: the reference",
}


@click.command("list")
def command() -> None:
    """Name codecs, codes, modulations, channels, engines and presets."""
    from linksim.source import codec_names
    from linksim.source.zoo.preset import load_preset, preset_names

    sections = {
        "codecs": dict.fromkeys(codec_names(), ""),
        "codes": {name: _abilities(family) for name, family in CODES.items()},
        "modulations": {name: m.shape for name, m in MODULATIONS.items()},
        "demappers": {name: _DEMAPPERS.get(name, "") for name in DEMAPPERS},
        "channels": CHANNELS,
        "engines": {name: _ENGINES.get(name, "") for name in ENGINES},
        "presets": {name: load_preset(name).description for name in preset_names()},
    }
    for title, entries in sections.items():
        click.echo(click.style(title, bold=True))
        for name, text in entries.items():
            first, *more = text.split("\n")
            click.echo(f"  {name:15}{first}".rstrip())
            for line in more:
                click.echo(f"  {'':15}{line}")


def _abilities(family: CodeFamily) -> str:
    """Return a line about a code, and one on its rates and blocks."""
    low, high = family.rates
    if low == high:
        return f"{family.line}; a message is one block"
    fewest, most = family.information
    sizes = f"rate={low} to {high}; blocks of {fewest} to {most} information bits"
    crc = f", crc={family.crc} among them" if family.crc else ""
    coded = f", {family.most_coded} coded bits at most" if family.most_coded else ""
    return f"{family.line}\n{sizes}{crc}{coded}"
