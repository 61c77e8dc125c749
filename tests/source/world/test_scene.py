"""What a scene of the wide world shows, and what it says of it."""

import numpy as np
import pytest

from linksim.source.world import (
    ANIMALS,
    BACKGROUNDS,
    COLOURS,
    KINDS,
    LETTERS,
    Scene,
    draw_scene,
)
from linksim.source.world.layout import LARGEST, SMALLEST
from linksim.source.world.scene import FEWEST, MOST

SCENES = [draw_scene(3, number) for number in range(300)]
THINGS = [thing for scene in SCENES for thing in scene.things]


def test_a_scene_depends_on_seed_number_and_kinds_alone() -> None:
    for number in (0, 7, 200):
        again = draw_scene(3, number)
        assert np.array_equal(again.image, SCENES[number].image)
        assert np.array_equal(again.ids, SCENES[number].ids)
        assert again.things == SCENES[number].things
    assert not np.array_equal(draw_scene(4, 0).image, SCENES[0].image)
    assert not np.array_equal(draw_scene(3, 1).image, SCENES[0].image)


def test_the_world_is_as_wide_as_promised() -> None:
    assert len(KINDS) >= 24
    assert len(ANIMALS) == 10
    assert set(ANIMALS) < set(KINDS)
    assert {thing.kind for thing in THINGS} == set(KINDS)
    assert {thing.colour for thing in THINGS} == set(COLOURS)
    assert {scene.background for scene in SCENES} == set(BACKGROUNDS)
    assert {len(scene.things) for scene in SCENES} == set(range(FEWEST, MOST + 1))
    assert (FEWEST, MOST) == (4, 10)


def test_kinds_colours_and_backgrounds_are_equally_likely() -> None:
    for names, seen in (
        (KINDS, [thing.kind for thing in THINGS]),
        (tuple(COLOURS), [thing.colour for thing in THINGS]),
        (BACKGROUNDS, [scene.background for scene in SCENES]),
    ):
        expected = len(seen) / len(names)
        for name in names:  # kinds come in groups, whose spread is wider than a binomial's
            assert abs(seen.count(name) - expected) < 7 * np.sqrt(expected), name


def test_sizes_span_an_octave_and_a_half() -> None:
    sizes = np.array([thing.size for thing in THINGS])
    assert LARGEST / SMALLEST >= 2**1.45
    assert np.quantile(sizes, 0.02) < 24
    assert np.quantile(sizes, 0.99) > 55
    assert sizes.max() <= 1.25 * LARGEST  # a turned one may be a little longer


def test_kinds_limit_what_may_appear() -> None:
    kinds = [kind for kind in KINDS if kind not in ANIMALS]
    shown = {t.kind for number in range(120) for t in draw_scene(0, number, kinds).things}
    assert shown == set(kinds)


@pytest.mark.parametrize("kind", ["house", "plane", "balloon", "truck"])
def test_a_scene_has_things_enough_even_of_one_large_kind(kind: str) -> None:
    for number in range(60):
        assert len(draw_scene(1, number, (kind,)).things) >= FEWEST


@pytest.mark.parametrize("scene", SCENES[:40])
def test_boxes_are_tight_around_masks_and_masks_do_not_meet(scene: Scene) -> None:
    assert scene.ids.max() == len(scene.things)
    for place, thing in enumerate(scene.things):
        mask = scene.mask(place)
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert thing.box == tuple(int(edge) for edge in box)
        assert mask.sum() >= 40


def test_a_thing_shows_its_colour() -> None:
    """The thing's own colour is nearest to more of its pixels than chance would have it."""
    middles = {name: np.mean(ends, axis=0) for name, ends in COLOURS.items()}
    names = list(middles)
    right = 0
    things = [(scene, place) for scene in SCENES for place in range(len(scene.things))]
    for scene, place in things:
        pixels = scene.image[scene.mask(place)].astype(float)
        distances = np.stack([((pixels - middle) ** 2).sum(1) for middle in middles.values()])
        votes = np.bincount(distances.argmin(axis=0), minlength=len(names)) / len(pixels)
        right += votes[names.index(scene.things[place].colour)] >= 0.2
    assert right / len(things) > 0.93


def test_nearer_things_hide_farther_ones() -> None:
    """Things on the ground are in order of their lower edge, those in the air behind them."""
    shown = [
        (a.box[3], b.box[3])
        for scene in SCENES
        for a, b in zip(scene.things, scene.things[1:], strict=False)
    ]
    assert np.mean([near >= far - 6 for far, near in shown]) > 0.85


def test_signs_alone_show_letters() -> None:
    for thing in THINGS:
        assert (thing.letter in LETTERS) == (thing.kind == "sign")
    assert {thing.letter for thing in THINGS} - {""} == set(LETTERS)


def test_things_come_in_every_pose() -> None:
    many = [thing for number in range(300, 900) for thing in draw_scene(3, number).things]
    for kind in KINDS:
        if kind != "sign":
            assert len({thing.pose for thing in many if thing.kind == kind}) >= 2, kind
