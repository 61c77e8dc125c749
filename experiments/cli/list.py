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

_CODECS = {
    "deepjscc": "picture to channel symbols by a network, no bits in between\n"
    "weights=FOLDER; --code, --modulation, --demapper and --engine play no part",
    "discover": "the objects that a task needs, in packets; diffusion composes the rest\n"
    "transmit=full|TASK|LABEL+LABEL, rate=1|2|4|8, steps=N, composition=on|off,\n"
    "disentanglement=on|off; --task, --transmit and the last two are options too",
    "jpeg2000": "the best JPEG2000 file within a budget; bits=6144 for 64×64",
    "png": "a PNG file, lossless where the budget allows; bits=65536 for 64×64",
    "query_aware": "question, answer and a coarse picture, from which diffusion paints it anew\n"
    "bits=2560 for 64×64",
    "uo_isc": "codeword indices of what matters to the question\nuo_isc:VARIANT of {variants}",
}
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
_COLUMN = 17  # of the names


@click.command("list")
def command() -> None:
    """Name codecs, codes, modulations, channels, engines and presets."""
    from linksim.source import codec_names
    from linksim.source.uo_isc.variants import variant_names
    from linksim.source.zoo.preset import load_preset, preset_names

    variants = ", ".join(variant_names(load_preset("embedded")))
    sections = {
        "codecs": {name: _CODECS.get(name, "").format(variants=variants) for name in codec_names()},
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
    if not family.has_rates:
        return f"{family.line}; a message is one block"
    (low, high), (fewest, most) = family.rates, family.information
    sizes = f"rate={low} to {high}; blocks of {fewest} to {most} information bits"
    crc = f", crc={family.crc} among them" if family.crc else ""
    coded = f", {family.most_coded} coded bits at most" if family.most_coded else ""
    return f"{family.line}\n{sizes}{crc}{coded}"
