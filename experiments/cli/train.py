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
from linksim.experiments.cli.refusals import refusals_of_models
from linksim.experiments.faults import Fault
from linksim.experiments.text_out import say

_MODELS = (
    "clip",
    "llava",
    "uo-isc",
    "deepjscc",
    "detector",
    "vae",
    "diffusion",
    "query-aware",
    "discover",
    "tower",
)
_HOME = Path("runs/train")


@click.command("train", cls=Checked)
@click.argument("model", type=click.Choice(_MODELS))
@click.option(
    "--variant", default="", help="Of uo-isc: no-text, no-vlm, segment=8, …; see `linksim list`."
)
@click.option(
    "--phase",
    type=click.IntRange(0, 2),
    default=None,
    help="Of uo-isc: 0, reconstruction alone, which variants may share; 1, with relevance; 2, with "
    "a discriminator. Each goes on from the one before [default: 0].",
)
@click.option(
    "--stage",
    type=click.IntRange(0, 2),
    default=None,
    help="Of discover: 0, the base codec alone; 1, with the diffusion model's control; 2, with "
    "parts of the latent missing. Each goes on from the one before [default: 0].",
)
@click.option(
    "--rate",
    type=click.Choice(["1", "2", "4", "8"]),
    default=None,
    help="Of discover: the weight of the bits in the loss [default: 2].",
)
@click.option(
    "--start",
    type=click.Path(path_type=Path),
    default=None,
    help="Of uo-isc, discover and diffusion: the folder of weights to go on from; of another "
    "variant's, phase 1 takes what fits; of the wide llava: the tower's [default: where the phase, "
    "stage or tower before writes].",
)
@click.option(
    "--world",
    type=click.Choice(["small", "wide"]),
    default=None,
    help="Of llava: the scenes that it is trained on [default: small].",
)
@click.option(
    "--schedule",
    default=None,
    help="Of uo-isc: embedded, paper, or a .toml of your own with steps, learning rates and "
    "weights of the loss [default: embedded].",
)
@click.option(
    "--steps", type=click.IntRange(1, 10**9), default=None, help="Instead of the default."
)
@click.option(
    "--data",
    default=None,
    help="Of uo-isc: scenes, or vqa:FOLDER with VQA v2's train2014 and, to be judged by, val2014 "
    "[default: scenes].",
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
    clip's tower. Tower is the vision tower of the wide world (`linksim scenes --world wide`), on
    which its llava is trained.

    \b
    Examples:
      linksim train uo-isc --variant no-text --phase 0
      linksim train uo-isc --phase 1 --start runs/train/uo-isc-no-text/phase-0
      linksim train uo-isc --phase 2
      linksim train vae --out own/embedded/diffusion/vae
      linksim train diffusion --models own --out own/embedded/diffusion
      linksim train diffusion --start own/embedded/diffusion --steps 7000 --seed 2
      linksim train query-aware --models own
      linksim train tower
      linksim train llava --world wide --start runs/train/tower
    """
    from linksim.source.zoo.preset import load_preset

    chosen = load_preset(preset, models, trusted)
    if world and model != "llava":
        raise Fault("--world: of llava only; tower is of the wide world, all else of the small one")
    with refusals_of_models(codec="--variant"):
        if model != "discover" and (stage is not None or rate):
            raise Fault("--stage and --rate: of discover only")
        if model == "uo-isc":
            more: dict[str, Any] = {
                "variant": variant,
                "start": start,
                "schedule": schedule,
                "data": data,
            }
            say(_train_uo_isc(chosen, phase or 0, **more, **options))
        elif variant or phase is not None or schedule or data:
            raise Fault("--variant, --phase, --schedule and --data: of uo-isc only")
        elif model == "discover":
            say(_train_discover(chosen, stage or 0, int(rate or 2), start, **options))
        elif world == "wide":
            say(_train_wide_llava(chosen, start, **options))
        elif model == "tower":
            say(_train_tower(chosen, start, **options))
        else:
            say(_train_plain(model, chosen, start, **options))


def _train_plain(
    model: str,
    preset: Any,
    start: Path | None,
    steps: int | None,
    out: Path | None,
    **options: Any,
) -> str:
    from linksim.experiments.training.jobs import JOBS, Job

    if start and model != "diffusion":
        raise Fault("--start: of uo-isc, discover, diffusion and the wide llava only")
    if start and not start.is_dir():
        raise Fault(f"--start {start}: no such folder; train diffusion without it first")

    train, default_steps = JOBS[model]
    folder = _vacant(out or _HOME / model, options["resume"])
    scores = train(Job(model, preset, folder, steps or default_steps, start=start, **options))
    return f"{scores}\nwrote {folder}"


def _train_uo_isc(
    preset: Any,
    phase: int,
    variant: str,
    start: Path | None,
    schedule: str | None,
    data: str | None,
    steps: int | None,
    out: Path | None,
    **options: Any,
) -> str:
    from linksim.experiments.data.vqa import PREFIX
    from linksim.experiments.training.jobs import UoIscJob, train_uo_isc
    from linksim.experiments.training.schedule import load_schedule
    from linksim.source.uo_isc.variants import find_variant

    if data not in (None, "scenes") and not data.startswith(PREFIX):
        raise Fault(f"--data {data}: training is on scenes or on vqa:FOLDER")
    try:
        find_variant(preset, variant)
    except ValueError as error:
        raise Fault(f"--variant {error}") from None
    try:
        schedule = schedule or "embedded"
        phases = load_schedule(schedule)
    except ValueError as error:
        raise Fault(f"--schedule {error}") from None
    home = _HOME / (f"uo-isc-{variant.replace('=', '-')}" if variant else "uo-isc")
    if phase == 0 and start:
        raise Fault("--start: phase 0 begins from nothing; use it with --phase 1 or 2")
    if phase:
        start = start or home / f"phase-{phase - 1}"
        if not start.is_dir():
            before = f"train phase {phase - 1}, or name its folder"
            raise Fault(f"--start {start}: no such folder; {before}")
    folder = _vacant(out or home / f"phase-{phase}", options["resume"])
    planned = steps or phases[phase].steps
    more: dict[str, Any] = {"variant": variant, "phase": phase, "start": start}
    more["data"] = data or "scenes"
    more |= {"schedule_name": schedule, "schedule": phases}
    scores = train_uo_isc(UoIscJob("uo-isc", preset, folder, planned, **options, **more))
    return f"{scores}\nwrote {folder}"


def _train_discover(
    preset: Any,
    stage: int,
    rate: int,
    start: Path | None,
    steps: int | None,
    out: Path | None,
    **options: Any,
) -> str:
    from linksim.experiments.training.discover_job import STEPS, DiscoverJob, train_discover

    home = _HOME / f"discover-rate-{rate}"
    if stage:
        start = start or home / f"stage-{stage - 1}"
    if start and not start.is_dir():
        before = f"train stage {stage - 1}, or name its folder" if stage else "name another"
        raise Fault(f"--start {start}: no such folder; {before}")
    folder = _vacant(out or home / f"stage-{stage}", options["resume"])
    more: dict[str, Any] = {"rate": rate, "stage": stage, "start": start}
    scores = train_discover(
        DiscoverJob("discover", preset, folder, steps or STEPS[stage], **options, **more)
    )
    return f"{scores}\nwrote {folder}"


def _train_tower(
    preset: Any, start: Path | None, steps: int | None, out: Path | None, **options: Any
) -> str:
    from linksim.experiments.training.tower_job import STEPS, TowerJob, train_tower

    if start:
        raise Fault("--start: a tower begins from nothing; leave it out")
    folder = _vacant(out or _HOME / "tower", options["resume"])
    scores = train_tower(TowerJob("tower", preset, folder, steps or STEPS, start=None, **options))
    return f"{scores}\nwrote {folder}"


def _train_wide_llava(
    preset: Any, start: Path | None, steps: int | None, out: Path | None, **options: Any
) -> str:
    from linksim.experiments.training.wide_llava_job import STEPS, WideLlavaJob, train_wide_llava

    start = start or _HOME / "tower"
    if not start.is_dir():
        raise Fault(f"--start {start}: no such folder; train tower, or name its folder")
    folder = _vacant(out or _HOME / "llava-wide", options["resume"])
    job = WideLlavaJob("llava", preset, folder, steps or STEPS, start=start, **options)
    return f"{train_wide_llava(job)}\nwrote {folder}"


def _vacant(folder: Path, resume: bool) -> Path:
    from linksim.experiments.training.trainer import Run

    if not resume and Run(1, folder).checkpoint.exists():
        raise Fault(
            f"--out {folder}: holds the checkpoint of a training; --resume goes on from it, or "
            "give another folder"
        )
    if not resume and (folder / "CARD.md").exists():
        raise Fault(f"--out {folder}: holds trained weights already; give another folder")
    return folder
