"""The training of DISCOVER, stage by stage and rate by rate, to weights with a card."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from linksim.experiments.configuration import last_part
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import mean
from linksim.experiments.results.fidelity import PSNR, PSNR_OF_MSE, average
from linksim.experiments.studies.coders import by_discover
from linksim.experiments.studies.rate_points import (
    held_out,
    load_judges,
    measure,
)
from linksim.experiments.text_out import align
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.discover import DiscoverRecipe, series
from linksim.experiments.training.job import HOME, Job, Request, finish
from linksim.experiments.training.labelled_batches import labelled_batches
from linksim.experiments.training.saving import in_half, save_half
from linksim.experiments.training.schedule import Stage, load_stages
from linksim.source.discover import weights
from linksim.source.discover.codec import assemble
from linksim.source.discover.composition import build_control
from linksim.source.discover.options import NAME, read_options
from linksim.source.zoo.diffusion import load_diffusion
from linksim.source.zoo.preset import Preset

_USUAL = "discover"  # schedule
_SCORES = ("ap", "ap50", PSNR, PSNR_OF_MSE, "ssim")
_SCORED_SEED = 1_000_000  # of the scenes that score


@dataclass(frozen=True)
class DiscoverJob(Job):
    """Training of DISCOVER; it begins with the control in ``start`` too, where there is one.

    Attributes:
        rate: λ_R.
        stage: 0, 1 or 2.
        data: ``scenes`` or ``coco:FOLDER``.
        schedule_name, schedule: all stages; ``steps`` replaces those of the stage in hand.
    """

    rate: int
    stage: int
    data: str
    schedule_name: str
    schedule: tuple[Stage, ...]

    @property
    def schedule_in_hand(self) -> Stage:
        return self.schedule[self.stage]

    @property
    def weight(self) -> float:
        """Weight of the bits per pixel: λ_R in the preset's unit."""
        return self.rate * float(self.preset.discover["rate_unit"])

    def options(self) -> dict[str, Any]:
        more = {} if self.data == "scenes" else {"data": self.data}
        own = {"rate": self.rate, "stage": self.stage, "schedule": repr(self.schedule)}
        return super().options() | own | more

    def command(self) -> str:
        planned = self.steps == self.schedule_in_hand.steps
        steps = "" if planned else f" --steps {self.steps}"
        if self.schedule_name != _USUAL:
            steps += f" --schedule {Path(self.schedule_name).name}"
        options = f"--rate {self.rate} --stage {self.stage}{steps} --seed {self.seed}"
        data = "" if self.data == "scenes" else f" --data {last_part('data', self.data)}"
        return f"linksim train {self.model} {options}{data}"


def train_discover(asked: Request) -> Trained:
    """Train a stage of DISCOVER on the preset's diffusion model; return what that leaves.

    Raises:
        ModelUnavailable: if weights to begin with are missing or damaged.
        Fault: if asked to resume with no checkpoint there, or weights to begin with are nowhere.
    """
    job = _job(asked)
    torch.manual_seed(job.seed)
    diffusion = load_diffusion(job.preset, job.device, NAME)
    model = weights.build_model(job.preset, diffusion)
    control = build_control(diffusion)
    if job.start:
        weights.fill(model, job.start, job.preset)
        if (job.start / weights.CONTROL_FOLDER).is_dir():
            control = weights.load_folder_control(job.start, diffusion, job.preset)
    strength = float(job.preset.discover["strength"])
    pictures = labelled_batches(
        job.data, series(job.seed, job.stage), model.config.side, job.preset.world
    )
    how = job.weight, job.stage, strength, pictures, job.seed
    stage = job.schedule_in_hand
    recipe = DiscoverRecipe(model, control, diffusion, *how, stage.batch_size, stage.learning_rate)
    job.run(recipe)
    save_half(model, job.out / weights.MODEL_FILE)
    if job.stage:
        in_half(control).save_pretrained(job.out / weights.CONTROL_FOLDER)
    card = Card(
        f"DISCOVER, λ_R {job.rate}",
        f"Base codec (ELIC, {model.config.latent} channels on {model.config.grid}×"
        f"{model.config.grid} places)"
        + (" and ControlNet over the preset's diffusion model. " if job.stage else ". ")
        + f"Stage {job.stage}; the bits per pixel weigh {job.weight:g} in the loss.",
        job.command(),
        f"{job.steps * recipe.batch_size} {pictures.about}, of seed {series(job.seed, job.stage)}",
        score_discover(job.preset, job.device, job.out, job.rate, job.data),
    )
    return finish(job, card)


def _job(asked: Request) -> DiscoverJob:
    """Return the training of the stage that is asked for."""
    rate, stage = asked.own.get("rate", 2), asked.own.get("stage", 0)
    data = asked.own.get("data", "scenes")
    home = f"discover-rate-{rate}"
    before = HOME / home / f"stage-{stage - 1}" if stage else None
    remedy = f"train stage {stage - 1}, or name its folder" if stage else "name another"
    start = asked.begin(before, remedy)
    name, stages = asked.schedule(load_stages, _USUAL)
    return DiscoverJob.of(
        asked,
        f"{home}/stage-{stage}",
        stages[stage].steps,
        start,
        rate=rate,
        stage=stage,
        data=data,
        schedule_name=name,
        schedule=stages,
    )


def score_discover(
    preset: Preset,
    device: torch.device,
    folder: Path,
    rate: int,
    data: str = "scenes",
    count: int = 256,
) -> str:
    """Return bytes, detection and fidelity over held-out pictures, as a table.

    Detection is left out where there are no weights to judge photographs by.

    Args:
        preset, device: of the other models.
        folder: of the weights; without a control in it, nothing is composed.
        rate: λ_R of the weights.
        data, count: see `held_out`.

    Raises:
        ModelUnavailable: if a model is missing or damaged.
    """
    judges, shown = load_judges(preset, device, data), held_out(preset, data, count, _SCORED_SEED)
    images = shown.images.to(device)
    names = [name for name in _SCORES if judges.detection or not name.startswith("ap")]
    switches = ("off", "on") if (folder / weights.CONTROL_FOLDER).is_dir() else ("off",)
    rows = [["sent", "composition", "bytes", "bits per pixel", *names]]
    for transmit in ("detection", "full"):
        for composition in switches:
            text = f"transmit={transmit},composition={composition},steps=8,rate={rate}"
            codec = assemble(preset, device, folder, read_options(preset, text))
            point = measure(partial(by_discover, codec), images, judges, lambda _: None)
            scores = judges.detection.score(shown.truths, point.found) if judges.detection else {}
            scores |= {name: average(name, point.psnr) for name in (PSNR, PSNR_OF_MSE)}
            scores |= {"ssim": mean(point.ssim)}
            size = point.size.mean()
            cells = [f"{size:.0f}", f"{8 * size / codec.side**2:.3f}"]
            cells += [format_estimate(scores[name]) for name in names]
            rows.append([transmit, composition, *cells])
    return align(rows)
