"""A judge for photographs: EfficientNet-Lite2, which knows 1000 kinds of things."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import torch

from linksim.source.judge import IMAGENET, Response
from linksim.source.zoo.imagenet.groups import Group, groups_named, table_text
from linksim.source.zoo.imagenet.network import LiteNetwork, digest_with

NETWORK = 2
"""The judge's, in no loss and at no sender."""

NONE = "none"
"""The answer where nothing of what was asked for is seen."""

THRESHOLD = 0.39
"""Less of a group is "none"; `linksim.experiments.machine_tasks.none_threshold` measures it."""

_STRONGEST = 8  # of so many places one tells: what is asked about may be small


class ImagenetJudge:
    """Answers which class of the group that a question names is likeliest.

    A class counts by the mean of its scores over the strongest eighth of the places, and so does
    the group by its share of the softmax: below `THRESHOLD` the answer is "none". States are the
    group's scores at each place, which count by the group's share there.

    Args:
        device: where it runs.
        network: 0, 1 or 2.

    Raises:
        ModuleNotFoundError: if the extra ``photographs`` is not installed.
    """

    name = IMAGENET

    def __init__(self, device: torch.device, network: int = NETWORK) -> None:
        self._network = LiteNetwork(network, device)

    def check(self, questions: Sequence[str]) -> None:
        """Make sure that questions name groups; see `linksim.source.judge.SelectiveJudge`."""
        groups_named(questions)

    @torch.no_grad()
    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> Response:
        """Answer a question about each picture; see `linksim.source.judge.Judge`.

        Raises:
            UnknownGroup: if a question names none.
        """
        asked = groups_named(questions)
        scores = self._network.activations(images.to(torch.float32)).flatten(2)
        width = max(len(group.classes) for group in asked)
        states = scores.new_zeros(len(images), scores.shape[2], width)
        shares = share_of(scores, asked)
        answers = []
        for row, group in enumerate(asked):
            own = scores[row, list(group.classes)]
            states[row, :, : len(own)] = own.T
            seen = strongest(shares[row]) >= THRESHOLD
            likeliest = group.classes[int(strongest(own).argmax())]
            answers.append(class_names()[likeliest] if seen else NONE)
        return Response(answers, states, shares)


def share_of(scores: torch.Tensor, asked: Sequence[Group]) -> torch.Tensor:
    """Return the share of the softmax that a group has at each place.

    Args:
        scores: of all classes, float32 ``[B, 1000, places]``.
        asked: a group for each picture.

    Returns:
        float32 ``[B, places]`` in 0..1.
    """
    likely = scores.softmax(dim=1)
    return torch.stack([likely[row, list(g.classes)].sum(dim=0) for row, g in enumerate(asked)])


def strongest(values: torch.Tensor) -> torch.Tensor:
    """Return the mean over the strongest eighth of the places, the last dimension."""
    count = max(values.shape[-1] // _STRONGEST, 1)
    return values.topk(count, dim=-1).values.mean(dim=-1)


@cache
def class_names() -> tuple[str, ...]:
    """Return the first name that WordNet has for each class, in lower case."""
    names = files("linksim.source.zoo.imagenet") / "classes.txt"
    return tuple(names.read_text(encoding="utf-8").splitlines())


def digest() -> str:
    """Return a digest of what decides the judge's answers."""
    return digest_with(NETWORK, THRESHOLD, _STRONGEST, table_text())
