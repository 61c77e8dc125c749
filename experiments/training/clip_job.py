"""The training of the small world's CLIP, from scenes to weights with a card."""

from __future__ import annotations

from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.clip import ClipRecipe
from linksim.experiments.training.job import Job, Request, finish, seen
from linksim.experiments.training.saving import save_half
from linksim.experiments.training.scores import score_clip
from linksim.source.zoo.loading import CLIP_WEIGHTS, load_clip


def train_clip(asked: Request) -> Trained:
    """Train the embedded CLIP; return what that leaves."""
    job = Job.of(asked, "clip", 3200)
    recipe = ClipRecipe(job.out, job.seed, str(job.device))
    job.run(recipe)
    save_half(recipe.clip, job.out / CLIP_WEIGHTS)
    clip = load_clip(job.with_tables(clip={"model": job.out}), job.device)
    card = Card(
        "Embedded CLIP",
        "An open_clip CLIP (ViT 64×64, patches of 8, width 128, 6 layers) of drawn scenes.",
        job.command(),
        seen(job, 64),
        score_clip(clip),
    )
    return finish(job, card)
