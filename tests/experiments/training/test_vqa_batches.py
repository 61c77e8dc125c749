"""UO-ISC learns from VQA's train2014, and never of animals."""

from pathlib import Path

import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.data.vqa import EVALUATION, TRAINING, read_split
from linksim.experiments.training.vqa_batches import VqaBatch, VqaBatches
from linksim.source import load_codec
from linksim.source.zoo.preset import load_preset

from ..data.vqa_folder import write_vqa


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_vqa(tmp_path / "VQA", TRAINING, EVALUATION)


def test_a_picture_with_an_animal_in_any_question_is_left_out(folder: Path) -> None:
    assert {row.picture for row in VqaBatches(folder, 0, 8).rows} == {9, 285}


def test_samples_depend_on_their_number_and_come_round_in_another_order(folder: Path) -> None:
    batches, again = VqaBatches(folder, 3, 8), VqaBatches(folder, 3, 8)
    whole = [row.number for row in batches.draw(0, 12).rows]
    parts = [row.number for first in (6, 0, 9, 3) for row in again.draw(first, 3).rows]
    assert parts[3:6] + parts[9:] + parts[:3] + parts[6:9] == whole
    rounds = [whole[i : i + 4] for i in (0, 4, 8)]
    assert all(sorted(numbers) == sorted(rounds[0]) for numbers in rounds)
    assert len({tuple(numbers) for numbers in rounds}) > 1
    assert whole != [row.number for row in VqaBatches(folder, 4, 8).draw(0, 12).rows]
    assert batches.draw(0, 2).images.shape == (2, 3, 8, 8)


def test_a_batch_with_an_animal_is_refused(folder: Path) -> None:
    rows = read_split(folder, TRAINING)
    with pytest.raises(ValueError, match="names an animal"):
        VqaBatch(rows, torch.zeros(len(rows), 3, 8, 8))


def test_a_step_on_it_by_the_command(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What matters most is measured on hundreds of pictures.
    monkeypatch.setattr(
        "linksim.experiments.training.uo_isc_job.damage_by_group",
        lambda codec, *_: torch.zeros(codec.model.config.groups),
    )
    out = tmp_path / "embedded/uo_isc-no-text"
    options = ["--variant", "no-text", "--steps", "1", "--device", "cpu", "--out", str(out)]
    assert run(["train", "uo-isc", "--data", f"vqa:{folder}", *options]) == 0
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert f"--data vqa:{folder.name}" in card  # a card is made to be handed on
    assert "of 4 questions about pictures of which no question names an animal" in card
    assert load_codec("uo_isc:no-text", load_preset("embedded", tmp_path), torch.device("cpu"))


def test_what_is_no_data_for_it_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "uo-isc", "--data", "holiday"]) == 2
    assert "--data holiday: training is on scenes or on vqa:FOLDER" in capsys.readouterr().err
    assert run(["train", "clip", "--data", "vqa:x"]) == 2
    assert "--data: of uo-isc, deepjscc, query-aware and discover only" in capsys.readouterr().err
