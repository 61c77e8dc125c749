"""The truth that dense supervision needs of batches of the wide world, read from exact masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from linksim.source.world import (
    BACKGROUNDS,
    COLOURS,
    KINDS,
    LETTERS,
    SIDE,
    Scene,
    draw_scene,
)
from linksim.source.world.questions import things_aside
from linksim.source.world.scene import MOST

PATCH = 16
"""Pixels a side of a vision transformer's patch."""
GRID = SIDE // PATCH

PATCH_NAMES = (*KINDS, *BACKGROUNDS)
"""What a patch can show."""
PATCH_COLOURS = (*COLOURS, "none")
"""Colours of what it shows; none is the background's."""

UNSAID = -1
"""In place of a class where there is none to name."""

RELATIONS = {
    "left": len(KINDS) + 1,
    "right": len(KINDS) + 1,
    "extreme": 3,
    "kin": MOST,
    "hue": MOST,
}
"""What a thing is to the others of its scene, with the number of classes.

The kind of the nearest thing on either side (the last: none); whether it is the largest, the
smallest or neither; how many are of its kind, and of its colour, less one.
"""
_LITTLE = 0.125  # of a patch
_ROWS, _COLUMNS = np.indices((SIDE, SIDE)) // PATCH
_PATCH_OF = _ROWS * GRID + _COLUMNS  # of each pixel


@dataclass(frozen=True)
class PatchTruth:
    """What patches show, for each picture and patch ``[B, GRID²]``.

    Attributes:
        names: float32 ``[B, GRID², PATCH_NAMES]``, the share of a patch's pixels that each takes.
        colours: float32 ``[B, GRID², PATCH_COLOURS]``, the same of colours.
        letters: int64, the place in `LETTERS` of the letter on the sign that takes most of what
            things take; `UNSAID` elsewhere.
        boxes: float32 ``[B, GRID², 4]``, the edges of that thing's box less the patch's middle, in
            pictures' sides; 0 where there is no thing.
        things: bool, whether things take half of the patch.
        centres: float32, 1 where a thing has its centre.
        relations: int64 ``[B, GRID², RELATIONS]``, what the foremost thing is to others; `UNSAID`
            where things take little of a patch.
    """

    names: torch.Tensor
    colours: torch.Tensor
    letters: torch.Tensor
    boxes: torch.Tensor
    things: torch.Tensor
    centres: torch.Tensor
    relations: torch.Tensor

    def to(self, device: torch.device) -> PatchTruth:
        """Return a copy on a device."""
        return PatchTruth(*(part.to(device) for part in vars(self).values()))


def draw_wide(seed: int, first: int, size: int) -> list[Scene]:
    """Return ``size`` scenes of a series of the wide world, from number ``first`` on."""
    return [draw_scene(seed, number) for number in range(first, first + size)]


def patch_truth(scenes: Sequence[Scene]) -> PatchTruth:
    """Read what the patches of scenes show from their masks."""
    every = [_of_scene(scene) for scene in scenes]
    return PatchTruth(*(torch.from_numpy(np.stack(part)) for part in zip(*every, strict=True)))


def patch_shares(scene: Scene) -> np.ndarray:
    """Return the share of each patch that the background and each thing take.

    Float32 ``[GRID², 1 + things]``, the background first.
    """
    columns = len(scene.things) + 1
    counts = np.bincount((_PATCH_OF * columns + scene.ids).ravel(), minlength=GRID**2 * columns)
    return (counts.reshape(GRID**2, columns) / PATCH**2).astype(np.float32)


def centre_patch(box: tuple[int, int, int, int]) -> int:
    """Return the number of the patch that holds a box's centre."""
    left, top, right, bottom = box
    column, row = (left + right) // (2 * PATCH), (top + bottom) // (2 * PATCH)
    return min(row, GRID - 1) * GRID + min(column, GRID - 1)


_COLOUR_PLACE = {name: place for place, name in enumerate(PATCH_COLOURS)}
_NAME_PLACE = {name: place for place, name in enumerate(PATCH_NAMES)}
_MIDDLES = (np.arange(GRID, dtype=np.float32) + 0.5) * PATCH


def _of_scene(scene: Scene) -> tuple[np.ndarray, ...]:
    shares, things = patch_shares(scene), scene.things
    names = np.zeros((GRID**2, len(PATCH_NAMES)), dtype=np.float32)
    colours = np.zeros((GRID**2, len(PATCH_COLOURS)), dtype=np.float32)
    names[:, _NAME_PLACE[scene.background]] = shares[:, 0]
    colours[:, _COLOUR_PLACE["none"]] = shares[:, 0]
    for place, thing in enumerate(things, 1):
        names[:, _NAME_PLACE[thing.kind]] += shares[:, place]
        colours[:, _COLOUR_PLACE[thing.colour]] += shares[:, place]
    foremost, taken = shares[:, 1:].argmax(axis=1), 1 - shares[:, 0]
    lettered = np.array([LETTERS.index(t.letter) if t.letter else UNSAID for t in things])
    letters = np.where(taken > 0, lettered[foremost], UNSAID)
    edges = np.array([thing.box for thing in things], dtype=np.float32)[foremost]
    y, x = np.divmod(np.arange(GRID**2), GRID)
    middles = np.stack([_MIDDLES[x], _MIDDLES[y]] * 2, axis=1)
    boxes = np.where(taken[:, None] > 0, (edges - middles) / SIDE, np.float32(0))
    centres = np.zeros(GRID**2, dtype=np.float32)
    centres[[centre_patch(thing.box) for thing in things]] = 1
    related = np.array([_relations(scene, place) for place in range(len(things))])[foremost]
    relations = np.where(taken[:, None] >= _LITTLE, related, UNSAID)
    return names, colours, letters, boxes.astype(np.float32), taken >= 0.5, centres, relations


def _relations(scene: Scene, place: int) -> tuple[int, ...]:
    thing, sizes = scene.things[place], [other.size for other in scene.things]
    sides = []
    for sign in (-1, 1):
        aside = things_aside(scene, place, sign)
        sides.append(KINDS.index(scene.things[aside[0][1]].kind) if aside else len(KINDS))
    extreme = 0 if thing.size == max(sizes) else 1 if thing.size == min(sizes) else 2
    alike = sum(other.colour == thing.colour for other in scene.things)
    return *sides, extreme, scene.count(thing.kind) - 1, alike - 1
