"""Scenes of the wide world and their questions, as sweeps send them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksim.experiments.data.samples import HELD_OUT, SceneSamples
from linksim.experiments.data.truth import Truth
from linksim.source import world as wide
from linksim.source.zoo.preset import WIDE


def wide_truth(scene: wide.Scene) -> Truth:
    """Return the exact truth of a scene, masks and all."""
    boxes = np.array([thing.box for thing in scene.things], dtype=float).reshape(-1, 4)
    masks = np.stack([scene.mask(place) for place in range(len(scene.things))])
    return Truth(boxes, tuple(thing.kind for thing in scene.things), masks)


class WideSceneSamples(SceneSamples):
    """Scenes of the wide world; see `SceneSamples`."""

    world = WIDE
    side = wide.SIDE

    def _scene(self, number: int) -> wide.Scene:
        return wide.draw_scene(HELD_OUT + self._seed, number, self._known())

    def _asks(self, scene: wide.Scene, draws: np.random.Generator) -> wide.Question:
        return wide.ask(scene, draws, kinds=self._known())

    def _truth(self, scene: wide.Scene) -> Truth:
        return wide_truth(scene)

    def _known(self) -> Sequence[str]:
        return wide.ANIMALS if self._kinds == "animals" else wide.KINDS
