"""Trainings of what linksim ships, from Python."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linksim.experiments.calls.sweeping import torch_device
from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.training.catalogue import MODELS
from linksim.phy.options import known_name
from linksim.source.refused import Refused
from linksim.source.zoo.preset import load_preset

if TYPE_CHECKING:
    import torch

    from linksim.experiments.training.trainer import Callback

_HOME = Path("runs/train")


@dataclass(frozen=True)
class Trained:
    """What a training leaves.

    Attributes:
        scores: how good it is, as a table.
        folder: of its weights and card.
    """

    scores: str
    folder: Path


def train(
    model: str,
    *,
    steps: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    seed: int = 0,
    callback: Callback | None = None,
    preset: str = SweepConfiguration.preset,
    models: str | Path | None = None,
    device: str | torch.device | None = None,
    trusted: bool = False,
    variant: str = "",
    phase: int | None = None,
    stage: int | None = None,
    rate: int | None = None,
    start: str | Path | None = None,
    world: str | None = None,
    schedule: str | None = None,
    data: str | None = None,
) -> Trained:
    """Train the weights of a model that linksim ships, as ``linksim train``.

    Args:
        model: clip, llava, uo-isc, deepjscc, detector, vae, diffusion, query-aware, discover or
            tower (of the wide world).
        steps: of the training; None for as many as it takes.
        out: folder for weights and card; None for one in ``runs/train``.
        resume: go on from the last checkpoint there.
        seed: of everything drawn.
        callback: told after each step how many are done, and the step's loss and figures by name.
        preset: gives the models that are built upon.
        models: folder with models of one's own.
        device: None for a GPU where there is one.
        trusted: run code that comes with a preset's LLaVA.
        variant, phase, schedule, data: of uo-isc, see ``linksim train --help``.
        stage, rate: of discover.
        start: of uo-isc, discover and diffusion: folder of weights to go on from; of the wide
            world: the tower's.
        world: of clip and llava: small or wide, the scenes that it is trained on; None for small.

    Raises:
        Fault: if an option is another model's, or a folder is missing or in use.
        ModelUnavailable: if weights that are built upon are missing or damaged.
        ValueError: if there is no such model or preset.
    """
    model = known_name(model, MODELS)
    chosen = load_preset(preset, Path(models) if models else None, trusted)
    begin = Path(start) if start else None
    options: dict[str, Any] = {
        "steps": steps,
        "out": Path(out) if out else None,
        "seed": seed,
        "device": torch_device(device),
        "resume": resume,
        "callback": callback,
    }
    if model != "discover" and (stage is not None or rate):
        raise Fault("--stage and --rate: of discover only")
    if world and model not in ("clip", "llava"):
        raise Fault("--world: of clip and llava only; tower is of the wide world, all else small")
    if world == "wide":
        return _train_wide(model, chosen, begin, **options)
    if model == "uo-isc":
        more: dict[str, Any] = {"variant": variant, "start": begin, "schedule": schedule}
        return _train_uo_isc(chosen, phase or 0, data=data, **more, **options)
    if variant or phase is not None or schedule or data:
        raise Fault("--variant, --phase, --schedule and --data: of uo-isc only")
    if model == "discover":
        return _train_discover(chosen, stage or 0, int(rate or 2), begin, **options)
    if model == "tower":
        return _train_tower(chosen, begin, **options)
    return _train_plain(model, chosen, begin, **options)


def _train_plain(
    model: str,
    preset: Any,
    start: Path | None,
    steps: int | None,
    out: Path | None,
    **options: Any,
) -> Trained:
    from linksim.experiments.training.jobs import Job

    if start and model != "diffusion":
        raise Fault("--start: of uo-isc, discover, diffusion and the wide world only")
    if start and not start.is_dir():
        raise Fault(f"--start {start}: no such folder; train diffusion without it first")

    known = MODELS[model]
    assert known.train
    folder = _vacant(out or _HOME / model, options["resume"])
    scores = known.train(Job(model, preset, folder, steps or known.steps, start=start, **options))
    return Trained(scores, folder)


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
) -> Trained:
    from linksim.experiments.data.vqa import PREFIX
    from linksim.experiments.training.jobs import UoIscJob, train_uo_isc
    from linksim.experiments.training.schedule import load_schedule
    from linksim.source.uo_isc.variants import find_variant

    if data not in (None, "scenes") and not data.startswith(PREFIX):
        raise Fault(f"--data {data}: training is on scenes or on vqa:FOLDER")
    find_variant(preset, variant)
    try:
        schedule = schedule or "embedded"
        phases = load_schedule(schedule)
    except Refused as error:
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
    return Trained(scores, folder)


def _train_discover(
    preset: Any,
    stage: int,
    rate: int,
    start: Path | None,
    steps: int | None,
    out: Path | None,
    **options: Any,
) -> Trained:
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
    return Trained(scores, folder)


def _train_tower(
    preset: Any, start: Path | None, steps: int | None, out: Path | None, **options: Any
) -> Trained:
    from linksim.experiments.training.tower_job import STEPS, TowerJob, train_tower

    if start:
        raise Fault("--start: a tower begins from nothing; leave it out")
    folder = _vacant(out or _HOME / "tower", options["resume"])
    job = TowerJob("tower", preset, folder, steps or STEPS, start=None, **options)
    return Trained(train_tower(job), folder)


def _train_wide(
    model: str,
    preset: Any,
    start: Path | None,
    steps: int | None,
    out: Path | None,
    **options: Any,
) -> Trained:
    from linksim.experiments.training.wide_jobs import STEPS, WIDE_JOBS, WideJob

    start = start or _HOME / "tower"
    if not start.is_dir():
        raise Fault(f"--start {start}: no such folder; train tower, or name its folder")
    folder = _vacant(out or _HOME / f"{model}-wide", options["resume"])
    job = WideJob(model, preset, folder, steps or STEPS[model], start=start, **options)
    return Trained(WIDE_JOBS[model](job), folder)


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
