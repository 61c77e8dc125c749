"""Who says what a picture still means: judges answer questions about pictures, and compare them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from linksim.source.refused import Refused

if TYPE_CHECKING:
    import torch

    from linksim.source.zoo.preset import Preset

AUTO, LLAVA, NOBODY = "auto", "llava", "none"

JUDGES = (LLAVA, NOBODY)
"""The names of judges; `AUTO` is `LLAVA` where there is a question, else `NOBODY`."""


class UnknownJudge(Refused):
    """There is no such judge; the message names those that there are."""

    about = "judge"


@dataclass(frozen=True)
class Response:
    """What a judge made of a batch of pictures and questions.

    Attributes:
        answers: the text of each answer, lower case, without surrounding space or full stop.
        states: what the judge saw where, float32 ``[B, places, width]``; of a LLaVA the last hidden
            states at the image tokens.
    """

    answers: list[str]
    states: torch.Tensor


class Judge(Protocol):
    """Answers questions about pictures, and says how much of what was asked about is lost."""

    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        """Look at pictures, float32 ``[B, 3, H, W]`` in 0..1, with a question each."""

    def loss(self, wanted: Response, seen: Response) -> torch.Tensor:
        """Return how far what was seen is from what was wanted, float32 ``[B]``, 0 for the same."""


class Nobody:
    """The judge of pictures about which nobody asks: no answers, and a loss that is not known."""

    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        return Response([""] * len(questions), images.new_empty(len(questions), 0, 0))

    def loss(self, wanted: Response, seen: Response) -> torch.Tensor:
        return seen.states.new_full((len(seen.answers),), float("nan"))


def judge_name(name: str, asked: bool) -> str:
    """Return the name of a judge; of `AUTO`, who judges where there is a question or none.

    Raises:
        UnknownJudge: if nobody is called so.
    """
    if name not in (AUTO, *JUDGES):
        raise UnknownJudge(f"{name}: unknown; one of {', '.join((AUTO, *JUDGES))}")
    return name if name != AUTO else LLAVA if asked else NOBODY


def load_judge(name: str, preset: Preset, device: torch.device) -> Judge:
    """Load one of `JUDGES`.

    Raises:
        ModelUnavailable: if its weights are missing or damaged.
    """
    if name == NOBODY:
        return Nobody()
    from linksim.source.zoo.loading import load_llava  # slow to load

    return load_llava(preset, device)
