"""Mosaics of photographs, and the threshold below which a group is not seen."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from linksim.experiments.faults import Fault
from linksim.experiments.machine_tasks.mosaics import KINDS, mosaics
from linksim.experiments.machine_tasks.none_threshold import balanced, labelled

HELD_OUT = {"dog": 160, "bird": 10, "reptile": 40, "insect": 310, "food": 930}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (*HELD_OUT.values(), 151):
        grey = np.full((40, 50, 3), number % 251, np.uint8)
        Image.fromarray(grey).save(tmp_path / f"{number:03d}-one.jpg", quality=95)
    Image.new("RGB", (8, 8)).save(tmp_path / "beach.jpg")
    return tmp_path


def test_only_pictures_of_held_out_classes_are_taken(folder: Path, tmp_path: Path) -> None:
    assert [number for _, number in labelled(folder)] == sorted(HELD_OUT.values())
    (tmp_path / "empty").mkdir()
    with pytest.raises(Fault, match="NNN"):
        labelled(tmp_path / "empty")


def test_a_mosaic_has_four_groups_and_a_question_about_two_of_them(folder: Path) -> None:
    shown = mosaics(folder, 6, side=64)
    for one in shown:
        assert one.image.shape == (3, 64, 64)
        assert one.question != one.other
        corners = {round(one.image[0, y, x].item() * 255) for y in (16, 48) for x in (16, 48)}
        assert len(corners) == 4
        for question in (one.question, one.other):
            kind = question.removeprefix("which ").removesuffix("?")
            assert kind in KINDS
            assert any(abs(corner - HELD_OUT[kind] % 251) <= 2 for corner in corners)


def test_mosaics_are_the_same_for_the_same_seed(folder: Path) -> None:
    one, again, other = (mosaics(folder, 4, 32, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a.image, b.image) for a, b in zip(one, again, strict=True))
    assert any(not torch.equal(a.image, b.image) for a, b in zip(one, other, strict=True))


def test_the_threshold_is_where_both_errors_are_equally_frequent() -> None:
    draws = np.random.default_rng(0)
    there = np.arange(4000) < 2000
    seen = np.where(there, draws.normal(2, 1, 4000), draws.normal(0, 1, 4000))
    assert balanced(seen, there) == pytest.approx(1.0, abs=0.1)
