"""``linksim train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from linksim.experiments.commands.options import (
    device_option,
    models_option,
    preset_option,
    seed_option,
)
from linksim.experiments.faults import Fault

_MODELS = ("clip", "llava", "uo-isc")


@click.command("train")
@click.argument("model", type=click.Choice(_MODELS))
@click.option(
    "--steps", type=click.IntRange(1, 10**9), default=None, help="Instead of the default."
)
@preset_option
@models_option
@device_option
@seed_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for weights and card [default: runs/train/MODEL].",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
def command(
    model: str,
    steps: int | None,
    preset: str,
    models: Path | None,
    out: Path | None,
    **options: Any,
) -> None:
    """Train the weights that linksim ships: clip, then llava, then uo-isc.

    Each builds on the ones before, taken from --preset. Scenes are drawn as training goes; nothing
    is downloaded. A checkpoint is written every two minutes; the result is safetensors in half
    precision with a card.
    """
    from linksim.experiments.training.jobs import JOBS, Job
    from linksim.source.zoo.loading import ModelUnavailable
    from linksim.source.zoo.preset import load_preset

    train, default_steps = JOBS[model]
    folder = out or Path("runs/train") / model
    if not options["resume"] and (folder / "CARD.md").exists():
        raise Fault(f"--out {folder}: holds trained weights already; give another folder")
    job = Job(load_preset(preset, models), folder, steps or default_steps, **options)
    try:
        click.echo(train(job))
    except ModelUnavailable as error:
        raise Fault(f"--preset {error}") from None
    click.echo(f"wrote {folder}")
