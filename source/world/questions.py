"""What can be asked about a scene, with exact answers that nobody guesses without looking.

Answers are drawn before the things that they are about, so that in each family, and for each
wording, no answer is much more likely than others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from linksim.source.world.colours import COLOURS
from linksim.source.world.kinds import KINDS, SIGN
from linksim.source.world.language import NUMBERS, SIDES, plural, with_article
from linksim.source.world.scene import SIDE, Scene, Thing

_CLEARLY_LARGER = 1.25  # ratio of sizes
_CLEARLY_NEARER = 1.4  # ratio of distances
_CLEARLY_APART = 8.0  # pixels between centres
_CLEAR_OF_THIRDS = 4.0  # pixels from the border of a third of the picture
_COUNT_WEIGHTS = (0.5, 0.5, 1.0, 2.5, 3.0)  # of counts 0, 1, 2, 3 and more where there are such


@dataclass(frozen=True)
class Question:
    """A question about one scene.

    Attributes:
        family: one of `FAMILIES`.
        text: its words.
        answer: one word.
        kind: the kind of thing asked about; empty where none is named.
        template: its words without the kinds and colours that it names.
        things: places in the scene's things that the answer is read from.
        landmark: place of the thing from which the question starts; None without one.
    """

    family: str
    text: str
    answer: str
    kind: str = ""
    template: str = ""
    things: tuple[int, ...] = ()
    landmark: int | None = None


@dataclass(frozen=True)
class _Asked:
    """A scene with what may be asked about it.

    Attributes:
        kinds: that questions may name.
        places: of the things of these kinds.
        single: of those that are the only one of their kind.
    """

    scene: Scene
    rng: np.random.Generator
    kinds: Sequence[str]
    places: tuple[int, ...]
    single: tuple[int, ...]

    def thing(self, place: int) -> Thing:
        return self.scene.things[place]

    def pick(self, choices: Sequence[int]) -> int:
        return choices[int(self.rng.random() * len(choices))]

    def pick_name(self, names: Sequence[str]) -> str:
        return names[int(self.rng.random() * len(names))]


def ask(
    scene: Scene,
    rng: np.random.Generator,
    family: str | None = None,
    kinds: Sequence[str] = KINDS,
) -> Question:
    """Ask one question about a scene.

    Args:
        family: one of `FAMILIES`, or None to draw one that the scene has a clear question of. A
            given family in which it has none (nothing is the only one of its kind, say) gives way
            to ``exist``.
        kinds: of things that may be asked about.
    """
    places = tuple(i for i, thing in enumerate(scene.things) if thing.kind in kinds)
    single = tuple(i for i in places if scene.count(scene.things[i].kind) == 1)
    asked = _Asked(scene, rng, kinds, places, single)
    if family:
        return _ASKING[family][0](asked) or _exist(asked)
    left = dict(_ASKING)
    while True:
        sums = np.cumsum([share for _, share in left.values()])
        family = list(left)[int(np.searchsorted(sums, rng.random() * sums[-1]))]
        if question := left.pop(family)[0](asked):
            return question


def _colour(asked: _Asked) -> Question | None:
    if not asked.single:
        return None
    place = asked.pick(asked.single)
    thing = asked.thing(place)
    text = f"what colour is the {thing.kind}?"
    return Question("colour", text, thing.colour, thing.kind, "what colour is the KIND?", (place,))


def _count(asked: _Asked) -> Question:
    """Count a kind, or things of a colour; how many is drawn first."""
    things = asked.scene.things
    by_colour = len(asked.kinds) == len(KINDS) and asked.rng.random() < 0.4
    names = sorted({t.colour if by_colour else t.kind for t in things})
    names = [name for name in names if by_colour or name in asked.kinds]
    groups: dict[int, list[str]] = {}
    for name in names:
        number = sum(name in (thing.colour, thing.kind) for thing in things)
        groups.setdefault(number, []).append(name)
    absent = [name for name in (COLOURS if by_colour else asked.kinds) if name not in names]
    if absent:
        groups[0] = absent
    numbers = sorted(groups)
    weights = np.array([_COUNT_WEIGHTS[min(n, len(_COUNT_WEIGHTS) - 1)] for n in numbers])
    number = numbers[int(np.searchsorted(weights.cumsum(), asked.rng.random() * weights.sum()))]
    name = asked.pick_name(groups[number])
    counted = tuple(i for i, t in enumerate(things) if name in (t.colour, t.kind))
    if by_colour:
        text, template = f"how many {name} things are there?", "how many COLOUR things are there?"
        return Question("count", text, NUMBERS[number], "", template, counted)
    text, template = f"how many {plural(name)} are there?", "how many KINDS are there?"
    return Question("count", text, NUMBERS[number], name, template, counted)


def _exist(asked: _Asked) -> Question:
    """Ask for a kind, or for a kind of a colour; the wrong colour is one that is there."""
    wanted = asked.rng.random() < 0.5
    coloured = [i for i in asked.places if _other_colours(asked, asked.thing(i).kind)]
    if coloured and asked.rng.random() < 0.5:
        thing = asked.thing(asked.pick(coloured))
        colour = thing.colour if wanted else asked.pick_name(_other_colours(asked, thing.kind))
        found = _places_of(asked.scene, thing.kind, colour)
        text = f"is there {with_article(f'{colour} {thing.kind}')}?"
        answer = "yes" if wanted else "no"
        return Question("exist", text, answer, thing.kind, "is there a COLOUR KIND?", found)
    present = sorted({asked.thing(i).kind for i in asked.places})
    absent = [kind for kind in asked.kinds if kind not in present]
    answer = "yes" if not absent or (wanted and present) else "no"
    kind = asked.pick_name(present if answer == "yes" else absent)
    found = _places_of(asked.scene, kind)
    text = f"is there {with_article(kind)}?"
    return Question("exist", text, answer, kind, "is there a KIND?", found)


def _other_colours(asked: _Asked, kind: str) -> list[str]:
    """Return colours that the scene shows, but not on this kind."""
    own = {thing.colour for thing in asked.scene.things if thing.kind == kind}
    return sorted({thing.colour for thing in asked.scene.things} - own)


def _where(asked: _Asked) -> Question | None:
    sides: dict[str, list[int]] = {}
    for place in asked.single:
        if side := _side(asked.thing(place)):
            sides.setdefault(side, []).append(place)
    if not sides:
        return None
    side = asked.pick_name(sorted(sides))
    place = asked.pick(sides[side])
    kind = asked.thing(place).kind
    return Question("where", f"where is the {kind}?", side, kind, "where is the KIND?", (place,))


def _side(thing: Thing) -> str:
    """Return the third of the picture a thing is in, or an empty string when that is unclear."""
    x = thing.centre[0]
    if min(abs(x - SIDE / 3), abs(x - 2 * SIDE / 3)) < _CLEAR_OF_THIRDS:
        return ""
    return SIDES[int(3 * x / SIDE)]


def _background(asked: _Asked) -> Question:
    text = "what is the background?"
    return Question("background", text, asked.scene.background, "", text)


def _beside(asked: _Asked) -> Question | None:
    """Ask what the nearest thing on one side of a landmark is."""
    found = []
    for place in asked.single:
        for side, sign in (("left", -1), ("right", 1)):
            nearest = _nearest(asked, place, sign)
            if nearest is not None:
                found.append((place, side, nearest))
    if not found:
        return None
    place, side, nearest = found[int(asked.rng.random() * len(found))]
    landmark, kind = asked.thing(place), asked.thing(nearest).kind
    text, template = f"what is {side} of the {landmark.kind}?", f"what is {side} of the KIND?"
    return Question("beside", text, kind, landmark.kind, template, (nearest,), place)


def _nearest(asked: _Asked, place: int, sign: int) -> int | None:
    """Return the thing next to another on one side, if it is clear which one that is."""
    aside = things_aside(asked.scene, place, sign)
    if not aside:
        return None
    (x, y), (left, top) = asked.thing(place).centre, asked.thing(aside[0][1]).centre
    across, down = abs(left - x), abs(top - y)
    unrivalled = len(aside) == 1 or aside[1][0] > _CLEARLY_NEARER * aside[0][0]
    clear = unrivalled and across > _CLEARLY_APART and across > 1.3 * down
    return aside[0][1] if clear and aside[0][1] in asked.places else None


def things_aside(scene: Scene, place: int, sign: int) -> list[tuple[float, int]]:
    """Return the things left (``sign`` -1) or right (1) of another one, the nearest first.

    Each is the distance of the centres in pixels and the place in the scene's things.
    """
    x, y = scene.things[place].centre
    found = []
    for i, thing in enumerate(scene.things):
        across, down = sign * (thing.centre[0] - x), thing.centre[1] - y
        if i != place and across > 0:
            found.append((math.hypot(across, down), i))
    return sorted(found)


def _largest(asked: _Asked) -> Question | None:
    """Ask what the largest or smallest thing is, or its colour."""
    order = sorted(range(len(asked.scene.things)), key=lambda i: asked.thing(i).size)
    if len(order) < 2:
        return None
    ends = {"smallest": (order[0], order[1]), "largest": (order[-1], order[-2])}
    clear = [
        name
        for name, (place, rival) in ends.items()
        if _ratio(asked.thing(place), asked.thing(rival)) >= _CLEARLY_LARGER
        and place in asked.places
    ]
    if not clear:
        return None
    name = asked.pick_name(clear)
    place = ends[name][0]
    thing = asked.thing(place)
    if asked.rng.random() < 0.5:
        text = f"what colour is the {name} thing?"
        return Question("largest", text, thing.colour, "", text, (place,))
    text = f"what is the {name} thing?"
    return Question("largest", text, thing.kind, "", text, (place,))


def _ratio(a: Thing, b: Thing) -> float:
    return max(a.size, b.size) / min(a.size, b.size)


def _compare(asked: _Asked) -> Question | None:
    """Ask of two things whether one is larger than, or left of, the other."""
    larger = asked.rng.random() < 0.5
    pairs = [
        (a, b)
        for a in asked.single
        for b in asked.single
        if a < b and _comparable(asked.thing(a), asked.thing(b), larger)
    ]
    if not pairs:
        return None
    a, b = pairs[int(asked.rng.random() * len(pairs))]
    if asked.rng.random() < 0.5:
        a, b = b, a
    first, second = asked.thing(a), asked.thing(b)
    true = first.size > second.size if larger else first.centre[0] < second.centre[0]
    words = "larger than" if larger else "left of"
    text = f"is the {first.kind} {words} the {second.kind}?"
    answer = "yes" if true else "no"
    return Question("compare", text, answer, first.kind, f"is the KIND {words} the KIND?", (a, b))


def _comparable(a: Thing, b: Thing, larger: bool) -> bool:
    if larger:
        return _ratio(a, b) >= _CLEARLY_LARGER
    return abs(a.centre[0] - b.centre[0]) > _CLEARLY_APART


def _letter(asked: _Asked) -> Question | None:
    signs = _places_of(asked.scene, SIGN)
    colours = [asked.thing(place).colour for place in signs]
    clear = [place for place in signs if colours.count(asked.thing(place).colour) == 1]
    if not clear or SIGN not in asked.kinds:
        return None
    place = asked.pick(clear)
    thing = asked.thing(place)
    named = "sign" if len(signs) == 1 else f"{thing.colour} sign"
    template = "which letter is on the sign?" if len(signs) == 1 else "… on the COLOUR sign?"
    text = f"which letter is on the {named}?"
    return Question("letter", text, thing.letter, SIGN, template, (place,))


def _places_of(scene: Scene, kind: str, colour: str = "") -> tuple[int, ...]:
    return tuple(
        i
        for i, thing in enumerate(scene.things)
        if thing.kind == kind and thing.colour in (colour or thing.colour)
    )


_ASKING: dict[str, tuple[Callable[[_Asked], Question | None], float]] = {
    "colour": (_colour, 0.14),
    "count": (_count, 0.12),
    "exist": (_exist, 0.10),
    "where": (_where, 0.12),
    "background": (_background, 0.05),
    "beside": (_beside, 0.16),
    "largest": (_largest, 0.24),
    "compare": (_compare, 0.14),
    "letter": (_letter, 0.40),  # few scenes have a sign
}
"""What asks in each family, and how often it is drawn."""

FAMILIES: tuple[str, ...] = tuple(_ASKING)
"""The families of questions, in the order in which results list them."""
