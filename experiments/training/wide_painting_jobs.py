"""The trainings that painting in the wide world takes, from scenes to weights with a card."""

from __future__ import annotations

from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.diffusion import save_diffusion
from linksim.experiments.training.job import HOME, Request, finish
from linksim.experiments.training.saving import in_half
from linksim.experiments.training.vae import CALIBRATION, calibrate
from linksim.experiments.training.wide_batches import draw_wide
from linksim.experiments.training.wide_diffusion import (
    GUIDANCE,
    STEPS,
    WideDiffusionRecipe,
    score_wide_diffusion,
)
from linksim.experiments.training.wide_jobs import WideJob
from linksim.experiments.training.wide_vae import WideVaeRecipe, score_wide_vae
from linksim.source.zoo.diffusion import load_diffusion, load_vae_in

VAE_STEPS, DIFFUSION_STEPS = 12000, 16000


class PaintingJob(WideJob):
    """A training that paints in the latents of the VAE in ``start``."""

    begins_with = "vae"


def train_wide_vae(asked: Request) -> Trained:
    """Train the wide world's VAE, which begins from nothing; return what that leaves.

    Raises:
        Fault: as `Job.run`.
    """
    job = WideJob.of(asked, "vae-wide", VAE_STEPS)
    recipe = WideVaeRecipe(job.seed, str(job.device))
    job.run(recipe)
    calibrate(recipe.model, draw_wide(job.seed, 0, CALIBRATION))
    in_half(recipe.model).save_pretrained(job.out)
    card = Card(
        "VAE of the wide world",
        "A diffusers AutoencoderKL of drawn scenes: 128×128 pixels become 16×16×24 latents.",
        job.command(),
        job.described(recipe.batch_size),
        score_wide_vae(recipe.model.float()),
    )
    return finish(job, card)


def train_wide_diffusion(asked: Request) -> Trained:
    """Train the wide world's U-Net and its text encoder on its VAE; return what that leaves.

    Raises:
        ModelUnavailable: if the VAE is missing or damaged.
        Fault: as `Job.run`.
    """
    start = asked.begin(HOME / "vae-wide", "train vae --world wide, or name its folder")
    job = PaintingJob.of(asked, "diffusion-wide", DIFFUSION_STEPS, start)
    assert start is not None
    vae = load_vae_in(start, job.preset, job.device)
    recipe = WideDiffusionRecipe(vae, job.seed, str(job.device))
    job.run(recipe)
    save_diffusion(recipe.diffusion, job.out)
    table = {"model": job.out, "steps": STEPS, "guidance": GUIDANCE}
    diffusion = load_diffusion(job.with_tables(diffusion=table), job.device)
    card = Card(
        "Diffusion model of the wide world",
        "A latent diffusion model of drawn scenes in Stable Diffusion's layout: a U-Net that "
        "attends to text, with its text encoder, over the latents of the VAE in `vae/`.",
        job.command(),
        job.described(recipe.batch_size) + ", a caption or a question with its answer each",
        score_wide_diffusion(diffusion),
    )
    return finish(job, card)
