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

_MODELS = ("clip", "llava", "uo-isc", "deepjscc")
_HOME = Path("runs/train")


@click.command("train")
@click.argument("model", type=click.Choice(_MODELS))
@click.option(
    "--variant", default="", help="Of uo-isc: no-text, no-vlm, segment=8, …; see `linksim list`."
)
@click.option(
    "--phase",
    type=click.IntRange(1, 2),
    default=None,
    help="Of uo-isc: 1, or 2 with a discriminator, which goes on from 1 [default: 1].",
)
@click.option(
    "--start",
    type=click.Path(path_type=Path),
    default=None,
    help="Of uo-isc: the folder that phase 2 goes on from [default: where phase 1 writes].",
)
@click.option(
    "--schedule",
    default=None,
    help="Of uo-isc: embedded, or a .toml of your own with steps, learning rates and weights of "
    "the loss [default: embedded].",
)
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
    help="Folder for weights and card [default: runs/train/MODEL, of uo-isc "
    "runs/train/uo-isc[-VARIANT]/phase-N].",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint.")
def command(
    model: str,
    variant: str,
    phase: int | None,
    start: Path | None,
    schedule: str | None,
    preset: str,
    models: Path | None,
    **options: Any,
) -> None:
    """Train the weights that linksim ships: clip, then llava, then uo-isc in two phases.

    Each builds on the ones before, taken from --preset. Scenes are drawn as training goes; nothing
    is downloaded. UO-ISC trains without animals, which it is judged by. A checkpoint is written
    every two minutes; the result is safetensors in half precision with a card.

    \b
    Examples:
      linksim train uo-isc --variant no-text --phase 1
      linksim train uo-isc --variant no-text --phase 2
    """
    from linksim.source.zoo.loading import ModelUnavailable
    from linksim.source.zoo.preset import load_preset

    chosen = load_preset(preset, models)
    try:
        if model == "uo-isc":
            click.echo(_train_uo_isc(chosen, phase or 1, variant, start, schedule, **options))
        elif variant or phase or start or schedule:
            raise Fault("--variant, --phase, --start and --schedule: of uo-isc only")
        else:
            click.echo(_train_plain(model, chosen, **options))
    except ModelUnavailable as error:
        raise Fault(f"--preset {error}") from None


def _train_plain(
    model: str, preset: Any, steps: int | None, out: Path | None, **options: Any
) -> str:
    from linksim.experiments.training.jobs import JOBS, Job

    train, default_steps = JOBS[model]
    folder = _vacant(out or _HOME / model, options["resume"])
    scores = train(Job(preset, folder, steps or default_steps, **options))
    return f"{scores}\nwrote {folder}"


def _train_uo_isc(
    preset: Any,
    phase: int,
    variant: str,
    start: Path | None,
    schedule: str | None,
    steps: int | None,
    out: Path | None,
    **options: Any,
) -> str:
    from linksim.experiments.training.jobs import UoIscJob, train_uo_isc
    from linksim.experiments.training.schedule import load_schedule
    from linksim.source.uo_isc.variants import find_variant

    try:
        find_variant(preset, variant)
    except ValueError as error:
        raise Fault(f"--variant {error}") from None
    try:
        phases = load_schedule(schedule or "embedded")
    except ValueError as error:
        raise Fault(f"--schedule {error}") from None
    home = _HOME / (f"uo-isc-{variant.replace('=', '-')}" if variant else "uo-isc")
    if phase == 1 and start:
        raise Fault("--start: phase 1 begins from nothing; use it with --phase 2")
    if phase == 2:
        start = start or home / "phase-1"
        if not start.is_dir():
            raise Fault(f"--start {start}: no such folder; train phase 1, or name its folder")
    folder = _vacant(out or home / f"phase-{phase}", options["resume"])
    planned = steps or phases[phase - 1].steps
    more: dict[str, Any] = {"variant": variant, "schedule": phases, "phase": phase, "start": start}
    scores = train_uo_isc(UoIscJob(preset, folder, planned, **options, **more))
    return f"{scores}\nwrote {folder}"


def _vacant(folder: Path, resume: bool) -> Path:
    if not resume and (folder / "CARD.md").exists():
        raise Fault(f"--out {folder}: holds trained weights already; give another folder")
    return folder
