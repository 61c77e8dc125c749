"""The trainings of the wide world's models on its tower, from scenes to weights with a card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from linksim.experiments.data.inputs import folder_digest
from linksim.experiments.data.samples import HELD_OUT
from linksim.experiments.data.scenes import images_of
from linksim.experiments.faults import Fault
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import rate
from linksim.experiments.text_out import align
from linksim.experiments.training import llava as llava_training
from linksim.experiments.training.cards import Card
from linksim.experiments.training.catalogue import Trained
from linksim.experiments.training.detector_scores import score_detector
from linksim.experiments.training.job import HOME, Job, Request, finish
from linksim.experiments.training.owlvit import save_detector
from linksim.experiments.training.saving import save_half
from linksim.experiments.training.scores import clip_table
from linksim.experiments.training.wide_batches import draw_wide
from linksim.experiments.training.wide_clip import WideClipRecipe
from linksim.experiments.training.wide_detector import WIDE, WideDetectorRecipe
from linksim.experiments.training.wide_llava import WideLlavaRecipe
from linksim.source.world import FAMILIES, KINDS, SIDE, Question, Scene, ask, blind_guesses, caption
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.loading import CLIP_WEIGHTS, load_clip, load_llava

STEPS = {"clip": 5000, "llava": 12000, "detector": 6000}

_SEED = HELD_OUT + 1_000_000  # apart from the scenes of sweeps
_AT_ONCE = 16
_CAPTIONED = 1024  # scenes that CLIP is scored on
_DETECTED = 512  # scenes that the detector is scored on


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
    drawn, rng = draw_wide(_SEED, 0, _CAPTIONED), np.random.default_rng(_SEED)
    card = Card(
        "CLIP of the wide world",
        "An open_clip CLIP (ViT 128×128, patches of 16, width 192, 6 layers) of drawn scenes; its "
        "tower began as the wide world's.",
        job.command(),
        job.described(recipe.batch_size),
        clip_table(clip, drawn, [caption(scene, rng) for scene in drawn], KINDS),
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
        score_detector(detector, _DETECTED, WIDE),
    )
    return finish(job, card)


def _job(asked: Request) -> WideJob:
    """Return the training that goes on from a tower."""
    start = asked.begin(HOME / "tower", "train tower, or name its folder")
    return WideJob.of(asked, f"{asked.model}-wide", STEPS[asked.model], start)


@dataclass(frozen=True)
class _Asked:
    """Held-out scenes, each with a question of each family of which it has a clear one."""

    scenes: list[Scene]
    questions: list[tuple[int, Question]]


def score_wide_llava(llava: Llava, scenes: int = 400) -> str:
    """Return the share of right single-turn answers, over all and per family, as a table.

    Beside it stand what the same questions get with a grey picture, with another picture, and by
    the best blind guess.
    """
    asked = _ask(scenes)
    own = images_of(asked.scenes)
    shown = {
        "right": own,
        "floor: grey": torch.full_like(own, 0.5),
        "floor: another picture": own.roll(1, 0),
    }
    right = {name: _right(llava, asked, images) for name, images in shown.items()}
    families = np.array([question.family for _, question in asked.questions])
    blind = {guess.family: f"{guess.best:.3f}" for guess in blind_guesses(_many_questions())}
    rows = [["family", *right, "blind guess", "questions"]]
    for family in ("all", *FAMILIES):
        chosen = np.full(len(families), True) if family == "all" else families == family
        cells = [format_estimate(rate(found[chosen], 1.0)) for found in right.values()]
        rows.append([family, *cells, blind.get(family, ""), str(chosen.sum())])
    return align(rows)


def _ask(scenes: int) -> _Asked:
    drawn = draw_wide(_SEED, 0, scenes)
    rng = np.random.default_rng(_SEED)
    asked = [(n, ask(scene, rng, f), f) for n, scene in enumerate(drawn) for f in FAMILIES]
    return _Asked(drawn, [(n, question) for n, question, f in asked if question.family == f])


def _many_questions(scenes: int = 2000) -> list[Question]:
    """Return questions of other held-out scenes, enough to learn to guess from."""
    rng = np.random.default_rng(_SEED + 1)
    return [
        ask(scene, rng, family) for scene in draw_wide(_SEED + 1, 0, scenes) for family in FAMILIES
    ]


def _right(llava: Llava, asked: _Asked, images: torch.Tensor) -> np.ndarray:
    """Return which questions are answered right, bool ``[questions]``, shown these pictures."""
    found: list[bool] = []
    for first in range(0, len(asked.questions), _AT_ONCE):
        part = asked.questions[first : first + _AT_ONCE]
        texts = [question.text for _, question in part]
        pictures = images[[number for number, _ in part]].to(llava.device)
        answers = llava.respond(pictures, texts).answers
        found += [a == question.answer for a, (_, question) in zip(answers, part, strict=True)]
    return np.array(found)
