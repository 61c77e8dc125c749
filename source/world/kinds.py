"""The kinds of things of the world, and how each stands in it."""

from __future__ import annotations

from linksim.source.world.drawings import creatures, household, mammals, outdoors, vehicles
from linksim.source.world.drawings.outdoors import LETTERS as LETTERS
from linksim.source.world.shapes import Drawing

DRAWINGS: dict[str, tuple[Drawing, ...]] = {
    "horse": mammals.HORSE,
    "dog": mammals.DOG,
    "cat": mammals.CAT,
    "rabbit": mammals.RABBIT,
    "elephant": mammals.ELEPHANT,
    "giraffe": mammals.GIRAFFE,
    "bird": creatures.BIRD,
    "fish": creatures.FISH,
    "turtle": creatures.TURTLE,
    "butterfly": creatures.BUTTERFLY,
    "car": vehicles.CAR,
    "truck": vehicles.TRUCK,
    "boat": vehicles.BOAT,
    "plane": vehicles.PLANE,
    "bicycle": vehicles.BICYCLE,
    "balloon": vehicles.BALLOON,
    "house": outdoors.HOUSE,
    "tree": outdoors.TREE,
    "flower": outdoors.FLOWER,
    "mushroom": outdoors.MUSHROOM,
    "person": outdoors.PERSON,
    "robot": household.ROBOT,
    "cup": household.CUP,
    "chair": household.CHAIR,
    "lamp": household.LAMP,
    "umbrella": household.UMBRELLA,
    "ball": household.BALL,
    "guitar": household.GUITAR,
    "hat": household.HAT,
    "sign": tuple(drawing for letter in LETTERS for drawing in outdoors.sign(letter)),
}
"""The drawings of each kind; two for each letter of a sign, in the order of `LETTERS`."""

KINDS: tuple[str, ...] = tuple(DRAWINGS)
ANIMALS: tuple[str, ...] = KINDS[:10]
SIGN = "sign"
