"""``linksim study``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.link_studies import codes, harq, question, relevance_vs_errors
from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    device_option,
    models_option,
    phy_options,
    preset_option,
    seed_option,
    with_options,
)
from linksim.experiments.cli.photographs import photographs
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.cli.separation import separation
from linksim.experiments.cli.stills import stills
from linksim.experiments.cli.worker_options import study_options, worker_options
from linksim.experiments.configuration import SCENES_DRAWN, parse_snr
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say

_FIGURES = ("3", "4a", "4b", "5", "6")


@click.group("study", no_args_is_help=True)
def command() -> None:
    """Compare methods over the same pictures and channels, and draw a paper's figures."""


command.add_command(relevance_vs_errors)
command.add_command(codes)
command.add_command(question)
command.add_command(harq)
command.add_command(photographs)
command.add_command(separation)
command.add_command(stills)


@command.command("uo-isc", cls=Checked)
@click.option(
    "--figure",
    "figures",
    multiple=True,
    type=click.Choice((*_FIGURES, "all")),
    help="3: pictures at 0 dB; 4a, 4b: answer match and relevance loss against SNR, with the "
    "paper's claims; 5: relevance by segment length; 6: symbols. Give it again for more.",
)
@click.option("--beyond", is_flag=True, help="What linksim's own link gains over the paper's.")
@click.option(
    "--snr",
    default="-5:20:5",
    show_default=True,
    help="Es/N0 in dB of the figures; must hold 0 and 20.",
)
@click.option(
    "--images",
    type=click.IntRange(16, 10_000_000),
    default=512,
    show_default=True,
    help="Held-out animal scenes, each with a question about animals, at every SNR.",
)
@click.option(
    "--questions",
    type=click.IntRange(16, 10_000_000),
    default=2000,
    show_default=True,
    help="Over so many the claims of figure 4a are judged, at 20 dB.",
)
@click.option(
    "--index-assignment",
    type=click.Choice(("natural", "optimised")),
    default="natural",
    show_default=True,
    help="Of the figures: indices of codewords as training left them, as in the paper, or chosen "
    "so that a wrong bit does little harm.",
)
@phy_options
@worker_options
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("runs/study-uo-isc"),
    show_default=True,
    help="Folder for the sweeps (results.h5 each), tables and pictures.",
)
def uo_isc(
    figures: tuple[str, ...],
    beyond: bool,
    snr: str,
    images: int,
    questions: int,
    index_assignment: str,
    **options: Any,
) -> None:
    """Measure UO-ISC as its paper does, on animals that its training never met.

    Every method sends the same scenes over the same draws of the channel; differences come with
    paired 95 % intervals. What was measured is kept: a study that was interrupted goes on by the
    same command, and a figure takes what another left.

    \b
    Examples:
      linksim study uo-isc --figure all
      linksim study uo-isc --figure 4a --channel rayleigh --out runs/study-rayleigh
      linksim study uo-isc --beyond --images 500
    """
    from linksim.experiments.calls import studies
    from linksim.experiments.studies.uo_isc import HIGH_DB, LOW_DB

    if not figures and not beyond:
        raise Fault("--figure or --beyond: say what to study; `linksim study uo-isc --help`")
    if not {LOW_DB, HIGH_DB} <= set(parse_snr(snr)):
        raise Fault(f"--snr {snr}: must hold 0 and 20 dB, which figures and claims are about")
    wanted = _FIGURES if "all" in figures else tuple(f for f in _FIGURES if f in figures)
    natural = index_assignment == "natural"
    how = {"beyond": beyond, "natural_indices": natural, **study_options(options)}
    with refusals_said_of(codec="--preset"):
        done = studies.uo_isc(wanted, snr=snr, images=images, questions=questions, **how)
    say(f"{done.text}\nwrote {done.folder}")


_SCENES_STUDIED = [
    click.option(
        "--images",
        type=click.IntRange(2, 100_000),
        default=None,
        help="Held-out scenes [default: 512 for discover-rate, 6 for discover-pictures].",
    ),
    preset_option,
    models_option,
    device_option,
    seed_option,
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=Path("runs/study-discover"),
        show_default=True,
        help="Folder for what is measured (HDF5), tables and pictures.",
    ),
]
"""Options of both studies of DISCOVER."""


@command.command("discover-rate", cls=Checked)
@click.option(
    "--figure",
    "figures",
    multiple=True,
    type=click.Choice(("5", "6", "8", "all")),
    default=("all",),
    show_default=True,
    help="5: rate against what machines find; 6: against what people see; 8: without each half. "
    "Give it again for more.",
)
@click.option(
    "--data",
    default=SCENES_DRAWN,
    show_default=True,
    help="scenes, or coco:FOLDER with photographs in COCO's layout, as large as --preset's "
    "diffusion model has them.",
)
@click.option(
    "--anchors",
    type=click.Path(path_type=Path),
    default=None,
    help="CSV of other people's points, name,bpp,metric,value,source (metric: ap, psnr, lpips, …), "
    "to be drawn beside and compared at equal scores.",
)
@partial(with_options, options=_SCENES_STUDIED)
def discover_rate(
    figures: tuple[str, ...], images: int | None, preset: str, models: Path | None, **options: Any
) -> None:
    """Measure DISCOVER's bytes against detection, classification and fidelity, without a channel.

    Bytes are those of whole files, which are decoded from these bytes alone. Rates at equal AP are
    compared by Bjontegaard's method, with 95 % intervals over scenes. What was measured is kept: a
    study that was interrupted goes on by the same command.

    \b
    Example:
      linksim study discover-rate --figure 5 --images 1000
    """
    from linksim.experiments.calls import studies
    from linksim.experiments.studies.discover_rate import FIGURES

    wanted = tuple(FIGURES) if "all" in figures else tuple(f for f in FIGURES if f in figures)
    with refusals_said_of(codec="--preset"):
        done = studies.discover_rate(
            wanted, images=images or 512, preset=preset, models=models, **options
        )
    say(f"{done.text}\nwrote {done.folder}")


@command.command("discover-pictures", cls=Checked)
@click.option(
    "--rate",
    type=click.Choice(("1", "2", "4", "8")),
    default="2",
    show_default=True,
    help="Weight of the bits that DISCOVER was trained with.",
)
@partial(with_options, options=_SCENES_STUDIED)
def discover_pictures(
    rate: str, images: int | None, preset: str, models: Path | None, out: Path, **options: Any
) -> None:
    """Draw DISCOVER's pictures: figures 4 and 7 of its paper, and element by element.

    Figure 4 has the latents (reconstructed, composed, the original's), figure 7 the methods side by
    side; elements.png is of our own.
    """
    from linksim.experiments.studies.discover_pictures import (
        draw_elements,
        draw_latents,
        draw_methods,
    )
    from linksim.source.zoo.preset import load_preset

    chosen = load_preset(preset, models)
    out.mkdir(parents=True, exist_ok=True)
    with refusals_said_of(codec="--rate"):
        for draw in (draw_latents, draw_methods, draw_elements):
            file = draw(chosen, rate=int(rate), images=images or 6, out=out, **options)
            say(f"wrote {file}")
