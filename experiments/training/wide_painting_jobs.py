"""The trainings that painting in the wide world takes, from scenes to weights with a card."""

from __future__ import annotations

from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.job import Request, finish
from linksim.experiments.training.saving import in_half
from linksim.experiments.training.vae import CALIBRATION, calibrate
from linksim.experiments.training.wide_batches import draw_wide
from linksim.experiments.training.wide_jobs import WideJob
from linksim.experiments.training.wide_vae import WideVaeRecipe, score_wide_vae

VAE_STEPS = 12000


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
