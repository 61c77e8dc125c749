"""The trainings that painting takes: VAE, U-Net, and the query-aware codec's control."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linksim.experiments.configuration import SCENES_DRAWN, last_part
from linksim.experiments.data.scenes import draw_batch
from linksim.experiments.training.asked_batches import check_data, learnt_from
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.diffusion import (
    DiffusionRecipe,
    save_diffusion,
    score_diffusion,
)
from linksim.experiments.training.job import Job, Request, finish, seen
from linksim.experiments.training.query_aware import QueryAwareRecipe
from linksim.experiments.training.saving import in_half
from linksim.experiments.training.scores import score_codec, score_codec_on
from linksim.experiments.training.vae import CALIBRATION, VaeRecipe, calibrate, score_vae
from linksim.source.query_aware import codec as query_aware
from linksim.source.zoo.diffusion import Diffusion, load_diffusion, load_vae
from linksim.source.zoo.loading import load_clip, load_llava


def train_vae(asked: Request) -> Trained:
    """Train the embedded VAE; return its scores by the preset's LLaVA."""
    job = Job.of(asked, "vae", 1600)
    recipe = VaeRecipe(job.seed, str(job.device))
    job.run(recipe)
    calibrate(recipe.model, draw_batch(job.seed, 0, CALIBRATION))
    in_half(recipe.model).save_pretrained(job.out)
    card = Card(
        "Embedded VAE",
        "A diffusers AutoencoderKL of drawn scenes: 64×64 pixels become 16×16×8 latents.",
        job.command(),
        seen(job, recipe.batch_size),
        score_vae(recipe.model.float(), load_llava(job.preset, job.device)),
    )
    return finish(job, card)


def train_diffusion(asked: Request) -> Trained:
    """Train the embedded U-Net and its text encoder on the preset's VAE; return what that leaves.

    What goes on from earlier weights keeps their text encoder, on which others may build.
    """
    begin = asked.begin(None, "train diffusion without it first")
    job = Job.of(asked, "diffusion", 2400, begin)
    recipe = DiffusionRecipe(load_vae(job.preset, job.device), job.seed, str(job.device))
    if job.start:
        recipe.go_on_from(_diffusion_in(job.start, job))
    job.run(recipe)
    save_diffusion(recipe.diffusion, job.out)
    diffusion = _diffusion_in(job.out, job)
    card = Card(
        "Embedded diffusion model",
        "A latent diffusion model of drawn scenes in Stable Diffusion's layout: a U-Net that "
        "attends to text, with its text encoder, over the latents of the VAE in `vae/`.",
        job.command() + (f" --start {job.start.name}" if job.start else ""),
        seen(job, recipe.batch_size) + ", a caption or a question with its answer each",
        score_diffusion(diffusion, load_clip(job.preset, job.device)),
    )
    return finish(job, card)


def _diffusion_in(folder: Path, job: Job) -> Diffusion:
    table = {**job.preset.diffusion, "model": folder}
    return load_diffusion(job.with_tables(diffusion=table), job.device)


@dataclass(frozen=True)
class AskedJob(Job):
    """Training on pictures with questions, of ``data``: ``scenes`` or ``vqa:FOLDER``."""

    data: str

    def options(self) -> dict[str, Any]:
        return super().options() | {"data": self.data}

    def command(self) -> str:
        own = f" --preset {self.preset.name} --data {last_part('data', self.data)}"
        return super().command() + ("" if self.data == SCENES_DRAWN else own)


def train_query_aware(asked: Request) -> Trained:
    """Train the query-aware codec's ControlNet on the diffusion model; return what that leaves."""
    data = asked.own.get("data", SCENES_DRAWN)
    check_data(data)
    job = AskedJob.of(asked, "query-aware", 1000, data=data)
    diffusion, llava = load_diffusion(job.preset, job.device), load_llava(job.preset, job.device)
    text_bytes, bits = (int(job.preset.query_aware[key]) for key in ("text_bytes", "bits"))
    still = query_aware.compressor(diffusion.side, bits - 8 * text_bytes, job.device)
    batches, judged = learnt_from(job.data, job.preset.world, job.seed, diffusion.side)
    recipe = QueryAwareRecipe(diffusion, still, batches)
    job.run(recipe)
    in_half(recipe.model).save_pretrained(job.out)
    table = {**job.preset.query_aware, "control": job.out}
    codec = query_aware.load(job.with_tables(query_aware=table), job.device)
    card = Card(
        "Query-aware codec's ControlNet",
        f"A diffusers ControlNetModel for the preset's diffusion model. It is shown JPEG2000 "
        f"pictures of {bits - 8 * text_bytes} bits; {text_bytes} bytes of text go with them.",
        job.command(),
        batches.described(0, job.steps * recipe.batch_size - 1),
        score_codec_on(judged, codec, llava) if judged else score_codec(codec, llava, animals=True),
    )
    return finish(job, card)
