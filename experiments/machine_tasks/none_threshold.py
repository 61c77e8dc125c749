"""From what share on the judge of photographs sees a group, measured on photographs with a class.

``python -m linksim.experiments.machine_tasks.none_threshold FOLDER`` reads pictures whose names
begin with the number of their class in ImageNet, ``010-brambling.jpg``, and takes those whose
class is divisible by 10. Every group is asked about in each: where the picture's class is one of
the group's, "none" is wrong, and where it is not, anything else is. The threshold is where both
are wrong equally often.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.results.estimates import rate
from linksim.experiments.text_out import say
from linksim.source.pictures import Framing, load_picture
from linksim.source.zoo.imagenet.groups import CLASSES, groups
from linksim.source.zoo.imagenet.judge import NETWORK, share_of, strongest
from linksim.source.zoo.imagenet.network import LiteNetwork

HELD_OUT = 10
"""Classes divisible by it are those that nothing is trained on."""

_ORIGINAL = Framing()


def labelled(folder: Path, every: int = HELD_OUT) -> list[tuple[Path, int]]:
    """Return the pictures of a folder with their classes, those divisible by a number.

    Raises:
        Fault: if there are none.
    """
    named = [(file, file.name.partition("-")[0]) for file in sorted(folder.glob("*.jpg"))]
    found = [(file, int(number)) for file, number in named if number.isdecimal()]
    chosen = [(file, number) for file, number in found if number % every == 0 and number < CLASSES]
    if not chosen:
        raise Fault(f"{folder}: no pictures called NNN-name.jpg, NNN a class divisible by {every}")
    return chosen


def shares(pictures: Sequence[tuple[Path, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Return how strongly each group but the widest is seen in each picture, and where it is there.

    Returns:
        float64 and bool, ``[pictures, groups]``.
    """
    network, asked = LiteNetwork(NETWORK, torch.device("cpu")), groups()[1:]
    seen = []
    for file, _ in pictures:
        scores = network.activations(load_picture(file, _ORIGINAL)[None]).flatten(2)
        shown = share_of(scores.expand(len(asked), -1, -1), asked)
        seen.append(strongest(shown).double().numpy())
    there = np.array([[number in group.classes for group in asked] for _, number in pictures])
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


def main(folder: Path) -> None:
    """Print the threshold, and how often each kind of answer is wrong there."""
    seen, there = shares(labelled(folder))
    threshold = balanced(seen, there)
    missed, imagined = seen[there] < threshold, seen[~there] >= threshold
    say(f"{len(seen)} pictures, {seen.shape[1]} groups: threshold {threshold:.3f}")
    for what, wrong in (("there, said none", missed), ("not there, said something", imagined)):
        found = rate(wrong, 1.0)
        say(f"{what}: {found.value:.3f} [{found.low:.3f}, {found.high:.3f}] of {len(wrong)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
