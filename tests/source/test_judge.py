"""Judges by name."""

import pytest
import torch

from linksim.source.judge import Nobody, UnknownJudge, judge_name, load_judge
from linksim.source.zoo.llava import Llava
from linksim.source.zoo.preset import load_preset

CPU = torch.device("cpu")


def test_where_nobody_asks_nobody_judges() -> None:
    assert judge_name("auto", asked=True) == "llava"
    assert judge_name("auto", asked=False) == "none"
    assert judge_name("llava", asked=False) == "llava"
    with pytest.raises(UnknownJudge, match="lava: unknown; one of auto, llava, none"):
        judge_name("lava", asked=True)


def test_a_judge_is_loaded_by_name() -> None:
    preset = load_preset("embedded")
    assert isinstance(load_judge("none", preset, CPU), Nobody)
    judge = load_judge("llava", preset, CPU)
    assert isinstance(judge, Llava)
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    seen = judge.respond(images, ["is there a dog?"] * 2)
    assert torch.allclose(judge.loss(seen, seen), torch.zeros(2), atol=1e-6)


def test_nobody_says_nothing_of_any_picture() -> None:
    seen = Nobody().respond(torch.rand(3, 3, 9, 7), ["", "what?", ""])
    assert seen.answers == ["", "", ""]
    assert Nobody().loss(seen, seen).isnan().tolist() == [True] * 3
