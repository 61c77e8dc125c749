"""The zero-shot split: animals are kept out of UO-ISC's training, and are what it is judged by.

CLIP and LLaVA stand for pretrained models and have seen every kind of thing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from linksim.source.scenes.language import Question, ask, plural
from linksim.source.scenes.scene import ANIMALS, KINDS, Scene, draw_scene

SEEN: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in ANIMALS)
"""The kinds of things that UO-ISC may be trained on."""

ANIMAL_WORDS = frozenset({*ANIMALS, *map(plural, ANIMALS)})
"""The names of animals, one and many."""


def refuse_animals(
    scenes: Iterable[Any], questions: Iterable[str], words: Collection[str] = ANIMAL_WORDS
) -> None:
    """Make sure that no animal is seen or asked about.

    Args:
        scenes: of any world.
        words: the names of its animals, one and many.

    Raises:
        ValueError: naming the animal.
    """
    shown = {thing.kind for scene in scenes for thing in scene.things}
    asked = {word for question in questions for word in re.findall(r"\w+", question.lower())}
    for where, used in (("scene", shown), ("question", asked)):
        if found := sorted(used.intersection(words)):
            raise ValueError(f"a {where} for training holds an animal ({found[0]})")


def draw_animals(seed: int, number: int) -> Scene:
    """Draw scene ``number`` of a series whose things are all animals."""
    return draw_scene(seed, number, ANIMALS)


def ask_about_animals(scene: Scene, rng: np.random.Generator) -> Question:
    """Ask one question about an animal (and so none about the background)."""
    while not (question := ask(scene, rng, kinds=ANIMALS)).kind:
        pass
    return question
