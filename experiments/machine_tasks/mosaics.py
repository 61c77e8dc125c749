"""Whether a question pays: four photographs in one, of which a question asks about one.

``python -m linksim.experiments.machine_tasks.mosaics FOLDER CODEC BPP COUNT [SIDE]`` makes mosaics
of photographs that nothing was trained on, see `labelled`, and sends each without noise: by the
codec alone, behind the right question (``asked:CODEC``), and behind one about another quarter. It
prints the share of right questions that the judge of photographs answers as for the original.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.machine_tasks.none_threshold import labelled
from linksim.experiments.results.estimates import mean, rate
from linksim.experiments.text_out import say
from linksim.source.asked.codec import NETWORK, AskedCodec
from linksim.source.codec import load_codec
from linksim.source.message import Message, Received
from linksim.source.pictures import load_picture
from linksim.source.stills.codec import StillCodec
from linksim.source.zoo.imagenet.groups import groups
from linksim.source.zoo.imagenet.judge import ImagenetJudge
from linksim.source.zoo.imagenet.network import LiteNetwork
from linksim.source.zoo.preset import load_preset

KINDS = ("dog", "bird", "reptile", "insect", "food")
_SEED, _SIDE, _TOGETHER = 5, 384, 4
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Mosaic:
    """Four photographs of different groups.

    Attributes:
        image: float32 ``[3, side, side]``.
        question: about one of them.
        other: about another one.
    """

    image: torch.Tensor
    question: str
    other: str


def mosaics(folder: Path, count: int, side: int = _SIDE, seed: int = _SEED) -> list[Mosaic]:
    """Return seeded mosaics of a folder's pictures; the same for the same seed and files.

    Raises:
        Fault: if pictures of a kind are missing.
    """
    found, draws = labelled(folder), np.random.default_rng(seed)
    classes = {group.name: group.classes for group in groups()}
    of = {kind: [file for file, number in found if number in classes[kind]] for kind in KINDS}
    if lacking := [kind for kind in KINDS if not of[kind]]:
        raise Fault(f"{folder}: no picture of a {lacking[0]} among the held-out classes")
    return [_mosaic(of, side // 2, draws) for _ in range(count)]


def _mosaic(of: dict[str, list[Path]], side: int, draws: np.random.Generator) -> Mosaic:
    kinds = [KINDS[place] for place in draws.permutation(len(KINDS))[:4]]
    quarters = [load_picture(of[kind][draws.integers(len(of[kind]))], side) for kind in kinds]
    rows = [torch.cat(quarters[first : first + 2], dim=2) for first in (0, 2)]
    asked = int(draws.integers(4))
    right, other = kinds[asked], kinds[(asked + 1) % 4]
    return Mosaic(torch.cat(rows, dim=1), f"which {right}?", f"which {other}?")


def kept(shown: Sequence[Mosaic], codec: str, bpp: float) -> dict[str, np.ndarray]:
    """Return which answers stay, bool for each mosaic: ``plain``, ``asked`` and ``other``.

    Raises:
        Fault: if that is no still codec.
    """
    judge = ImagenetJudge(_CPU)
    side = shown[0].image.shape[-1]
    still = load_codec(f"{codec}:bpp={bpp}", load_preset("embedded"), _CPU)
    if not isinstance(still, StillCodec):
        raise Fault(f"{codec}: give a still codec, like avif")
    still = still.fitted(side, side)
    coder = AskedCodec(still, LiteNetwork(NETWORK, _CPU))
    found: dict[str, list[bool]] = {"plain": [], "asked": [], "other": []}
    for first in range(0, len(shown), _TOGETHER):
        some = shown[first : first + _TOGETHER]
        images = torch.stack([one.image for one in some])
        questions = [one.question for one in some]
        wanted = judge.respond(images, questions).answers
        sent = {
            "plain": still.encode(images, questions),
            "asked": coder.encode(images, questions),
            "other": coder.encode(images, [one.other for one in some]),
        }
        for name, message in sent.items():
            received = still.decode(_arrived(message))
            answers = judge.respond(received, questions).answers
            found[name] += [a == w for a, w in zip(answers, wanted, strict=True)]
    return {name: np.array(values) for name, values in found.items()}


def _arrived(message: Message) -> Received:
    nothing = torch.zeros_like(message.values, dtype=torch.bool)
    return Received(message.values, message.width, nothing, torch.zeros(0))


def main(folder: Path, codec: str, bpp: float, count: int, side: int = _SIDE) -> None:
    """Print the shares of answers kept, and the paired differences, with 95 % intervals."""
    found = kept(mosaics(folder, count, side), codec, bpp)
    say(f"{count} mosaics of {side}×{side}, {codec} at {bpp:g} bits per pixel")
    for name, right in found.items():
        share = rate(right, 1.0)
        say(f"{name}: {share.value:.3f} [{share.low:.3f}, {share.high:.3f}]")
    for other in ("plain", "other"):
        gain = mean(found["asked"].astype(float) - found[other])
        say(f"asked less {other}: {gain.value:.3f} [{gain.low:.3f}, {gain.high:.3f}]")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), *map(int, sys.argv[4:]))
