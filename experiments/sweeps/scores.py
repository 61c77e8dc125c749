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
from linksim.source.judge import Judge, Response, relevance_loss

_SSIM_SIDE = 11  # of the window
_LARGE = 2**21  # pixels of which similarity is measured colour by colour, in a third of the memory
_MS_SSIM_SIDE = 161  # fewer pixels a side do not leave five scales


Observers = Mapping[str, Evaluator[Any]]
"""Models that do machine tasks, by the names of the tasks."""

NOBODY_LOOKS: Observers = {}


@dataclass(frozen=True)
class Scores:
    """Metrics of B received pictures.

    Attributes:
        numbers: of each of `linksim.experiments.results.metrics.SCORED` a number for each, float32.
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
        numbers = {name: np.concatenate([one.numbers[name] for one in scores]) for name in SCORED}
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


def ssim_name(side: int) -> str:
    """Return which similarity `ssim` is for pictures of this size.

    Multi-scale SSIM (Wang et al. 2003) where they have 161 pixels a side or more, else SSIM (Wang
    et al. 2004).
    """
    return "MS-SSIM" if side >= _MS_SSIM_SIDE else "SSIM"


def psnr(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return the PSNR in dB of received pictures, both ``[B, 3, H, W]`` in 0..1.

    It is infinite where they are lossless.
    """
    return -10 * (received - images).square_().mean(dim=(1, 2, 3)).log10()


def ssim(images: torch.Tensor, received: torch.Tensor) -> torch.Tensor:
    """Return the similarity that `ssim_name` names, ``[B]``, of pictures in 0..1.

    It is not known, NaN, of fewer than 11 pixels a side.
    """
    import piq  # slow to load

    least = min(images.shape[-2:])
    if least < _SSIM_SIDE:
        return torch.full((len(images),), torch.nan, device=images.device)
    similarity = piq.multi_scale_ssim if least >= _MS_SSIM_SIDE else piq.ssim
    parts = images.shape[1] if images[:, 0].numel() > _LARGE else 1
    pairs = zip(received.chunk(parts, dim=1), images.chunk(parts, dim=1), strict=True)
    found = [similarity(*pair, data_range=1.0, reduction="none") for pair in pairs]
    return torch.stack(found).mean(dim=0)  # it is the mean over colours, of one or of three


@torch.no_grad()
def score(
    judge: Judge,
    images: torch.Tensor,
    received: torch.Tensor,
    questions: list[str],
    wanted: Response,
    observers: Observers = NOBODY_LOOKS,
) -> Scores:
    """Score received pictures.

    Args:
        judge: who looks at them.
        images, received: float32 ``[B, 3, H, W]`` in 0..1.
        questions: one for each picture.
        wanted: the judge's response to ``images``.
        observers: who else looks at them.
    """
    received = received.clamp(0, 1)
    seen = Received(images, received, wanted, judge.respond(received, questions))
    rows = torch.stack([_SCORES[name](seen) for name in SCORED]).cpu().numpy()
    finds = {task: texts_of(one.look(received)) for task, one in observers.items()}
    return Scores(dict(zip(SCORED, rows, strict=True)), seen.response.answers, finds)


_SCORES: dict[str, Callable[[Received], torch.Tensor]] = {
    PSNR: lambda seen: psnr(seen.images, seen.received),
    SSIM: lambda seen: ssim(seen.images, seen.received),
    RELEVANCE: lambda seen: relevance_loss(
        seen.wanted.states, seen.response.states, seen.wanted.weights
    ),
}
"""Each of `linksim.experiments.results.metrics.SCORED`, ``[B]``."""
