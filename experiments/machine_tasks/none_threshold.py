"""From what share on the judge of photographs sees a group, measured on photographs with a class.

``python -m linksim.experiments.machine_tasks.none_threshold FOLDER`` reads pictures whose names
begin with the number of their class in ImageNet, ``010-brambling.jpg``. Every group is asked about
in each: where the picture's class is one of the group's, "none" is wrong, and where it is not,
anything else is. The threshold is where both are wrong equally often. It is set on pictures of odd
classes and scored on those of even ones, see `linksim.experiments.data.photographs`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.data.photographs import Photograph, photographs_in
from linksim.experiments.faults import Fault
from linksim.experiments.results.estimates import rate
from linksim.experiments.text_out import say
from linksim.source.pictures import Framing, load_picture
from linksim.source.zoo.imagenet.groups import groups
from linksim.source.zoo.imagenet.judge import NETWORK, strongest
from linksim.source.zoo.imagenet.network import LiteNetwork

_ORIGINAL = Framing()


def shares(pictures: Sequence[Photograph]) -> tuple[np.ndarray, np.ndarray]:
    """Return how strongly each group but the widest is seen in each picture, and where it is there.

    Returns:
        float64 and bool, ``[pictures, groups]``.
    """
    network, asked = LiteNetwork(NETWORK, torch.device("cpu")), groups()[1:]
    seen = []
    for one in pictures:
        scores = network.activations(load_picture(one.path, _ORIGINAL)[None])[0].flatten(1)
        likely = scores.softmax(dim=0)
        shown = torch.stack([likely[list(group.classes)].sum(dim=0) for group in asked])
        seen.append(strongest(shown).double().numpy())
    there = np.array([[one.number in group.classes for group in asked] for one in pictures])
    return np.stack(seen), there


def balanced(seen: np.ndarray, there: np.ndarray) -> float:
    """Return the threshold at which missed and imagined groups are equally frequent.

    >>> balanced(np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, False, True, True]))
    0.6
    """
    candidates = np.unique(seen)
    missed = np.searchsorted(np.sort(seen[there]), candidates) / there.sum()
    imagined = 1 - np.searchsorted(np.sort(seen[~there]), candidates) / (~there).sum()
    return float(candidates[np.abs(missed - imagined).argmin()])


def wrong(seen: np.ndarray, there: np.ndarray, threshold: float) -> list[str]:
    """Return lines about how often either answer is wrong, by picture, with 95 % intervals."""
    cases = {
        "there, said none": (seen < threshold) & there,
        "not there, said something": (seen >= threshold) & ~there,
    }
    lines = []
    for (what, errors), asked in zip(cases.items(), (there, ~there), strict=True):
        found = rate(errors.sum(axis=1), asked.sum(axis=1))
        of = f"of {asked.sum()} questions about {asked.any(axis=1).sum()} pictures"
        lines.append(f"{what}: {found.value:.4f} [{found.low:.4f}, {found.high:.4f}] {of}")
    return lines


def main(folder: Path) -> None:
    """Print the threshold, and how often each kind of answer is wrong at it on other pictures."""
    pictures = photographs_in(folder)
    measures = np.array([one.measures for one in pictures])
    if measures.all() or not measures.any():
        raise Fault(f"{folder}: give pictures of odd classes, and of even ones")
    seen, there = shares(pictures)
    threshold = round(balanced(seen[~measures], there[~measures]), 2)
    for what, those in ((f"set to {threshold} by", ~measures), ("measured with", measures)):
        say(f"{what} {those.sum()} pictures, {seen.shape[1]} groups")
        say("\n".join(wrong(seen[those], there[those], threshold)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
