"""Rate and distortion of still codecs, beside published curves."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.studies.stills import published_curve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    y, x = np.mgrid[:170, :180]
    waves = [np.sin(x / a) + np.cos(y / a) for a in (5, 9, 13)]
    noise = np.random.default_rng(0).normal(0, 6, (170, 180, 3))
    pixels = (np.stack(waves, axis=2) * 50 + 128 + noise).clip(0, 255).astype(np.uint8)
    (tmp_path / "pictures").mkdir()
    Image.fromarray(pixels).save(tmp_path / "pictures" / "a.png")
    return tmp_path


def curve(folder: Path, **results: object) -> Path:
    file = folder / "jpeg.json"
    file.write_text(json.dumps({"name": "JPEG", "results": results}))
    return file


def test_a_table_has_rates_and_differences(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curve(folder, **{"bpp": [4.0, 0.1], "psnr-rgb": [40.0, 20.0]})
    words = ["study", "stills", "--data", str(folder / "pictures"), "--codec", "jpeg,jpeg2000"]
    asked = ["--quality", "0.2,0.6", "--bpp", "2,0.5", "--curves", str(folder)]
    assert run([*words, *asked, "--device", "cpu"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0] for row in rows] == ["jpeg", "jpeg", "jpeg2000", "jpeg2000"]
    for row in rows[:2]:
        bpp, psnr, similar, published, difference = map(float, row[1:])
        there = 20 + 20 * np.log(bpp / 0.1) / np.log(40)
        assert published == pytest.approx(there, abs=0.05)
        assert difference == pytest.approx(psnr - published, abs=0.02)
        assert 0.5 < similar < 1
    assert [float(row[1]) for row in rows[2:]] == pytest.approx([2, 0.5], rel=0.1)
    assert float(rows[0][1]) > float(rows[1][1])
    assert float(rows[0][2]) > float(rows[1][2])
    assert rows[3][4:] == ["–", "–"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--codec", "uo_isc"], "--codec uo_isc: is no still codec"),
        (["--bpp", "0"], "--bpp 0: give bits per pixel"),
        (["--quality", "2"], "--quality 2: give places on the ladder"),
        (["--curves", "/no/such"], "--curves /no/such: no such folder"),
        (["--data", "/no/such"], "--data /no/such: no such folder"),
    ],
)
def test_what_can_not_be_is_one_line(
    words: list[str], says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(folder / "pictures")]
    assert run(["study", "stills", *data, "--codec", "jpeg", *words, "--device", "cpu"]) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    "results",
    [{}, {"bpp": [1]}, {"bpp": [1, 2], "psnr": [3]}, {"bpp": ["x"], "psnr": [1]}, {"bpp": 3}],
)
def test_what_is_no_curve_is_refused(results: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(Fault, match="no published curve"):
        published_curve(curve(tmp_path, **results))
