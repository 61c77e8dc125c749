"""Scores of the wide world's CLIP and LLaVA on held-out scenes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from linksim.experiments.data.samples import HELD_OUT
from linksim.experiments.data.scenes import images_of
from linksim.experiments.report.tables import format_estimate
from linksim.experiments.results.estimates import Estimate, rate
from linksim.experiments.text_out import align
from linksim.experiments.training.scores import ClipScores, clip_scores, clip_table
from linksim.experiments.training.wide_batches import draw_wide
from linksim.source.world import FAMILIES, KINDS, Question, Scene, ask, blind_guesses, caption
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.llava import Llava

_SEED = HELD_OUT + 1_000_000  # apart from the scenes of sweeps
_AT_ONCE = 16


@dataclass(frozen=True)
class _Asked:
    """Held-out scenes, each with a question of each family of which it has a clear one."""

    scenes: list[Scene]
    questions: list[tuple[int, Question]]


@dataclass(frozen=True)
class FamilyScore:
    """How a LLaVA answers the questions of a family, or all of them.

    Attributes:
        family: one of `FAMILIES`, or ``all``.
        right: share of right single-turn answers.
        grey, another: the same, shown a grey picture, or another scene's.
        blind: the same, of the best guess that never sees a picture.
        questions: how many.
    """

    family: str
    right: Estimate
    grey: Estimate
    another: Estimate
    blind: float
    questions: int


def llava_scores(llava: Llava, scenes: int = 400) -> list[FamilyScore]:
    """Ask about held-out scenes; return the score over all questions, and each family's."""
    asked = _ask(scenes)
    pictures = images_of(asked.scenes)
    shown = (pictures, torch.full_like(pictures, 0.5), pictures.roll(1, 0))
    right = [_right(llava, asked, images) for images in shown]
    families = np.array([question.family for _, question in asked.questions])
    guesses = {guess.family: guess.best for guess in blind_guesses(_many_questions())}
    blind = np.array([guesses.get(family, 0.0) for family in families])
    found = []
    for family in ("all", *FAMILIES):
        chosen = np.full(len(families), True) if family == "all" else families == family
        if chosen.any():
            own, grey, another = (rate(each[chosen], 1.0) for each in right)
            guessed, number = float(blind[chosen].mean()), int(chosen.sum())
            found.append(FamilyScore(family, own, grey, another, guessed, number))
    return found


def score_wide_llava(llava: Llava, scenes: int = 400) -> str:
    """Return what `llava_scores` does as a table."""
    rows = [
        ["family", "right", "floor: grey", "floor: another picture", "blind guess", "questions"]
    ]
    for each in llava_scores(llava, scenes):
        shares = map(format_estimate, (each.right, each.grey, each.another))
        rows.append([each.family, *shares, f"{each.blind:.3f}", str(each.questions)])
    return align(rows)


def wide_clip_scores(clip: Clip, scenes: int = 1024) -> ClipScores:
    """Score a CLIP on held-out scenes, a multiple of 64."""
    return clip_scores(clip, *_captioned(scenes), KINDS)


def score_wide_clip(clip: Clip, scenes: int = 1024) -> str:
    """Return what `wide_clip_scores` does as a table."""
    return clip_table(clip, *_captioned(scenes), KINDS)


def _captioned(scenes: int) -> tuple[list[Scene], list[str]]:
    drawn, rng = draw_wide(_SEED, 0, scenes), np.random.default_rng(_SEED)
    return drawn, [caption(scene, rng) for scene in drawn]


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
