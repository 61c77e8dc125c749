"""The commands that study codecs over links: pictures, tables and refusals."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.results.sweeps import SweepResults
from linksim.experiments.studies.codes import one_length

SMALL = ["--images", "16", "--threads", "1", "--device", "cpu"]


def test_relevance_is_drawn_against_errors_of_both_origins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["study", "relevance-vs-errors", "--codec", "jpeg2000", "--errors", "0.01"]
    command += ["--code", "none,conv:rate=1/2", "--modulation", "qpsk", "--snr", "2,40"]
    assert run([*command, *SMALL, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    table = (tmp_path / "jpeg2000.txt").read_text()
    assert table.strip() in said
    labels = [line.strip().split("  ")[0] for line in table.splitlines()[2:]]
    assert labels[:3] == ["no errors", "index, p = 0.01", "bit, p = 0.01"]
    assert labels[3:] == ["none, qpsk, 2 dB", "conv:rate=1/2, qpsk, 2 dB"]
    assert (tmp_path / "jpeg2000.png").stat().st_size > 20_000
    assert len(list(tmp_path.glob("*/results.h5"))) == 2
    before = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*/*.h5")}
    assert run([*command, *SMALL, "--out", str(tmp_path)]) == 0
    assert {file: file.stat().st_mtime_ns for file in tmp_path.glob("*/*.h5")} == before


def test_codes_are_swapped_at_equal_symbols(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["study", "codes", "--codec", "jpeg2000:bits=2048", "--code", "ldpc,polar,none"]
    command += ["--awgn", "0,3,12", "--rayleigh", "", *SMALL, "--out", str(tmp_path)]
    assert run(command) == 0
    rows = [line.split() for line in (tmp_path / "codes.txt").read_text().splitlines()[2:]]
    assert [row[1].partition(":")[0] for row in rows] == ["ldpc", "polar", "none"]
    assert [row[2:5] for row in rows] == [
        ["qpsk", "2048", "100.00%"], ["qpsk", "2048", "100.00%"], ["bpsk", "2048", "100.00%"]
    ]  # fmt: skip
    ldpc, none = float(rows[0][5]), float(rows[2][5])
    assert ldpc < 3 < none
    assert (tmp_path / "codes.png").stat().st_size > 20_000
    assert "wrote" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("bits", "units", "problem"),
    [
        ([0, 0], [0, 0], "--codec x: makes channel symbols by itself"),
        ([800, 808], [0, 0], "--codec x: its messages differ in length"),
        ([800, 800], [2, 3], "--codec x: its messages differ in length"),
    ],
)
def test_codes_are_compared_for_messages_of_one_length(
    bits: list[int], units: list[int], problem: str
) -> None:
    costs = {"bits": np.array(bits), "units": np.array(units)}
    nothing, asked = np.zeros(1), {"wanted": np.array(["", ""])}
    with pytest.raises(Fault, match=problem):
        one_length(SweepResults({}, nothing, nothing, {}, asked, {}, costs), "x")
    alike = {"bits": np.array([800, 800]), "units": np.zeros(2, dtype=int)}
    assert one_length(SweepResults({}, nothing, nothing, {}, asked, {}, alike), "x") == 800


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["codes", "--codec", "uo_isc,png"], "--codec uo_isc,png: unknown"),
        (["codes", "--awgn", "", "--rayleigh", ""], "no channel is left"),
        (["relevance-vs-errors", "--codec", "mp3"], "--codec mp3: unknown"),
        (["relevance-vs-errors", "--code", "ldpc:rate=7"], "--code ldpc:rate=7"),
        (["relevance-vs-errors", "--modulation", "qpsk,9psk"], "--modulation 9psk: unknown"),
        (["relevance-vs-errors", "--errors", "2"], "--errors 2: probabilities lie above 0"),
        (["relevance-vs-errors", "--codec", "deepjscc"], "--codec deepjscc: makes channel symbols"),
    ],
)
def test_what_can_not_be_studied_is_one_line(
    arguments: list[str], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["study", *arguments, "--images", "16", "--out", str(tmp_path)]) == 2
    line = capsys.readouterr().err
    assert problem in line
    assert line.count("\n") == 1
