"""Datasets of other libraries, as a script hands them over."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import linksim
from linksim.experiments.data.given import GivenSamples
from linksim.source.pictures import Framing

JPEG = {"codec": "jpeg", "modulation": "qpsk", "snr": 20, "progress": False}
SIZES = ((40, 24), (24, 40), (33, 17))  # width and height


class Rows:
    """Rows as a Hugging Face dataset hands them over: by number, decoded, further columns too."""

    def __init__(self, column: str = "image", **others: Any) -> None:
        self._column, self._others = column, others

    def __len__(self) -> int:
        return len(SIZES)

    def __getitem__(self, number: int) -> dict[str, Any]:
        return {self._column: Image.new("RGB", SIZES[number], "red"), "label": 7, **self._others}


def test_a_dataset_of_torchvisions_is_sent_without_questions(tmp_path: Path) -> None:
    datasets = pytest.importorskip("torchvision.datasets")
    (tmp_path / "cats").mkdir()
    for number, size in enumerate(SIZES):
        Image.new("RGB", size, "green").save(tmp_path / "cats" / f"{number}.png")
    found = linksim.sweep(data=datasets.ImageFolder(tmp_path), size="original", cbr="1/2", **JPEG)
    (sweep,) = found.values()
    assert sweep.costs["pixels"].tolist() == [width * height for width, height in SIZES]
    assert sweep.configuration["judge"] == "none"
    assert sweep.questions["text"].tolist() == [""] * 3


@pytest.mark.parametrize("column", ["image", "img", "picture"])
def test_rows_of_hugging_faces_are_sent_without_questions(column: str) -> None:
    found = linksim.sweep(data=Rows(column), size="original", cbr="1/2", **JPEG)
    (sweep,) = found.values()
    assert sweep.costs["pixels"].tolist() == [width * height for width, height in SIZES]
    assert sweep.configuration["judge"] == "none"


def test_rows_with_questions_are_asked_about() -> None:
    samples = GivenSamples(Rows(question="is it red?", answer="Yes"), None, 2)
    assert samples.questions == ["is it red?"] * 2
    assert samples.sample(1, Framing()).truth == "yes"
    assert GivenSamples(Rows(question="is it red?"), "what is it?", None).questions == (
        ["what is it?"] * 3
    )
    assert not GivenSamples(Rows(question=["a", "list"]), None, None).is_asked


@pytest.mark.parametrize("item", [(Image.new("L", (9, 9)), 3), {"img": np.zeros((9, 9, 3))}])
def test_an_item_of_a_dataset_can_be_transmitted(item: Any) -> None:
    sent = linksim.transmit(item, codec="png", size="original")
    assert sent.original.shape == (9, 9, 3)


def test_what_holds_no_picture_or_half_its_questions_is_refused() -> None:
    with pytest.raises(TypeError, match="item 0 has no column image, img, picture; it has photo"):
        linksim.sweep(data=Rows("photo"), size="original", **JPEG)
    grey = np.zeros((9, 9))
    with pytest.raises(TypeError, match="item 1 has no question and others do"):
        GivenSamples([(grey, "is it grey?"), grey], None, None)
    with pytest.raises(TypeError, match="item 0 has no question and others do"):
        GivenSamples([(grey, 3), (grey, "is it grey?")], None, None)
    with pytest.raises(linksim.Fault, match="say what you want to know"):
        linksim.sweep(data=[grey], snr=3, progress=False)
