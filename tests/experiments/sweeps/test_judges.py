"""Sweeps by judges other than LLaVA: nobody, and an object of a script's own."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

import linksim
from linksim.experiments.report.comparing import differences_table, gains_table
from linksim.experiments.report.page.page import render
from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results.metrics import ACCURACY, ANSWER_MATCH, RELEVANCE
from linksim.source import Refused

LINK = {"modulation": "qpsk", "images": 16, "progress": False}


class Brightest:
    """Names the brightest colour, and answers no other question."""

    name = "brightest"

    def __init__(self, asked: str = "which is") -> None:
        self._asked = asked

    def check(self, questions: Sequence[str]) -> None:
        for question in questions:
            if self._asked not in question:
                raise Refused(f"{question!r}: ask {self._asked!r}")

    def respond(self, images: torch.Tensor, questions: Sequence[str]) -> linksim.Response:
        colours = ("red", "green", "blue")
        brightest = images.mean(dim=(2, 3)).argmax(dim=1).tolist()
        return linksim.Response([colours[b] for b in brightest], images.flatten(2).transpose(1, 2))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unjudged") / "out"


@pytest.fixture(scope="module")
def unjudged(folder: Path) -> linksim.Sweeps:
    return linksim.sweep(["jpeg", "png"], "10", judge="none", out=folder, **LINK)


def test_without_a_judge_errors_and_fidelity_are_measured_alone(unjudged: linksim.Sweeps) -> None:
    results = unjudged["jpeg"]
    assert not results.judged
    for name in (ANSWER_MATCH, ACCURACY, RELEVANCE):
        assert all(np.isnan(estimate.value) for estimate in results.curve(name))
    assert np.isfinite([estimate.value for estimate in results.curve("psnr_of_mse")]).all()
    table = sweep_table(results)
    assert "PSNR" in table
    assert not any(word in table for word in ("answer", "accuracy", "relevance"))


def test_pages_and_comparisons_cope_without_answers(unjudged: linksim.Sweeps) -> None:
    held = render(unjudged)
    assert '"answers":null' in held.replace(" ", "")
    assert "Nobody judged" in gains_table(unjudged, 0.9)
    differences = differences_table(unjudged)
    assert "SSIM" in differences
    assert "Answer match" not in differences
    assert "nan" not in differences


def test_stored_results_know_that_nobody_judged(unjudged: linksim.Sweeps, folder: Path) -> None:
    read = linksim.load(folder / "results.h5")["jpeg"]
    assert isinstance(read, linksim.SweepResults)
    assert not read.judged
    assert not any("llava" in name for name in read.inputs)


def test_precision_is_refused_where_nobody_answers() -> None:
    with pytest.raises(ValueError, match="precision"):
        linksim.sweep("jpeg", "10", judge="none", precision=0.1, **LINK)


def test_a_judge_of_ones_own_measures_and_leaves_its_digest() -> None:
    pictures = [(np.full((64, 64, 3), (9, 200, 30), np.uint8), "which is brightest?")] * 2
    options = LINK | {"images": 2, "judge": Brightest()}
    results = linksim.sweep("jpeg", "30", data=pictures, **options)["jpeg"]
    assert results.judged
    assert results.configuration["judge"] == "brightest"
    assert "judge brightest" in json.loads(results.attributes["inputs"])
    assert results.questions["wanted"].tolist() == ["green", "green"]
    assert [estimate.value for estimate in results.curve(ANSWER_MATCH)] == [1.0]
    assert results.curve(RELEVANCE)[0].value < 0.01


def test_a_question_that_a_judge_does_not_answer_is_refused_at_once() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(Refused, match=r"is it night.*ask 'which is'"):
        linksim.sweep("jpeg", "30", data=[(picture, "is it night?")], judge=Brightest(), **LINK)
    with pytest.raises(Refused, match="ask"):
        linksim.transmit(picture, "is it night?", codec="jpeg", judge=Brightest())


def test_one_picture_can_be_sent_without_a_judge_or_with_ones_own() -> None:
    picture = np.full((64, 64, 3), (9, 200, 30), np.uint8)
    alone = linksim.transmit(picture, "which is brightest?", codec="jpeg", judge="none")
    assert (alone.answer, alone.relevance, alone.wanted) == (None, None, "")
    judged = linksim.transmit(picture, "which is brightest?", codec="jpeg", judge=Brightest())
    assert (judged.answer, judged.right) == ("green", True)


def test_answers_of_different_judges_are_not_compared() -> None:
    pictures = [(np.full((64, 64, 3), (9, 200, 30), np.uint8), "which is brightest?")] * 2
    options = LINK | {"images": 2, "data": pictures}
    one = linksim.sweep("jpeg", "30", judge=Brightest(), **options)["jpeg"]
    other = linksim.sweep("jpeg", "30", judge="none", **options)["jpeg"]
    both = {"one": one, "other": other}
    assert "Judged by brightest, none" in gains_table(both, 0.9)
    assert "Answer match" not in differences_table(both)
