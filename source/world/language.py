"""The words of the world: kinds, numbers, captions."""

from __future__ import annotations

from collections import Counter

import numpy as np

from linksim.source.world.kinds import KINDS, LETTERS
from linksim.source.world.scene import BACKGROUNDS, COLOURS, Scene, Thing

NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SIDES = ("left", "middle", "right")

_PLURALS = {"fish": "fish", "person": "people", "butterfly": "butterflies"}
_ON = ("beach", "street", "lake")  # places that one is on rather than in


def plural(kind: str) -> str:
    """Return the plural of a kind of thing.

    >>> plural("dog"), plural("person"), plural("butterfly")
    ('dogs', 'people', 'butterflies')
    """
    return _PLURALS.get(kind, kind + "s")


def with_article(words: str) -> str:
    """Return a noun, with what stands before it, after its article.

    >>> with_article("orange cup"), with_article("cup")
    ('an orange cup', 'a cup')
    """
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def vocabulary() -> list[str]:
    """Return every word that captions, questions and answers use, sorted."""
    words = set(
        "a an picture of and in on the what colour is how many are there where which letter than "
        "thing things largest smallest larger background yes no user assistant ? :".split()
    )
    words |= {*KINDS, *map(plural, KINDS), *COLOURS, *BACKGROUNDS, *NUMBERS, *SIDES, *LETTERS}
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
        name = f"{colour} {kind if number == 1 else plural(kind)}".strip()
        parts.append(with_article(name) if number == 1 else f"{NUMBERS[number]} {name}")
    order = rng.permutation(len(parts))
    text = "a picture of " + " and ".join(parts[i] for i in order)
    place = "on" if scene.background in _ON else "in"
    return f"{text} {place} the {scene.background}" if background else text
