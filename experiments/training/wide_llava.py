"""Training of the wide world's LLaVA: as the small one's, with more that a patch can be.

Many answers are about one thing of ten, or about two: every image token says whether it shows the
thing that the answer is read from, its centre, or the landmark that the question starts from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from linksim.experiments.data.scenes import images_of
from linksim.experiments.training.llava import QUESTIONS, LlavaBatch, LlavaRecipe, build_model
from linksim.experiments.training.wide_batches import (
    GRID,
    centre_patch,
    draw_wide,
    patch_shares,
)
from linksim.source.scenes.tokens import build_tokenizer, word_ids
from linksim.source.world import Question, Scene, ask, vocabulary

WIDTH, LAYERS = 192, 5
"""Size of the language model."""

_LEARNT_LAST = ("exist", "count")
"""What asks for a kind and a colour at once, or for a sum, is learnt long after the rest."""

_SHOWN = 0.2  # share of a patch from which on it shows a thing


class WideLlavaRecipe(LlavaRecipe):
    """Answer loss plus grounding loss over the wide world, in bfloat16."""

    learning_rate = 8e-4
    averaging = 0.9995
    marks = ("no", "yes", "one", "the")
    mark_weights = (1.0, 4.0, 12.0, 6.0)

    def __init__(
        self, clip_visual: nn.Module, seed: int, device: str, batch_size: int = 16
    ) -> None:
        torch.manual_seed(seed)
        self._seed, self.batch_size = seed, batch_size
        words = vocabulary()
        ids, tokenizer = word_ids(words), build_tokenizer(words)
        self._begin(build_model(clip_visual, ids, WIDTH, LAYERS), tokenizer, ids, device)

    def draw(self, step: int) -> LlavaBatch:
        scenes = draw_wide(self._seed, step * self.batch_size, self.batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        questions = [_asked(scene, rng) for scene in scenes]
        every = [question for asked in questions for question in asked]
        grounding = [wide_grounding(*pair) for pair in zip(scenes, questions, strict=True)]
        return LlavaBatch(
            images_of(scenes),
            [question.text for question in every],
            torch.tensor([self._ids[question.answer] for question in every]),
            torch.from_numpy(np.concatenate(grounding)),
            [question.family for question in every],
        )

    def loss(self, batch: LlavaBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        with torch.autocast(self.llava.device.type, torch.bfloat16):
            return super().loss(batch, step)


def _asked(scene: Scene, rng: np.random.Generator) -> list[Question]:
    """Ask one question of each family that is learnt last, the others as the world asks them."""
    usual = [ask(scene, rng) for _ in range(QUESTIONS - len(_LEARNT_LAST))]
    return usual + [ask(scene, rng, family) for family in _LEARNT_LAST]


def wide_grounding(scene: Scene, questions: Sequence[Question]) -> np.ndarray:
    """Return what patches show of what questions are about: int64 ``[questions, GRID²]``.

    1: a thing that the answer is read from; 2: the centre of one; 3: the landmark, or what the
    first of two compared things is measured by; else 0.
    """
    marks = np.zeros((len(questions), GRID**2), dtype=np.int64)
    shown = patch_shares(scene)[:, 1:] > _SHOWN
    for row, question in zip(marks, questions, strict=True):
        places, landmark = _roles(question)
        if landmark is not None:
            row[shown[:, landmark]] = 3
        for place in places:
            row[shown[:, place]] = 1
        row[[centre_patch(scene.things[place].box) for place in places]] = 2
    return marks


def _roles(question: Question) -> tuple[tuple[int, ...], int | None]:
    """Return the things that an answer is read from, and the one that it starts from.

    Of two things that are compared, the second is what the first is measured by: were both marked
    alike, nothing would say which of them the question names first.
    """
    if question.family == "compare":
        first, second = question.things
        return (first,), second
    return question.things, question.landmark
