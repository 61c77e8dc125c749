from collections import Counter

import numpy as np
import pytest

from linksim.source.scenes import FAMILIES, Question, Scene, Thing, ask, caption, draw_scene
from linksim.source.scenes.language import NUMBERS, plural
from linksim.source.scenes.scene import KINDS


def answer_by_hand(scene: Scene, question: Question) -> str:
    """Read the question's words and look the answer up in the scene's truth."""
    words = question.text.rstrip("?").split()
    by_name = {name: kind for kind in KINDS for name in (kind, plural(kind))}
    asked = next((by_name[word] for word in words if word in by_name), "")
    things = [thing for thing in scene.things if thing.kind == asked]
    if question.text.startswith("how many"):
        return NUMBERS[len(things)]
    if question.text.startswith("is there"):
        return "yes" if things else "no"
    if question.text.startswith("what colour"):
        (thing,) = things
        return thing.colour
    if question.text.startswith("where"):
        (thing,) = things
        x, y = ((thing.box[i] + thing.box[i + 2]) / 2 - 32 for i in (0, 1))
        if abs(x) > abs(y):
            return "left" if x < 0 else "right"
        return "top" if y < 0 else "bottom"
    return scene.background


@pytest.mark.parametrize("family", [*FAMILIES, None])
def test_answers_are_exact(family: str | None) -> None:
    rng = np.random.default_rng(0)
    for number in range(300):
        scene = draw_scene(7, number)
        question = ask(scene, rng, family)
        assert question.answer == answer_by_hand(scene, question), (number, question)


def test_all_families_are_asked_and_no_answer_gives_itself_away() -> None:
    rng = np.random.default_rng(1)
    asked = [ask(draw_scene(8, number), rng) for number in range(2000)]
    shares = Counter(question.family for question in asked)
    assert set(shares) == set(FAMILIES)
    for family in FAMILIES:
        answers = Counter(q.answer for q in asked if q.family == family)
        assert max(answers.values()) <= 0.6 * shares[family], (family, answers)


def test_a_family_without_a_clear_question_gives_way() -> None:
    twins = tuple(Thing("dog", "red", (x, 10, x + 20, 30)) for x in (2, 40))
    scene = Scene(np.zeros((64, 64, 3), dtype=np.uint8), twins, "sea")
    rng = np.random.default_rng(2)
    for family in ("colour", "where"):
        assert ask(scene, rng, family).family == "exist"


def test_captions_say_what_is_there() -> None:
    things = (
        Thing("fish", "orange", (0, 0, 9, 9)),
        Thing("fish", "orange", (20, 0, 29, 9)),
        Thing("person", "red", (40, 0, 49, 9)),
    )
    scene = Scene(np.zeros((64, 64, 3), dtype=np.uint8), things, "sea")
    rng = np.random.default_rng(0)
    full = caption(scene, rng)
    assert full.startswith("a picture of ")
    assert full.endswith(" on sea")
    assert "two orange fish" in full
    assert "a red person" in full
    brief = caption(scene, rng, colours=False, background=False, things=things[:1])
    assert brief == "a picture of a fish"
