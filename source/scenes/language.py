"""What can be said and asked about a scene, with exact answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksim.source.scenes.backgrounds import BACKGROUNDS
from linksim.source.scenes.scene import KINDS, SIDE, Scene, Thing, pick
from linksim.source.scenes.sprites import COLOURS

FAMILIES = ("colour", "count", "exist", "where", "background")
"""The families of questions, in the order in which results list them."""

NUMBERS = ("zero", "one", "two", "three", "four")
SIDES = ("left", "right", "top", "bottom")

_PLURALS = {"fish": "fish", "person": "people"}
_FAMILY_SHARES = (0.25, 0.2, 0.2, 0.25, 0.1)
_CLEAR_OF_CENTRE = 6.0  # pixels: a thing nearer to the middle is on no side
_CLEAR_OF_DIAGONAL = 4.0  # pixels: nearer to a diagonal, two sides would be right


@dataclass(frozen=True)
class Question:
    """A question about one scene: its text, its one-word answer and its family.

    Attributes:
        kind: the kind of thing asked about; empty when the question is about the background.
    """

    family: str
    text: str
    answer: str
    kind: str = ""


def plural(kind: str) -> str:
    """Return the plural of a kind of thing.

    >>> plural("dog"), plural("person")
    ('dogs', 'people')
    """
    return _PLURALS.get(kind, kind + "s")


def vocabulary() -> list[str]:
    """Return every word that captions, questions and answers use, sorted."""
    words = set(
        "a an picture of and with background what colour is the how many are there where on yes "
        "no user assistant ? : things in".split()
    )
    words |= {*KINDS, *map(plural, KINDS), *COLOURS, *BACKGROUNDS, *NUMBERS, *SIDES}
    return sorted(words)


def caption(
    scene: Scene,
    rng: np.random.Generator,
    *,
    colours: bool = True,
    background: bool = True,
    things: tuple[Thing, ...] | None = None,
) -> str:
    """Describe a scene (or only ``things`` of it), in random order.

    ``colours`` and ``background`` leave those words out, for captions of less detail.
    """
    described = Counter(
        (thing.colour if colours else "", thing.kind)
        for thing in (scene.things if things is None else things)
    )
    parts = []
    for (colour, kind), number in described.items():
        name = " ".join(word for word in (colour, kind if number == 1 else plural(kind)) if word)
        article = "an" if name[0] in "aeiou" else "a"
        parts.append(f"{article if number == 1 else NUMBERS[number]} {name}")
    order = rng.permutation(len(parts))
    text = "a picture of " + " and ".join(parts[i] for i in order)
    return f"{text} on {scene.background}" if background else text


def ask(
    scene: Scene,
    rng: np.random.Generator,
    family: str | None = None,
    kinds: Sequence[str] = KINDS,
) -> Question:
    """Ask one question about a scene.

    Args:
        family: one of `FAMILIES`, or None to draw one. A family in which this scene has no clear
            question (nothing is the only one of its kind, say) gives way to ``exist``.
        kinds: of things that may be asked about.
    """
    family = family or str(rng.choice(FAMILIES, p=_FAMILY_SHARES))
    things = [thing for thing in scene.things if thing.kind in kinds]
    single = [thing for thing in things if scene.count(thing.kind) == 1]
    if family == "background":
        return Question(family, "what is the background?", scene.background)
    if family == "count":
        return _ask_count(scene, rng, [thing.kind for thing in things] or kinds, kinds)
    if family == "colour" and single:
        thing = single[rng.integers(len(single))]
        return Question(family, f"what colour is the {thing.kind}?", thing.colour, thing.kind)
    if family == "where":
        placed = [(thing, side) for thing in single if (side := _side(thing))]
        if placed:
            thing, side = placed[rng.integers(len(placed))]
            return Question(family, f"where is the {thing.kind}?", side, thing.kind)
    return _ask_exist(rng, sorted({thing.kind for thing in things}), kinds)


def _ask_exist(rng: np.random.Generator, present: Sequence[str], kinds: Sequence[str]) -> Question:
    absent = [kind for kind in kinds if kind not in present]
    wanted = rng.random() < 0.5
    answer = "yes" if not absent or (wanted and present) else "no"
    kind = pick(rng, present if answer == "yes" else absent)
    return Question("exist", f"is there a {kind}?", answer, kind)


def _ask_count(
    scene: Scene, rng: np.random.Generator, shown: Sequence[str], kinds: Sequence[str]
) -> Question:
    kind = pick(rng, shown if rng.random() < 0.85 else kinds)
    text = f"how many {plural(kind)} are there?"
    return Question("count", text, NUMBERS[scene.count(kind)], kind)


def _side(thing: Thing) -> str:
    """Return the side of the picture a thing is on, or an empty string when that is unclear."""
    dx, dy = (centre - SIDE / 2 for centre in thing.centre)
    if max(abs(dx), abs(dy)) < _CLEAR_OF_CENTRE or abs(abs(dx) - abs(dy)) < _CLEAR_OF_DIAGONAL:
        return ""
    if abs(dx) > abs(dy):
        return "left" if dx < 0 else "right"
    return "top" if dy < 0 else "bottom"
