"""How good a received picture is: to the eye, and to the user's question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from linksim.experiments.machine_tasks.evaluator import Evaluator, texts_of
from linksim.experiments.results.fidelity import PSNR
from linksim.experiments.results.metrics import RELEVANCE, SCORED, SSIM
from linksim.experiments.sweeps.measures import Measures
from linksim.experiments.sweeps.similarity import psnr, ssim
from linksim.source.judge import Judge, Response, relevance_loss

Observers = Mapping[str, Evaluator[Any]]
"""Models that do machine tasks, by the names of the tasks."""


@dataclass(frozen=True)
class Asked:
    """What is found of received pictures beside the metrics of every sweep, where it is asked for.

    Attributes:
        observers: who looks at them.
        measures: what else is measured of them.
    """

    observers: Observers = field(default_factory=dict)
    measures: Measures = field(default_factory=dict)


NOTHING_ASKED = Asked()


@dataclass(frozen=True)
class Scores:
    """Metrics of B received pictures.

    Attributes:
        numbers: of each of `linksim.experiments.results.metrics.SCORED`, and of what else was
            asked for, a number for each, float32.
        answers: what the judge answers to the received picture.
        finds: what models find there, as text, by their tasks.
    """

    numbers: dict[str, np.ndarray]
    answers: list[str]
    finds: dict[str, list[str]] = field(default_factory=dict)

    def of(self, number: int) -> Scores:
        """Return those of one picture."""
        one = slice(number, number + 1)
        numbers = {name: values[one] for name, values in self.numbers.items()}
        finds = {task: texts[one] for task, texts in self.finds.items()}
        return Scores(numbers, self.answers[one], finds)

    @classmethod
    def joined(cls, scores: Sequence[Scores]) -> Scores:
        """Return those of several batches as one."""
        names = scores[0].numbers if scores else SCORED
        numbers = {name: np.concatenate([one.numbers[name] for one in scores]) for name in names}
        tasks = scores[0].finds if scores else {}
        finds = {task: [text for one in scores for text in one.finds[task]] for task in tasks}
        return cls(numbers, [answer for one in scores for answer in one.answers], finds)


@dataclass(frozen=True)
class Received:
    """B pictures as received, and what is known of them.

    Attributes:
        images: the originals, float32 ``[B, 3, H, W]`` in 0..1.
        received: in 0..1, like them.
        wanted, response: the judge's to the former and to the latter.
    """

    images: torch.Tensor
    received: torch.Tensor
    wanted: Response
    response: Response


@torch.no_grad()
def score(
    judge: Judge,
    images: torch.Tensor,
    received: torch.Tensor,
    questions: list[str],
    wanted: Response,
    asked: Asked = NOTHING_ASKED,
) -> Scores:
    """Score received pictures.

    Args:
        judge: who looks at them.
        images, received: float32 ``[B, 3, H, W]`` in 0..1.
        questions: one for each picture.
        wanted: the judge's response to ``images``.
        asked: what else is found of them.
    """
    received = received.clamp(0, 1)
    seen = Received(images, received, wanted, judge.respond(received, questions))
    rows = torch.stack([_SCORES[name](seen) for name in SCORED]).cpu().numpy()
    numbers = dict(zip(SCORED, rows, strict=True))
    numbers |= {
        name: measure(images, received).float().cpu().numpy()
        for name, measure in asked.measures.items()
    }
    finds = {task: texts_of(one.look(received)) for task, one in asked.observers.items()}
    return Scores(numbers, seen.response.answers, finds)


_SCORES: dict[str, Callable[[Received], torch.Tensor]] = {
    PSNR: lambda seen: psnr(seen.images, seen.received),
    SSIM: lambda seen: ssim(seen.images, seen.received),
    RELEVANCE: lambda seen: relevance_loss(
        seen.wanted.states, seen.response.states, seen.wanted.weights
    ),
}
"""Each of `linksim.experiments.results.metrics.SCORED`, ``[B]``."""
