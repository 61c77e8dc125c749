"""``linksim train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linksim.experiments.cli.moot import Checked
from linksim.experiments.cli.options import (
    device_option,
    models_option,
    preset_option,
    seed_option,
    trust_option,
)
from linksim.experiments.cli.refusals import refusals_said_of
from linksim.experiments.text_out import say
from linksim.experiments.training.catalogue import MODELS, takers


def _of(option: str) -> str:
    return f"Of {takers(option)}: "


@click.command("train", cls=Checked)
@click.argument("model", type=click.Choice(tuple(MODELS)))
@click.option(
    "--variant",
    default="",
    help=_of("variant") + "no-text, no-vlm, segment=8, …; see `linksim list`.",
)
@click.option(
    "--phase",
    type=click.IntRange(0, 4),
    default=None,
    help=_of("phase")
    + "0, reconstruction alone, which variants may share; 1, with relevance; 2, with "
    "a discriminator; 3, a head that tells which tokens a question needs; 4, a soft receiver's "
    "prior of the indices. Each goes on from the one before [default: 0].",
)
@click.option(
    "--stage",
    type=click.IntRange(0, 2),
    default=None,
    help=_of("stage") + "0, the base codec alone; 1, with the diffusion model's control; 2, with "
    "parts of the latent missing. Each goes on from the one before [default: 0].",
)
@click.option(
    "--rate",
    type=click.Choice(["1", "2", "4", "8"]),
    default=None,
    help=_of("rate") + "the weight of the bits in the loss [default: 2].",
)
@click.option(
    "--start",
    type=click.Path(path_type=Path),
    default=None,
    help=_of("start") + "the folder of weights to go on from; of another "
    "variant's, phase 1 takes what fits; of the wide world: the tower's, or the VAE's of diffusion "
    "[default: where the phase, stage, tower or VAE before writes].",
)
@click.option(
    "--world",
    type=click.Choice(["small", "wide"]),
    default=None,
    help=_of("world") + "the scenes that they are trained on [default: small].",
)
@click.option(
    "--schedule",
    default=None,
    help=_of("schedule") + "a .toml of your own with steps, batches and learning rates, of uo-isc "
    "weights of the loss, too; or of uo-isc embedded or paper, of discover discover or "
    "discover-paper [default: embedded; discover].",
)
@click.option(
    "--steps", type=click.IntRange(1, 10**9), default=None, help="Instead of the default."
)
@click.option(
    "--data",
    default=None,
    help=_of("data")
    + "scenes; of uo-isc and query-aware vqa:FOLDER with VQA v2's train2014 and, to be judged "
    "by, val2014; of "
    "discover coco:FOLDER, its split train… and, to be judged by, val…; of "
    "deepjscc a folder of photographs, of which every 20th is kept to be judged by "
    "[default: scenes].",
)
@click.option(
    "--cbr",
    default=None,
    help=_of("cbr") + "channel symbols for each number (3·H·W) of a photograph [default: 1/16].",
)
@click.option(
    "--snr",
    default=None,
    help=_of("snr") + "Es/N0 in dB: a range A:B, for networks at either end that are told the SNR, "
    "or the one that they are for [default: 0:20].",
)
@click.option(
    "--channel",
    type=click.Choice(("awgn", "rayleigh"), case_sensitive=False),
    default=None,
    help=_of("channel") + "what symbols meet; of rayleigh every one another gain [default: awgn].",
)
@preset_option
@models_option
@trust_option
@device_option
@seed_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for weights and card [default: runs/train/MODEL, of uo-isc "
    "runs/train/uo-isc[-VARIANT]/phase-N].",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
def command(
    model: str,
    variant: str,
    phase: int | None,
    stage: int | None,
    rate: str | None,
    start: Path | None,
    schedule: str | None,
    world: str | None,
    data: str | None,
    cbr: str | None,
    snr: str | None,
    channel: str | None,
    preset: str,
    models: Path | None,
    trusted: bool,
    **options: Any,
) -> None:
    """Train the weights that linksim ships: clip, then llava, then uo-isc in its phases.

    Each builds on the ones before, taken from --preset. Scenes are drawn as training goes; nothing
    is downloaded. UO-ISC trains without animals, which it is judged by. A checkpoint is written
    every two minutes; the result is safetensors in half precision with a card.

    The query-aware codec takes three: vae, then diffusion, then query-aware, which is without
    animals too. What one has written the next finds under --models. The detector begins with
    clip's tower. Tower is the vision tower of the wide world (`linksim scenes --world wide`), with
    which its clip and its detector begin and on which its llava is trained.

    \b
    Examples:
      linksim train uo-isc --variant no-text --phase 0
      linksim train uo-isc --phase 1 --start runs/train/uo-isc-no-text/phase-0
      linksim train uo-isc --phase 2
      linksim train uo-isc --phase 3
      linksim train uo-isc --phase 4
      linksim train vae --out own/embedded/diffusion/vae
      linksim train diffusion --models own --out own/embedded/diffusion
      linksim train diffusion --start own/embedded/diffusion --steps 7000 --seed 2
      linksim train query-aware --models own
      linksim train deepjscc --data photographs/ --cbr 1/16 --snr 0:20
      linksim train tower
      linksim train clip --world wide --start runs/train/tower
      linksim train llava --world wide --start runs/train/clip-wide
      linksim train vae --world wide
      linksim train diffusion --world wide --start runs/train/vae-wide
    """
    from linksim.experiments.calls.training import train

    with refusals_said_of(codec="--variant"):
        trained = train(
            model,
            variant=variant,
            phase=phase,
            stage=stage,
            rate=None if rate is None else int(rate),
            start=start,
            schedule=schedule,
            world=world,
            data=data,
            cbr=cbr,
            snr=snr,
            channel=channel,
            preset=preset,
            models=models,
            trusted=trusted,
            **options,
        )
    say(f"{trained.scores}\nwrote {trained.folder}")
