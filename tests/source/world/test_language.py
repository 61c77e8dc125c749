"""Captions of the wide world."""

import numpy as np

from linksim.source.world import SIDE, Scene, Thing, caption, draw_scene, vocabulary

BLANK = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)


def test_captions_say_what_is_there() -> None:
    things = (
        Thing("butterfly", "orange", (0, 0, 9, 9)),
        Thing("butterfly", "orange", (20, 0, 29, 9)),
        Thing("person", "red", (40, 0, 49, 9)),
    )
    scene = Scene(BLANK, things, "forest", BLANK[..., 0])
    rng = np.random.default_rng(0)
    full = caption(scene, rng)
    assert full.startswith("a picture of ")
    assert full.endswith(" in the forest")
    assert "two orange butterflies" in full
    assert "a red person" in full
    brief = caption(scene, rng, colours=False, background=False, things=things[:1])
    assert brief == "a picture of a butterfly"


def test_articles_fit() -> None:
    scene = Scene(BLANK, (Thing("umbrella", "red", (0, 0, 9, 9)),), "beach", BLANK[..., 0])
    rng = np.random.default_rng(0)
    assert caption(scene, rng) == "a picture of a red umbrella on the beach"
    assert caption(scene, rng, colours=False) == "a picture of an umbrella on the beach"


def test_all_words_are_of_the_vocabulary() -> None:
    known, rng = set(vocabulary()), np.random.default_rng(1)
    for number in range(200):
        assert set(caption(draw_scene(6, number), rng).split()) <= known
