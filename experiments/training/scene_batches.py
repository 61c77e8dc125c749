"""The truth that dense supervision needs of batches of scenes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from linksim.source.scenes import BACKGROUNDS, COLOURS, KINDS, SIDE, Scene

PATCH = 8
"""Pixels a side of a vision transformer's patch."""
GRID = SIDE // PATCH

PATCH_NAMES = (*KINDS, *BACKGROUNDS)
"""What a patch can show: the thing over its centre, or else the scene's background."""

_COLOUR_NAMES = tuple(COLOURS)


def patch_names_of(scenes: Sequence[Scene]) -> torch.Tensor:
    """Return what each patch shows, int64 ``[B, GRID²]``, as places in `PATCH_NAMES`."""
    names = np.empty((len(scenes), GRID, GRID), dtype=np.int64)
    for grid, scene in zip(names, scenes, strict=True):
        grid[...] = PATCH_NAMES.index(scene.background)
        for thing in scene.things:
            grid[patches_of(thing.box)] = KINDS.index(thing.kind)
    return torch.from_numpy(names.reshape(len(scenes), -1))


def patch_colours_of(scenes: Sequence[Scene]) -> torch.Tensor:
    """Return the colour of the thing over each patch, int64 ``[B, GRID²]``; the last is none."""
    colours = np.full((len(scenes), GRID, GRID), len(COLOURS), dtype=np.int64)
    for grid, scene in zip(colours, scenes, strict=True):
        for thing in scene.things:
            grid[patches_of(thing.box)] = _COLOUR_NAMES.index(thing.colour)
    return torch.from_numpy(colours.reshape(len(scenes), -1))


def presence_of(scenes: Sequence[Scene]) -> torch.Tensor:
    """Return how many things of each kind and colour there are, float32 ``[B, kinds, colours]``."""
    counts = torch.zeros(len(scenes), len(KINDS), len(COLOURS))
    for row, scene in zip(counts, scenes, strict=True):
        for thing in scene.things:
            row[KINDS.index(thing.kind), _COLOUR_NAMES.index(thing.colour)] += 1
    return counts


def patches_of(box: tuple[int, int, int, int]) -> tuple[slice, slice]:
    """Return rows and columns of the patches whose centre lies in the box."""
    left, top, right, bottom = ((edge + PATCH // 2 - 1) // PATCH for edge in box)
    return slice(top, bottom), slice(left, right)
