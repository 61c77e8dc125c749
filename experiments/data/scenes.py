"""Batches of drawn scenes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch

from linksim.experiments.data.truth import Truth
from linksim.source.scenes import KINDS, SIDE, Scene, draw_scene


def draw_batch(seed: int, first: int, size: int, kinds: Sequence[str] = KINDS) -> list[Scene]:
    """Return ``size`` scenes of a series, from number ``first`` on."""
    return [draw_scene(seed, number, kinds) for number in range(first, first + size)]


class Drawn(Protocol):
    """A scene of any world."""

    @property
    def image(self) -> np.ndarray:
        """uint8 RGB ``[H, W, 3]``."""


def images_of(scenes: Sequence[Drawn]) -> torch.Tensor:
    """Stack scenes as float32 ``[B, 3, H, W]`` in 0..1."""
    stacked = np.stack([scene.image for scene in scenes]).transpose(0, 3, 1, 2)
    return torch.from_numpy(stacked.astype(np.float32) / 255)


def scene_truth(scene: Scene, side: int = SIDE) -> Truth:
    """Return the exact truth of a scene that is shown ``side`` pixels wide and high."""
    boxes = np.array([thing.box for thing in scene.things], dtype=float).reshape(-1, 4)
    return Truth(boxes * (side / SIDE), tuple(thing.kind for thing in scene.things))
