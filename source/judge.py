"""Judges: who answers questions about pictures as sent and as received, and what they look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from linksim._given import lent
from linksim.source.refused import Refused
from linksim.source.zoo.preset import Preset

if TYPE_CHECKING:  # slow to load, and not needed to name judges
    import torch

GROUP = "linksim.judges"
"""The kind of objects that judge, see `linksim._given`."""

LLAVA, IMAGENET, NOBODY = "llava", "imagenet", "none"


class UnknownJudge(Refused):
    """There is no such judge; the message has the names of those that there are."""

    about = "judge"


@dataclass(frozen=True)
class Response:
    """What a judge makes of a batch of pictures and questions.

    Attributes:
        answers: the text of each answer.
        states: what it sees at each place, float32 ``[B, places, width]``.
        weights: how much each place counts where states are compared, float32 ``[B, places]``, 0 or
            more; None for all alike.
    """

    answers: list[str]
    states: torch.Tensor
    weights: torch.Tensor | None = None


def joined_responses(responses: Sequence[Response]) -> Response:
    """Return the responses to several batches as that to one.

    Args:
        responses: of one judge, to pictures of one size.
    """
    if len(responses) == 1:
        return responses[0]
    import torch

    weights = [one.weights for one in responses if one.weights is not None]
    return Response(
        [answer for one in responses for answer in one.answers],
        torch.cat([one.states for one in responses]),
        torch.cat(weights) if weights else None,
    )


class Judge(Protocol):
    """Answers questions about pictures of any size."""

    @property
    def name(self) -> str:
        """What results call it."""

    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        """Answer a question about each picture.

        A picture's response depends on the picture and its question alone, and on its place in the
        batch by rounding at most.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.
            questions: one for each picture.
        """


@runtime_checkable
class SelectiveJudge(Judge, Protocol):
    """A judge that answers some questions alone."""

    def check(self, questions: Sequence[str]) -> None:
        """Make sure that it answers these.

        Raises:
            Refused: naming the first that it does not answer, and what it can be asked.
        """


class Nobody:
    """Answers nothing and sees nothing: every answer is empty, every state NaN."""

    name = NOBODY

    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        """Return empty answers; see `Judge.respond`."""
        return Response([""] * len(questions), images.new_full((len(images), 1, 1), float("nan")))


def relevance_loss(
    original: torch.Tensor, received: torch.Tensor, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """User-intent relevance loss of each picture: 1 − cosine of the states, mean over places.

    Args:
        original, received: states ``[B, places, width]`` for the same questions, see `Response`.
        weights: of the places ``[B, places]``, as the original has them; None for all alike.

    Returns:
        float32 ``[B]``, 0 for equal states, at most 2.
    """
    from torch.nn import functional

    alike = functional.cosine_similarity(original, received, dim=-1)
    if weights is None:
        return 1 - alike.mean(dim=-1)
    return 1 - (alike * weights).sum(dim=-1) / weights.sum(dim=-1)


def judge_names() -> tuple[str, ...]:
    """Return the names of all judges, those that a script lends among them."""
    return (*_LOADERS, *lent(GROUP))


def load_judge(name: str, preset: Preset, device: torch.device) -> Judge:
    """Load a judge by name.

    Raises:
        UnknownJudge: if there is none of this name.
        ModelUnavailable: if its weights are missing or damaged.
    """
    own: dict[str, Judge] = lent(GROUP)
    if name in own:
        return own[name]
    if name not in _LOADERS:
        raise UnknownJudge(f"{name}: unknown judge; one of {', '.join(judge_names())}")
    return _LOADERS[name](preset, device)


def _llava(preset: Preset, device: torch.device) -> Judge:
    from linksim.source.zoo.loading import load_llava

    return load_llava(preset, device)


def _imagenet(_: Preset, device: torch.device) -> Judge:
    from linksim.source.zoo.imagenet.judge import ImagenetJudge

    return ImagenetJudge(device)


def _nobody(_: Preset, __: torch.device) -> Judge:
    return Nobody()


_LOADERS: dict[str, Callable[[Preset, torch.device], Judge]] = {
    LLAVA: _llava,
    IMAGENET: _imagenet,
    NOBODY: _nobody,
}
