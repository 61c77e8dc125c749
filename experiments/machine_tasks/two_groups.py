"""Whether a question pays in photographs that hold things of two groups, as COCO's do.

``python -m linksim.experiments.machine_tasks.two_groups FOLDER CODEC BPP,…`` takes the photographs
of a folder in COCO's layout, of all its splits, that have things of two groups without a common
class. It asks about each group of which the judge sees something in the original, and sends the
photograph plain and behind the question (``asked:CODEC``), without noise. What is right is not
known: answers and relevance are compared with those to the original. Where a codec has a quick
encoder it makes all files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.data.coco import EVALUATION, TRAINING, CocoPicture, read_coco
from linksim.experiments.machine_tasks.mosaics import arrived, as_text, drafted
from linksim.experiments.results.estimates import mean_of_shared
from linksim.experiments.text_out import say
from linksim.source.asked.codec import NETWORK, AskedCodec
from linksim.source.judge import Response, relevance_loss
from linksim.source.pictures import Framing, load_picture
from linksim.source.zoo.imagenet.groups import Group, groups
from linksim.source.zoo.imagenet.judge import NONE, ImagenetJudge
from linksim.source.zoo.imagenet.network import LiteNetwork

LABELS = {
    "animal": "horse sheep cow elephant bear zebra giraffe",
    "appliance": "microwave oven toaster sink refrigerator",
    "ball": "sports_ball",
    "bird": "bird",
    "bottle": "bottle",
    "cat": "cat",
    "clock": "clock",
    "computer": "laptop mouse keyboard",
    "dog": "dog",
    "food": "banana apple sandwich orange broccoli carrot hot_dog pizza donut cake",
    "furniture": "chair couch bed dining_table",
    "vehicle": "bicycle car motorcycle airplane bus train truck",
    "watercraft": "boat",
}
"""COCO's labels by the groups of ImageNet's classes that have such things."""

_LEAST = 0.01  # of the picture, that a thing's box covers
_ORIGINAL = Framing()
_CPU = torch.device("cpu")
_MATCH, _RELEVANCE = "answer match", "relevance loss"


def groups_in(picture: CocoPicture) -> list[Group]:
    """Return the groups of which a photograph has things, and another that shares no class."""
    height, width = picture.size
    labels = {
        thing.label.replace(" ", "_")
        for thing in picture.things
        if _area(thing.box) >= _LEAST * height * width
    }
    there = [one for one in groups() if labels & set(LABELS.get(one.name, "").split())]
    return [one for one in there if any(not set(one.classes) & set(o.classes) for o in there)]


def _area(box: tuple[float, float, float, float]) -> float:
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


class TwoGroups:
    """Sends photographs plain and behind a question, and compares what a judge makes of them.

    Args:
        codec: a still codec.
        bpp: bits per pixel.

    Attributes:
        found: answer match and relevance loss of both, float ``[N, 2]``.
        sources: the photograph of each question, ``[N]``.
    """

    def __init__(self, codec: str, bpp: float) -> None:
        self._codec, self._bpp = codec, bpp
        self._judge, self._network = ImagenetJudge(_CPU), LiteNetwork(NETWORK, _CPU)
        self.found: dict[str, list[tuple[float, float]]] = {_MATCH: [], _RELEVANCE: []}
        self.sources: list[tuple[str]] = []

    def ask(self, picture: CocoPicture) -> None:
        """Ask about every group of a photograph's that the judge sees in the original."""
        image = load_picture(picture.path, _ORIGINAL)[None]
        for group in groups_in(picture):
            question = [f"which {group.name}?"]
            wanted = self._judge.respond(image, question)
            if wanted.answers != [NONE]:
                self._compare(image, question, wanted)
                self.sources.append((picture.path.name,))

    def _compare(self, image: torch.Tensor, question: list[str], wanted: Response) -> None:
        still = drafted(self._codec, self._bpp, (image.shape[-2], image.shape[-1]))
        sent = (
            still.encode(image, question),
            AskedCodec(still, self._network).encode(image, question),
        )
        shown = [self._judge.respond(still.decode(arrived(one)), question) for one in sent]
        plain, asked = (float(one.answers == wanted.answers) for one in shown)
        self.found[_MATCH].append((plain, asked))
        losses = [relevance_loss(wanted.states, one.states, wanted.weights) for one in shown]
        self.found[_RELEVANCE].append((losses[0].item(), losses[1].item()))

    def lines(self) -> Iterator[str]:
        """Return what was found as text, with 95 % intervals; questions share photographs."""
        yield f"{self._bpp:g} bpp: {len(self.sources)} questions, {len(set(self.sources))} pictures"
        for what, pairs in self.found.items():
            plain, asked = np.array(pairs).T
            values = {"plain": plain, "asked": asked, "asked less plain": asked - plain}
            said = (f"{n} {as_text(mean_of_shared(v, self.sources))}" for n, v in values.items())
            yield f"  {what}: {', '.join(said)}"


def main(folder: Path, codec: str, budgets: Sequence[float]) -> None:
    """Measure, and print what was found."""
    splits = [read_coco(folder, split) for split in (EVALUATION, TRAINING)]
    pictures = [one for split in splits for one in split.pictures if groups_in(one)]
    for bpp in budgets:
        compared = TwoGroups(codec, bpp)
        for one in pictures:
            compared.ask(one)
        say("\n".join(compared.lines()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [float(bpp) for bpp in sys.argv[3].split(",")])
