"""Who judges: names, nobody, and how far states are apart."""

import math

import pytest
import torch

from linksim.source.judge import (
    NOBODY,
    Nobody,
    UnknownJudge,
    judge_names,
    load_judge,
    relevance_loss,
)
from linksim.source.zoo.preset import load_preset

CPU = torch.device("cpu")


def test_a_place_counts_by_its_weight() -> None:
    original = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    received = torch.tensor([[[1.0, 0.0], [0.0, -1.0]]])
    assert relevance_loss(original, received).item() == pytest.approx(1.0)
    for weight, expected in ((0.0, 0.0), (1.0, 1.0), (3.0, 1.5)):
        weights = torch.tensor([[1.0, weight]])
        assert relevance_loss(original, received, weights).item() == pytest.approx(expected)


def test_nobody_answers_nothing_and_no_state_is_known() -> None:
    pictures = torch.rand(2, 3, 9, 17)
    response = Nobody().respond(pictures, ["what is it?"] * 2)
    assert response.answers == ["", ""]
    losses = relevance_loss(response.states, response.states)
    assert all(math.isnan(loss) for loss in losses.tolist())


def test_judges_are_found_by_name_and_others_are_refused_with_those_that_there_are() -> None:
    preset = load_preset("embedded")
    assert load_judge(NOBODY, preset, CPU).name == NOBODY
    with pytest.raises(UnknownJudge, match=f"one of {', '.join(judge_names())}"):
        load_judge("lava", preset, CPU)
