"""Pictures of which it is known what is in them, drawn for training."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F

from linksim.experiments.data.coco import PREFIX, TRAINING, CocoPicture, read_coco
from linksim.experiments.data.scenes import draw_batch, images_of, scene_truth
from linksim.experiments.data.truth import Truth, framed_truth
from linksim.experiments.data.wide_samples import wide_truth
from linksim.experiments.faults import Fault
from linksim.source import world as wide
from linksim.source.pictures import Framing, load_picture
from linksim.source.scenes import KINDS, SIDE
from linksim.source.zoo.preset import SMALL, WIDE


class LabelledBatches(Protocol):
    """A numbered series of pictures.

    Attributes:
        labels: all that things in them are called.
        about: what it is, for cards.
    """

    labels: tuple[str, ...]
    about: str

    def draw(self, first: int, size: int) -> tuple[torch.Tensor, list[Truth]]:
        """Return pictures from number ``first`` on, float32 ``[size, 3, side, side]``, and truths.

        The same numbers bring the same pictures.
        """


class SceneBatches:
    """Drawn scenes of all kinds of things.

    Args:
        seed: of the series.
        side: of the pictures, in pixels.
    """

    labels: tuple[str, ...] = tuple(KINDS)
    about = "scenes, all kinds of things"

    def __init__(self, seed: int, side: int) -> None:
        self._seed, self._side = seed, side

    def draw(self, first: int, size: int) -> tuple[torch.Tensor, list[Truth]]:
        scenes = draw_batch(self._seed, first, size)
        images = images_of(scenes)
        if self._side != SIDE:
            shape = self._side, self._side
            images = F.interpolate(images, shape, mode="bicubic", antialias=True).clamp(0, 1)
        return images, [scene_truth(scene, self._side) for scene in scenes]


class WideSceneBatches:
    """Drawn scenes of the wide world, at the size that they are drawn at.

    Args:
        seed: of the series.
        side: of the pictures, in pixels.

    Raises:
        Fault: if that is another size.
    """

    labels: tuple[str, ...] = tuple(wide.KINDS)
    about = "scenes of the wide world, all kinds of things"

    def __init__(self, seed: int, side: int) -> None:
        if side != wide.SIDE:
            raise Fault(f"the wide world's scenes are {wide.SIDE} pixels wide, the codec {side}")
        self._seed = seed

    def draw(self, first: int, size: int) -> tuple[torch.Tensor, list[Truth]]:
        numbers = range(first, first + size)
        scenes = [wide.draw_scene(self._seed, number) for number in numbers]
        return images_of(scenes), [wide_truth(scene) for scene in scenes]


class CocoBatches:
    """Photographs of the training split of a folder in COCO's layout: middle squares, half of them
    as in a mirror; crowds are left out.

    Args:
        folder, seed, side: of the pictures.

    Raises:
        Fault: if the folder has no such split.
    """

    about = "photographs of COCO's training split, middle squares, half of them mirrored"

    def __init__(self, folder: Path, seed: int, side: int) -> None:
        self._pictures = read_coco(folder, TRAINING).pictures
        self._seed, self._framing = seed, Framing.square(side)
        names = {thing.label for picture in self._pictures for thing in picture.things}
        self.labels = tuple(sorted(names))

    def draw(self, first: int, size: int) -> tuple[torch.Tensor, list[Truth]]:
        drawn = [self._drawn(number) for number in range(first, first + size)]
        images, truths = zip(*drawn, strict=True)
        return torch.stack(images), list(truths)

    def _drawn(self, number: int) -> tuple[torch.Tensor, Truth]:
        philox = np.random.Philox(key=[self._seed, 5], counter=[0, 0, number, 0])
        rng = np.random.Generator(philox)
        picture = self._pictures[rng.integers(len(self._pictures))]
        image, truth = load_picture(picture.path, self._framing), self._truth(picture)
        if rng.random() < 0.5:
            return image, truth
        width, flipped = image.shape[-1], truth.boxes.copy()
        flipped[:, [0, 2]] = width - truth.boxes[:, [2, 0]]
        return image.flip(-1), Truth(flipped, truth.labels)

    def _truth(self, picture: CocoPicture) -> Truth:
        truth = framed_truth(picture.truth(), picture.size, self._framing)
        if truth.crowds is None:
            return truth
        kept = np.flatnonzero(~truth.crowds)
        return Truth(truth.boxes[kept], tuple(truth.labels[place] for place in kept))


def labelled_batches(data: str, seed: int, side: int, world: str = SMALL) -> LabelledBatches:
    """Return what ``--data`` names: ``scenes`` of a world, or ``coco:FOLDER``.

    Raises:
        Fault: if it is neither, or the folder is not in COCO's layout.
    """
    if data == "scenes":
        return (WideSceneBatches if world == WIDE else SceneBatches)(seed, side)
    if not data.startswith(PREFIX):
        raise Fault(f"--data {data}: training is on scenes or on {PREFIX}FOLDER")
    return CocoBatches(Path(data.removeprefix(PREFIX)), seed, side)
