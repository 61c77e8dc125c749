"""The training of the detector, from scenes to weights with a card."""

from __future__ import annotations

from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.detector import DetectorRecipe
from linksim.experiments.training.detector_scores import score_detector
from linksim.experiments.training.job import Job, Request, finish, seen
from linksim.experiments.training.owlvit import save_detector
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.loading import load_clip


def train_detector(asked: Request) -> Trained:
    """Train the embedded detector from the preset's CLIP tower on; return what that leaves."""
    job = Job.of(asked, "detector", 2000)
    visual = load_clip(job.preset, job.device).model.visual
    recipe = DetectorRecipe(visual, job.seed, str(job.device))
    job.run(recipe)
    save_detector(recipe.model, recipe.tokenizer, job.out)
    table = {**job.preset.detector, "model": job.out}
    detector = load_detector(job.with_tables(detector=table), job.device)
    card = Card(
        "Embedded detector",
        "A transformers OwlViTForObjectDetection (64×64, patches of 8, width 128, 6 layers) that "
        "finds things in drawn scenes by kind, by colour and kind, or by broader labels; its tower "
        "began as the embedded CLIP's.",
        job.command(),
        seen(job, recipe.batch_size),
        score_detector(detector),
    )
    return finish(job, card)
