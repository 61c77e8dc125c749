import numpy as np
import pytest

from linksim.source.scenes import ANIMALS, BACKGROUNDS, COLOURS, KINDS, SIDE, draw_scene
from linksim.source.scenes.sprites import sprite


def test_a_scene_depends_on_seed_and_number_alone() -> None:
    first, again = draw_scene(3, 14), draw_scene(3, 14)
    assert np.array_equal(first.image, again.image)
    assert first.things == again.things
    assert not np.array_equal(first.image, draw_scene(3, 15).image)
    assert not np.array_equal(first.image, draw_scene(4, 14).image)


def test_the_world_is_as_wide_as_promised() -> None:
    scenes = [draw_scene(0, number) for number in range(400)]
    assert len(KINDS) >= 12
    assert set(ANIMALS) < set(KINDS)
    assert {thing.kind for scene in scenes for thing in scene.things} == set(KINDS)
    assert {thing.colour for scene in scenes for thing in scene.things} == set(COLOURS)
    assert {scene.background for scene in scenes} == set(BACKGROUNDS)
    assert {len(scene.things) for scene in scenes} == {2, 3, 4}


def test_held_out_kinds_never_appear() -> None:
    kinds = [kind for kind in KINDS if kind not in ANIMALS]
    shown = {t.kind for number in range(200) for t in draw_scene(0, number, kinds).things}
    assert shown == set(kinds)


def test_boxes_are_tight_around_what_was_drawn() -> None:
    for number in range(50):
        scene = draw_scene(1, number)
        thing = scene.things[-1]  # in front of all others
        left, top, right, bottom = thing.box
        assert 0 <= left < right <= SIDE
        assert 0 <= top < bottom <= SIDE
        assert 8 <= right - left <= 28
        assert 8 <= bottom - top <= 28


def test_a_thing_shows_its_colour_within_its_box() -> None:
    for number in range(50):
        scene = draw_scene(2, number)
        thing = scene.things[-1]
        left, top, right, bottom = thing.box
        inside = scene.image[top:bottom, left:right].reshape(-1, 3).astype(int)
        distance = np.abs(inside - np.array(COLOURS[thing.colour])).max(axis=1)
        assert (distance < 40).sum() >= 5, (number, thing)


def test_things_hardly_overlap() -> None:
    for number in range(100):
        boxes = [thing.box for thing in draw_scene(5, number).things]
        for i, a in enumerate(boxes):
            for b in boxes[:i]:
                width = min(a[2], b[2]) - max(a[0], b[0])
                height = min(a[3], b[3]) - max(a[1], b[1])
                assert max(width, 0) * max(height, 0) <= 0.10 * 28**2


@pytest.mark.parametrize("kind", KINDS)
def test_every_icon_has_a_shape_of_its_own(kind: str) -> None:
    shape = sprite(kind, "red", 28)[..., 3]
    for other in KINDS:
        if other != kind:
            assert np.abs(shape - sprite(other, "red", 28)[..., 3]).mean() > 0.05
