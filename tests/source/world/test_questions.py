"""Questions about the wide world: exact answers, and nothing to be had by guessing."""

from collections import Counter

import numpy as np
import pytest

from linksim.source.world import (
    ANIMALS,
    BACKGROUNDS,
    COLOURS,
    FAMILIES,
    KINDS,
    LETTERS,
    SIDE,
    Question,
    Scene,
    Thing,
    ask,
    blind_guesses,
    draw_scene,
)
from linksim.source.world.language import NUMBERS, plural, vocabulary

KIND_OF = {name: kind for kind in KINDS for name in (kind, plural(kind))}
_rng = np.random.default_rng(0)
ASKED = [
    (scene, ask(scene, _rng, family))
    for scene in (draw_scene(7, number) for number in range(700))
    for family in (*FAMILIES, "compare", "exist")
]


def answer_by_hand(scene: Scene, question: Question) -> str:
    """Read the question's words and look the answer up in masks, boxes and names."""
    words = question.text.rstrip("?").split()
    kinds = [KIND_OF[word] for word in words if word in KIND_OF]
    colours = [word for word in words if word in COLOURS]
    things = [
        thing
        for thing in scene.things
        if (not kinds or thing.kind == kinds[0]) and (not colours or thing.colour == colours[0])
    ]
    if question.text == "what is the background?":
        return scene.background
    if words[:2] == ["how", "many"]:
        return NUMBERS[len(things)]
    if words[:2] == ["is", "there"]:
        return "yes" if things else "no"
    if words[-2:] in (["largest", "thing"], ["smallest", "thing"]):
        sizes = [max(t.box[2] - t.box[0], t.box[3] - t.box[1]) for t in scene.things]
        end = sizes.index(max(sizes) if words[-2] == "largest" else min(sizes))
        return scene.things[end].colour if "colour" in words else scene.things[end].kind
    (thing,) = things
    if words[0] == "which":
        return thing.letter
    if words[:2] == ["what", "colour"]:
        return thing.colour
    x = (thing.box[0] + thing.box[2]) / 2
    if words[0] == "where":
        return ("left", "middle", "right")[int(x // (SIDE / 3))]
    if words[0] == "is":
        (other,) = (t for t in scene.things if t.kind == kinds[1])
        if "larger" in words:
            long, its = (max(t.box[2] - t.box[0], t.box[3] - t.box[1]) for t in (thing, other))
            return "yes" if long > its else "no"
        return "yes" if x < (other.box[0] + other.box[2]) / 2 else "no"
    assert words[0] == "what"
    y = (thing.box[1] + thing.box[3]) / 2
    aside = []
    for other in scene.things:
        dx = (other.box[0] + other.box[2]) / 2 - x
        dy = (other.box[1] + other.box[3]) / 2 - y
        if other is not thing and (dx < 0) == (words[2] == "left") and dx != 0:
            aside.append((np.hypot(dx, dy), other.kind))
    return min(aside)[1]


def test_answers_are_exact() -> None:
    for scene, question in ASKED:
        assert question.answer == answer_by_hand(scene, question), question


def test_every_family_is_asked_and_its_answers_are_of_its_kind() -> None:
    kinds_of_answers = {
        "colour": set(COLOURS),
        "count": set(NUMBERS),
        "exist": {"yes", "no"},
        "where": {"left", "middle", "right"},
        "background": set(BACKGROUNDS),
        "beside": set(KINDS),
        "largest": {*KINDS, *COLOURS},
        "compare": {"yes", "no"},
        "letter": set(LETTERS),
    }
    assert set(kinds_of_answers) == set(FAMILIES)
    for family, answers in kinds_of_answers.items():
        found = {question.answer for _, question in ASKED if question.family == family}
        assert found <= answers, family
        assert len(found) >= min(4, len(answers)), family


def test_no_family_can_be_guessed_without_looking() -> None:
    guesses = {guess.family: guess for guess in blind_guesses([q for _, q in ASKED])}
    assert set(guesses) == set(FAMILIES)
    for family, guess in guesses.items():
        most = 0.55 if family in ("exist", "compare") else 0.40
        slack = 2 * np.sqrt(most * (1 - most) / guess.questions)
        assert guess.best < most + slack, guess


@pytest.mark.parametrize("family", ["exist", "compare"])
def test_yes_is_as_frequent_as_no(family: str) -> None:
    answers = Counter(q.answer for _, q in ASKED if q.family == family)
    total = sum(answers.values())
    assert abs(answers["yes"] / total - 0.5) < 4 * 0.5 / np.sqrt(total)


def test_a_leak_would_show_in_the_blind_guess() -> None:
    leaking = [
        Question("where", f"where is the {kind}?", "left", kind, "where is the KIND?")
        for kind in KINDS
        for _ in range(4)
    ]
    told = [
        Question("exist", f"is there a {k}?", "yes" if k in ANIMALS else "no", k, "is there?")
        for k in KINDS
        for _ in range(4)
    ]
    where, exist = sorted(blind_guesses([*leaking, *told]), key=lambda guess: -guess.by_template)
    assert (where.family, where.by_template) == ("where", 1.0)
    assert exist.by_text == 1.0
    assert exist.by_template == pytest.approx(1 - len(ANIMALS) / len(KINDS))


def test_families_are_drawn_by_their_shares_and_never_without_a_clear_question() -> None:
    rng = np.random.default_rng(2)
    drawn = Counter(ask(draw_scene(8, number), rng).family for number in range(700))
    assert set(drawn) == set(FAMILIES)
    assert 0.02 < drawn["letter"] / 700 < 0.1
    assert max(drawn.values()) / 700 < 0.22


def test_a_family_without_a_clear_question_gives_way() -> None:
    twins = tuple(Thing("dog", "red", (x, 10, x + 20, 30)) for x in (2, 40))
    blank = np.zeros((SIDE, SIDE), dtype=np.uint8)
    scene = Scene(np.zeros((SIDE, SIDE, 3), dtype=np.uint8), twins, "lake", blank)
    rng = np.random.default_rng(3)
    for family in ("colour", "where", "beside", "largest", "compare", "letter"):
        assert ask(scene, rng, family).family == "exist", family


def test_questions_keep_to_their_kinds() -> None:
    rng = np.random.default_rng(4)
    for number in range(150):
        scene = draw_scene(9, number)
        for family in FAMILIES:
            question = ask(scene, rng, family, kinds=ANIMALS)
            assert question.kind in ("", *ANIMALS)
            named = {KIND_OF[w] for w in question.text.rstrip("?").split() if w in KIND_OF}
            assert named <= set(ANIMALS), question


def test_a_question_says_what_it_is_about() -> None:
    for scene, question in ASKED:
        things = [scene.things[place] for place in question.things]
        if question.family in ("colour", "where"):
            assert [thing.kind for thing in things] == [question.kind]
        if question.family == "count":
            assert NUMBERS[len(things)] == question.answer
        if question.family == "exist":
            assert bool(things) == (question.answer == "yes")
        if question.family == "beside":
            assert question.landmark is not None
            assert scene.things[question.landmark].kind == question.kind
            assert things[0].kind == question.answer


def test_all_words_are_of_the_vocabulary() -> None:
    known = set(vocabulary())
    for _, question in ASKED:
        assert {*question.text.replace("?", " ?").split(), question.answer} <= known
