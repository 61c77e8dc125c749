"""The trainings of the wide world's models on its tower, from scenes to weights with a card."""

from __future__ import annotations

from typing import Any

from linksim.experiments.data.inputs import folder_digest
from linksim.experiments.faults import Fault
from linksim.experiments.training import llava as llava_training
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.job import HOME, Job, Request, finish
from linksim.experiments.training.owlvit import save_detector
from linksim.experiments.training.saving import save_half
from linksim.experiments.training.wide_clip import WideClipRecipe
from linksim.experiments.training.wide_detector import WideDetectorRecipe, score_wide_detector
from linksim.experiments.training.wide_llava import WideLlavaRecipe
from linksim.experiments.training.wide_scores import score_wide_clip, score_wide_llava
from linksim.source.world import SIDE
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.loading import CLIP_WEIGHTS, load_clip, load_llava

STEPS = {"clip": 5000, "llava": 8000, "detector": 6000}


class WideJob(Job):
    """A training of the wide world; many go on from a model in ``start``, most from a tower.

    A tower is in its own folder, or in that of a CLIP.
    """

    begins_with = "tower"
    """What is in ``start``."""

    def options(self) -> dict[str, Any]:
        own = {"model": self.model, "world": "wide", "steps": self.steps, "seed": self.seed}
        return own | ({self.begins_with: folder_digest(self.start)[:12]} if self.start else {})

    def command(self) -> str:
        start = f" --start {self.start.name}" if self.start else ""
        return f"{super().command()} --world wide{start}"

    def tower(self) -> Any:
        """Return the vision transformer to begin with.

        Raises:
            ModelUnavailable: if it is missing or damaged.
            Fault: if it is one of other pictures.
        """
        clip = load_clip(self.with_tables(clip={"model": self.start}), self.device)
        if clip.side != SIDE:
            raise Fault(
                f"--start {self.start}: a tower of pictures {clip.side}×{clip.side}; give the "
                "folder that `linksim train tower` wrote"
            )
        return clip.model.visual

    def described(self, batch_size: int) -> str:
        """Return what the training has seen, for its card."""
        last = self.steps * batch_size - 1
        return f"scenes 0 to {last} of seed {self.seed} of the wide world, all kinds of things"


def train_wide_clip(asked: Request) -> Trained:
    """Train the wide world's CLIP from the tower on; return what that leaves.

    Raises:
        ModelUnavailable, Fault: as `WideJob.tower`, `Job.run`.
    """
    job = _job(asked)
    recipe = WideClipRecipe(job.out, job.tower(), job.seed, str(job.device))
    job.run(recipe)
    save_half(recipe.clip, job.out / CLIP_WEIGHTS)
    clip = load_clip(job.with_tables(clip={"model": job.out}), job.device)
    card = Card(
        "CLIP of the wide world",
        "An open_clip CLIP (ViT 128×128, patches of 16, width 192, 6 layers) of drawn scenes; its "
        "tower began as the wide world's.",
        job.command(),
        job.described(recipe.batch_size),
        score_wide_clip(clip),
    )
    return finish(job, card)


def train_wide_llava(asked: Request) -> Trained:
    """Train the wide world's LLaVA on the tower; return what that leaves.

    Raises:
        ModelUnavailable, Fault: as `WideJob.tower`, `Job.run`.
    """
    job = _job(asked)
    recipe = WideLlavaRecipe(job.tower(), job.seed, str(job.device))
    job.run(recipe)
    llava_training.save(recipe.model, recipe.tokenizer, job.out)
    table = {**job.preset.llava, "model": job.out}
    llava = load_llava(job.with_tables(llava=table), job.device)
    card = Card(
        "LLaVA of the wide world",
        "A transformers LlavaForConditionalGeneration: the wide world's tower, frozen, under a "
        "Qwen2 language model of width 192 and 5 layers that answers questions about scenes.",
        job.command(),
        job.described(recipe.batch_size) + ", six questions each",
        score_wide_llava(llava),
    )
    return finish(job, card)


def train_wide_detector(asked: Request) -> Trained:
    """Train the wide world's detector from the tower on; return what that leaves.

    Raises:
        ModelUnavailable, Fault: as `WideJob.tower`, `Job.run`.
    """
    job = _job(asked)
    recipe = WideDetectorRecipe(job.tower(), job.seed, str(job.device))
    job.run(recipe)
    save_detector(recipe.model, recipe.tokenizer, job.out)
    table = {**job.preset.detector, "model": job.out}
    detector = load_detector(job.with_tables(detector=table), job.device)
    card = Card(
        "Detector of the wide world",
        "A transformers OwlViTForObjectDetection (128×128, patches of 16, width 192, 6 layers) "
        "that finds things in drawn scenes by kind, by colour and kind, or by broader labels; its "
        "tower began as the wide world's.",
        job.command(),
        job.described(recipe.batch_size),
        score_wide_detector(detector),
    )
    return finish(job, card)


def _job(asked: Request) -> WideJob:
    """Return the training that goes on from a tower."""
    start = asked.begin(HOME / "tower", "train tower, or name its folder")
    return WideJob.of(asked, f"{asked.model}-wide", STEPS[asked.model], start)
