"""``linksim transmit``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    PHY_NAMES,
    cbr_option,
    judge_option,
    link_options,
    size_option,
    trust_option,
)
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.configuration import parse_snr
from linksim.experiments.text_out import note, say


@click.command("transmit", cls=Checked)
@click.argument("image", type=click.Path(path_type=Path))
@click.option(
    "--query",
    default=None,
    help="What you want to know of the picture; discover and codecs of any size do without.",
)
@click.option(
    "--snr", default="10", show_default=True, help="Es/N0 in dB; a list or range sends it again."
)
@size_option
@cbr_option
@link_options
@judge_option
@trust_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for what arrives; beside the picture if not given.",
)
def command(image: Path, query: str | None, snr: str, out: Path | None, **options: Any) -> None:
    """Send one picture and write what arrives beside it.

    Writes NAME-SNRdB.png for each SNR and NAME-received.png, all of them side by side.

    \b
    Examples:
      linksim transmit boat.png --query "what colour is the boat?" --snr 0,3,10
      linksim transmit boat.png --codec discover --task detection --snr 5
      linksim transmit photo.jpg --codec hevc --cbr 1/16 --modulation 16qam
      linksim transmit my.jpg --query "which dog?" --codec asked:avif --judge imagenet
    """
    from linksim.experiments.data.inputs import reads_models
    from linksim.experiments.data.samples import checked_query
    from linksim.experiments.physical import phy_spec
    from linksim.experiments.sweeps.transmission import transmit
    from linksim.phy import PhySetup
    from linksim.source.judge import LLAVA
    from linksim.source.zoo.preset import load_preset

    question, snrs_db = None if query is None else checked_query(query), parse_snr(snr)
    folder = out or image.parent
    spec = phy_spec(**{name: options.pop(name) for name in PHY_NAMES})
    setup = PhySetup(spec, *(options.pop(name) for name in ("seed", "engine", "threads")))
    preset = load_preset(*(options.pop(name) for name in ("preset", "models", "trusted")))
    with refusals_said_of(picture="IMAGE", size="--size"):
        report = transmit(image, question, snrs_db, folder, preset, setup=setup, **options)
    asked = question is not None and options["judge"] == LLAVA
    if preset.limits and (asked or reads_models(options["codec"])):
        note(preset.limits)
    say(report)
