"""What a world's detector is asked to find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linksim.experiments.data.scenes import draw_batch
from linksim.experiments.training import owlvit
from linksim.experiments.training.owlvit import DetectorSize, detector_tokenizer
from linksim.source import scenes
from linksim.source import world as wide
from linksim.source.scenes.language import plural

SeenThing = scenes.Thing | wide.Thing
SeenScene = scenes.Scene | wide.Scene


@dataclass(frozen=True)
class Label:
    """What a label stands for: things of some kinds, of one colour or (empty) of any."""

    name: str
    kinds: tuple[str, ...]
    colour: str = ""

    def fits(self, thing: SeenThing) -> bool:
        return thing.kind in self.kinds and self.colour in ("", thing.colour)


@dataclass(frozen=True)
class DetectorWorld:
    """What of a world its detector must know.

    Attributes:
        draw: its scenes, of a seed, from a number on, so many.
        size: of the detector.
        kinds, colours, backgrounds: their names.
        broad: labels coarser than kinds of things, with the kinds that they cover.
        words: of its captions and questions.
        plural: of a kind.
    """

    draw: Callable[[int, int, int], Sequence[SeenScene]]
    size: DetectorSize
    kinds: Sequence[str]
    colours: Sequence[str]
    backgrounds: Sequence[str]
    broad: Mapping[str, Sequence[str]]
    words: Sequence[str]
    plural: Callable[[str], str]

    def labels(self) -> list[Label]:
        """Return the labels that are learnt; backgrounds and unknown words fit nothing."""
        return [
            *self.plain_labels(),
            *(
                Label(f"{colour} {label.name}", label.kinds, colour)
                for label in self.plain_labels()
                for colour in self.colours
            ),
            *(Label(name, ()) for name in (*self.backgrounds, "<unk>")),
        ]

    def plain_labels(self) -> list[Label]:
        """Return the labels of kinds of things, and the broader ones, without colours."""
        kinds = [Label(kind, (kind,)) for kind in self.kinds]
        return [*kinds, *(Label(name, tuple(covered)) for name, covered in self.broad.items())]

    def tokenizer(self) -> Any:
        """Return the tokenizer of the labels, in the singular and the plural."""
        more = [form for word in self.broad for form in (word, self.plural(word))]
        return detector_tokenizer(more, self.words)

    def patch_under(self, point: tuple[float, float]) -> int:
        """Return the number of the patch at a point ``(x, y)``, in pixels."""
        x, y = point
        grid = self.size.side // self.size.patch
        return int(y // self.size.patch) * grid + int(x // self.size.patch)


BROAD: dict[str, tuple[str, ...]] = {
    "animal": scenes.ANIMALS,
    "vehicle": ("car", "boat", "plane"),
    "thing": scenes.KINDS,
}
"""The small world's labels coarser than kinds of things, with the kinds that they cover."""


SMALL = DetectorWorld(
    draw_batch,
    owlvit.SMALL,
    scenes.KINDS,
    tuple(scenes.COLOURS),
    scenes.BACKGROUNDS,
    BROAD,
    scenes.vocabulary(),
    plural,
)
"""The world of 64×64 pictures."""
