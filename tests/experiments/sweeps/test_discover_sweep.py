"""DISCOVER over the link by the command, with the weights that ship."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.results.sweeps import load_results

OPTIONS = ["--codec", "discover", "--device", "cpu", "--threads", "1"]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    assert run(["scenes", str(folder), "--count", "1", "--seed", "4"]) == 0
    return folder


def test_a_sweep_counts_packets_units_bits_and_symbols(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    options = [*OPTIONS, "--task", "detection", "--snr", "2,20", "--images", "16"]
    assert run(["sweep", *options, "--out", str(out)]) == 0
    (results,) = load_results(out / "results.h5").values()
    lost, packets = (results.curve(name) for name in ("units_lost", "packet_loss"))
    assert lost[0].value > 0.2
    assert packets[0].value > 0.2
    assert lost[1].value == packets[1].value == 0
    bits = results.costs["bits"]
    assert results.curve("bpp")[1].value == pytest.approx(bits.mean() / 64**2)
    assert len(np.unique(bits)) > 4  # streams are as long as their pictures need
    match, psnr = results.curve("answer_match"), results.curve("psnr")
    assert match[1].value > match[0].value
    assert psnr[1].value > psnr[0].value + 3


def test_a_picture_comes_with_its_boxes(scenes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = str(scenes / "scene-0.png")
    assert run(["transmit", picture, *OPTIONS, "--task", "detection", "--snr", "-5,20"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    *_, low = [row for row in rows if row and row[0] == "-5"]  # the last columns may come below
    *_, high = [row for row in rows if row and row[0] == "20"]
    assert low[-1] == "none"
    assert sorted(word.strip(",") for word in high[-3:]) == ["cup", "tree", "tree"]
    assert (scenes / "scene-0-received.png").stat().st_size > 5000


def test_less_is_sent_for_less(scenes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {}
    for name, more in {
        "full": [],
        "task": ["--task", "detection"],
        "cup": ["--transmit", "cup"],
    }.items():
        options = [*OPTIONS, *more, "--composition", "off", "--snr", "20"]
        assert run(["transmit", str(scenes / "scene-0.png"), *options]) == 0
        sizes[name] = int(capsys.readouterr().out.partition(";")[2].split()[0])
    assert sizes["cup"] < sizes["task"] < sizes["full"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--transmit", "unicorn"], "--codec discover:transmit=unicorn"),
        (["--task", "detection", "--transmit", "dog"], "--task and --transmit"),
        (["--composition", "maybe"], "composition=maybe: on or off"),
        (["--receiver", "soft"], "--receiver soft"),
        (["--code", "none"], "packets need a CRC"),
        (["--protect", "tail=1/2"], "tail: no part"),
    ],
)
def test_what_cannot_be_sent_is_one_line(
    options: list[str], said: str, scenes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["transmit", str(scenes / "scene-0.png"), *OPTIONS, *options]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
