"""Mosaics of photographs whose classes are known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.data.mosaics import KINDS, MosaicSamples
from linksim.experiments.data.photographs import photographs_in
from linksim.experiments.faults import Fault
from linksim.experiments.results.sweeps import load_results
from linksim.source.pictures import Framing
from linksim.source.zoo.imagenet.judge import class_names

MEASURING = {
    "dog": (152, 160),
    "bird": (10, 12),
    "reptile": (40,),
    "insect": (310,),
    "food": (930,),
}
GREY = {number: number % 251 for numbers in MEASURING.values() for number in numbers}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("photographs")
    for number in (*GREY, 151, 11):
        grey = np.full((40, 50, 3), number % 251, np.uint8)
        Image.fromarray(grey).save(made / f"{number:03d}-one.png")
    Image.new("RGB", (8, 8)).save(made / "beach.png")
    return made


def test_only_what_is_called_after_its_class_counts(folder: Path, tmp_path: Path) -> None:
    found = photographs_in(folder)
    assert sorted(one.number for one in found) == sorted([*GREY, 151, 11])
    with pytest.raises(Fault, match="NNN"):
        photographs_in(tmp_path)


def test_a_mosaic_shows_what_it_says_and_the_truth_is_known(folder: Path) -> None:
    shown = MosaicSamples(folder, 14, seed=3, side=64)
    for number, one in enumerate(shown.mosaics):
        sample = shown.sample(number, 64)
        assert len(set(one.kinds)) == 4
        assert (sample.question, sample.family) == (one.question, one.kinds[one.asked])
        assert one.other_question != one.question
        assert one.other_question in {f"which {kind}?" for kind in one.kinds}
        greys = [sample.image[0, y, x].item() * 255 for y in (16, 48) for x in (16, 48)]
        assert [round(grey) for grey in greys] == [GREY[each.number] for each in one.photographs]
        asked = one.photographs[one.asked].number
        assert sample.truth == class_names()[asked]
        assert asked in MEASURING[sample.family]


def test_every_photograph_is_asked_about_before_one_is_again(folder: Path) -> None:
    shown = MosaicSamples(folder, 2 * len(GREY), seed=0, side=32).mosaics
    asked = [one.photographs[one.asked].number for one in shown]
    assert sorted(asked[: len(GREY)]) == sorted(asked[len(GREY) :]) == sorted(GREY)


def test_mosaics_depend_on_the_seed_and_not_on_how_many_there_are(folder: Path) -> None:
    one, more, other = (MosaicSamples(folder, *how, side=32) for how in ((4, 1), (9, 1), (4, 2)))
    assert one.mosaics == more.mosaics[:4]
    assert one.mosaics != other.mosaics
    for number in range(4):
        assert torch.equal(one.sample(number, 32).image, more.sample(number, 32).image)
    assert one.sample(0, Framing()).image.shape == (3, 32, 32)


def test_a_kind_without_photographs_is_named(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("[0-9]*"):
        if int(path.name[:3]) != 930:
            (tmp_path / path.name).symlink_to(path)
    with pytest.raises(Fault, match="no picture of a food"):
        MosaicSamples(tmp_path, 4, 0)


def test_mosaics_are_swept_and_told_other_questions(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", "--data", f"mosaic:{folder}", "--codec", "jpeg:bpp=0.5", "--snr", "20"]
    how = ["--judge", "none", "--images", "3", "--device", "cpu", "--engine", "native"]
    assert run([*words, *how, "--out", str(tmp_path / "out")]) == 0
    (found,) = load_results(tmp_path / "out" / "results.h5").values()
    mosaics = MosaicSamples(folder, 3, 0).mosaics
    assert list(found.questions["text"]) == [one.question for one in mosaics]
    assert found.configuration["data"] == f"mosaic:{folder.name}"
    assert found.shown["original"].shape[1:3] == (384, 384)
    assert '"mosaics"' in found.attributes["inputs"]
    told = ["--told", "family", "--out", str(tmp_path / "told")]
    assert run([*words, *how, *told]) == 0
    capsys.readouterr()
    assert run([*words, *how, "--query", "which dog?", "--out", str(tmp_path / "x")]) == 2
    assert "mosaics bring their own" in capsys.readouterr().err


assert set(MEASURING) == set(KINDS)
