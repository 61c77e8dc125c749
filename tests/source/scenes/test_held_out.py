"""The zero-shot split of the embedded world."""

import numpy as np
import pytest

from linksim.source.scenes import (
    ANIMALS,
    KINDS,
    SEEN,
    Scene,
    Thing,
    ask,
    ask_about_animals,
    draw_animals,
    draw_scene,
    refuse_animals,
)


def test_every_kind_is_either_seen_or_an_animal() -> None:
    assert set(SEEN) | set(ANIMALS) == set(KINDS)
    assert not set(SEEN) & set(ANIMALS)


def test_what_is_drawn_and_asked_for_training_passes() -> None:
    rng = np.random.default_rng(0)
    for number in range(300):
        scene = draw_scene(5, number, SEEN)
        refuse_animals([scene], [ask(scene, rng, kinds=SEEN).text])


@pytest.mark.parametrize("text", ["is there a horse?", "how many Birds are there?", "FISH?"])
def test_a_question_that_names_an_animal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a question for training holds an animal"):
        refuse_animals([], ["what colour is the car?", text])


def test_a_scene_that_shows_an_animal_is_refused() -> None:
    with pytest.raises(ValueError, match="a scene for training holds an animal"):
        refuse_animals([draw_scene(5, 1, SEEN), draw_animals(5, 1)], [])


def test_words_that_only_contain_an_animals_name_pass() -> None:
    refuse_animals([], ["is there a catalogue?"])


def test_animal_scenes_are_asked_about_animals_only() -> None:
    rng = np.random.default_rng(1)
    families = set()
    for number in range(200):
        scene = draw_animals(6, number)
        assert {thing.kind for thing in scene.things} <= set(ANIMALS)
        question = ask_about_animals(scene, rng)
        assert question.kind in ANIMALS
        families.add(question.family)
    assert families == {"colour", "count", "exist", "where"}


def test_questions_keep_to_their_kinds_whatever_the_scene_shows() -> None:
    things = (Thing("dog", "red", (0, 0, 20, 20)), Thing("car", "blue", (30, 30, 50, 50)))
    scene = Scene(np.zeros((64, 64, 3), dtype=np.uint8), things, "sea")
    rng = np.random.default_rng(2)
    for kinds in (("car",), ("boat", "cup"), SEEN):
        for _ in range(60):
            question = ask(scene, rng, kinds=kinds)
            assert question.kind in ("", *kinds)
            if question.family == "exist":
                assert (question.answer == "yes") == (question.kind in ("dog", "car"))
