"""``linksim list``."""

from __future__ import annotations

import click

from linksim.phy import CHANNELS, CODES, MODULATIONS


@click.command("list")
def command() -> None:
    """Name codecs, codes, modulations, channels and presets."""
    from linksim.source import codec_names
    from linksim.source.zoo.preset import load_preset, preset_names

    sections = {
        "codecs": dict.fromkeys(codec_names(), ""),
        "codes": CODES,
        "modulations": {name: m.shape for name, m in MODULATIONS.items()},
        "channels": CHANNELS,
        "presets": {name: load_preset(name).description for name in preset_names()},
    }
    for title, entries in sections.items():
        click.echo(click.style(title, bold=True))
        for name, line in entries.items():
            click.echo(f"  {name:12}{line}".rstrip())
