"""Sweeps of pictures about which nobody asks, or nobody answers."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.results.sweeps import load_results


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    (tmp_path / "own").mkdir()
    for name in "ab":
        pixels = np.kron(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8), np.ones((9, 9, 1)))
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"own/{name}.png")
    return tmp_path / "own"


def sweep(out: Path, *more: str) -> int:
    return run(["sweep", "--snr", "3,9", "--device", "cpu", "--out", str(out), *more])


def test_pictures_about_which_nobody_asks_are_sent_and_not_judged(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(tmp_path / "out", "--data", str(folder), "--codec", "jpeg2000") == 0
    printed = capsys.readouterr().out
    assert "PSNR dB" in printed
    assert "answer match" not in printed
    assert "relevance" not in printed
    (found,) = load_results(tmp_path / "out/results.h5").values()
    assert not found.judged
    for name in ("answer_match", "accuracy", "relevance"):
        assert np.isnan([estimate.value for estimate in found.curve(name)]).all()
    assert np.isfinite(found.pictures["ssim"]).all()
    assert not found.questions["wanted"].any()


def test_a_codec_that_needs_a_question_says_so(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep(tmp_path / "out", "--data", str(folder), "--codec", "uo_isc") == 2
    assert "--query: say what you want to know" in capsys.readouterr().err


def test_a_question_may_stay_unjudged(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--data", str(folder), "--query", "is there a dog?", "--codec", "jpeg2000"]
    assert sweep(tmp_path / "judged", *asked) == 0
    assert sweep(tmp_path / "alone", *asked, "--judge", "none") == 0
    found = [
        next(iter(load_results(tmp_path / name / "results.h5").values()))
        for name in ("judged", "alone")
    ]
    assert [one.judged for one in found] == [True, False]
    assert np.array_equal(found[0].pictures["psnr"], found[1].pictures["psnr"])
    capsys.readouterr()
    both = [str(tmp_path / name) for name in ("judged", "alone")]
    assert run(["compare", *both, "-o", str(tmp_path / "c.png")]) in (0, 2)
