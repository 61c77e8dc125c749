"""Captions of more or less detail, what they claim, and which pictures they fit by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np


class Described(Protocol):
    """A scene of any world."""

    @property
    def things(self) -> tuple[Any, ...]:
        """Each with a ``kind`` and a ``colour``."""

    @property
    def background(self) -> str:
        """Its name."""


class Captions:
    """Captions of a world.

    Args:
        kinds, colours, backgrounds: the names that it has.
        caption: describes a scene of it.
    """

    def __init__(
        self,
        kinds: Sequence[str],
        colours: Sequence[str],
        backgrounds: Sequence[str],
        caption: Callable[..., str],
    ) -> None:
        self._kinds, self._colours, self._backgrounds = list(kinds), list(colours), backgrounds
        self._caption = caption

    def draw(self, scene: Described, rng: np.random.Generator) -> tuple[str, np.ndarray]:
        """Caption a scene fully, or half of the time in part; also return what the text claims."""
        things, colours, background = scene.things, True, True
        if rng.random() < 0.5:
            kept = rng.permutation(len(things))[: rng.integers(1, len(things) + 1)]
            things = tuple(things[i] for i in kept)
            colours, background = rng.random() < 0.4, rng.random() < 0.3
        text = self._caption(scene, rng, colours=colours, background=background, things=things)
        claim = self._counts(things, scene.background)
        places = len(self._backgrounds)
        by_kind = claim[:-places].reshape(len(self._kinds), -1)
        if not colours:
            by_kind[:, : len(self._colours)] = 0
        claim[-places:] *= background
        return text, claim

    def fits(self, scenes: Sequence[Described], claims: np.ndarray) -> np.ndarray:
        """Return bool ``[i, j]``: everything that caption j claims is in scene i."""
        truth = np.stack([self._counts(scene.things, scene.background) for scene in scenes])
        return np.asarray((claims[None] <= truth[:, None]).all(axis=-1))

    def _counts(self, things: Sequence[Any], background: str) -> np.ndarray:
        """Count things by kind and colour, and by kind alone, then the background; flat."""
        counted = np.zeros((len(self._kinds), len(self._colours) + 1), dtype=np.int64)
        for thing in things:
            columns = [self._colours.index(thing.colour), len(self._colours)]
            counted[self._kinds.index(thing.kind), columns] += 1
        return np.append(counted, np.array(self._backgrounds) == background)
