"""What senders are told of the question."""

import pytest
import torch

from linksim.experiments.data.given import GivenSamples
from linksim.experiments.data.samples import SceneSamples
from linksim.experiments.data.told import ToldSamples
from linksim.experiments.faults import Fault


@pytest.mark.parametrize("kinds", ["all", "animals"])
def test_the_user_asks_what_he_asked_whatever_the_sender_is_told(kinds: str) -> None:
    plain = SceneSamples(20, 3, kinds)
    for told in ("another", "family", "none"):
        samples = ToldSamples(plain, told)
        assert len(samples) == 20
        for number in range(20):
            own, other = plain.sample(number, 64), samples.sample(number, 64)
            assert own.sender_question == own.question
            assert (own.question, own.truth) == (other.question, other.truth)
            assert torch.equal(own.image, other.image)
            assert other.sender_question != own.question


def test_another_family_is_asked_about_the_same_scene() -> None:
    plain = SceneSamples(200, 1)
    families = {
        "what is the": "background",
        "what colour": "colour",
        "how many": "count",
        "is there": "exist",
        "are there": "exist",
        "where is": "where",
    }
    for number in range(200):
        other = ToldSamples(plain, "family").sample(number, 64).sender_question
        family = next(f for begin, f in families.items() if other.startswith(begin))
        assert family != plain.sample(number, 64).family


def test_another_pictures_question_is_one_that_is_asked() -> None:
    plain = SceneSamples(9, 2)
    asked = {plain.sample(number, 64).question for number in range(9)}
    samples = ToldSamples(plain, "another")
    assert {samples.sample(number, 64).sender_question for number in range(9)} <= asked


def test_questions_that_there_are_not_are_refused() -> None:
    pictures = [torch.rand(3, 8, 8), torch.rand(3, 8, 8)]
    same = GivenSamples([(picture, "what is it?") for picture in pictures], None, None)
    with pytest.raises(Fault, match="all pictures have the same question"):
        ToldSamples(same, "another").sample(0, 8)
    with pytest.raises(Fault, match="of scenes and mosaics"):
        ToldSamples(same, "family")
    with pytest.raises(Fault, match="no other picture"):
        ToldSamples(SceneSamples(1, 0), "another")
