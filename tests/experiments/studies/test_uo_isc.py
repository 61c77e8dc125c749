"""The study's command: figures, tables and claims on a few pictures."""

from pathlib import Path

import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.studies.uo_isc import METHODS

SMALL = ["--snr", "0,20", "--images", "16", "--questions", "16", "--threads", "1"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    out = tmp_path_factory.mktemp("study") / "out"
    return ["study", "uo-isc", *SMALL, "--device", "cpu", "--out", str(out)]


def test_figures_come_with_tables_and_claims(
    study: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*study, "--figure", "3", "--figure", "4a"]) == 0
    said, out = capsys.readouterr().out, Path(study[-1])
    assert (out / "figure-3.png").stat().st_size > 10_000
    assert (out / "figure-4a.png").stat().st_size > 10_000
    table = (out / "figure-4a.txt").read_text()
    assert all(label in table for label in METHODS)
    claims = (out / "claims.txt").read_text().splitlines()
    assert claims[0] == "Answer match at 20 dB over 16 questions"
    assert len(claims) == 2 + 3
    assert all("hold" in line for line in claims[2:])
    assert table.strip() in said


def test_what_was_measured_is_not_measured_again(
    study: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    out = Path(study[-1])
    before = {file: file.stat().st_mtime_ns for file in out.glob("*/results.h5")}
    assert run([*study, "--figure", "4b"]) == 0
    assert {file: file.stat().st_mtime_ns for file in out.glob("*/results.h5")} == before
    assert "relevance loss" in capsys.readouterr().out


def test_figures_are_drawn_again_from_what_was_measured(
    study: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*study, "--figure", "4b"]) == 0
    folder, drawn = study[-1], tmp_path / "4a.pdf"
    before = {file: file.stat().st_mtime_ns for file in Path(folder).rglob("*")}
    for name in ("3", "4a"):
        plot = ["plot", "--figure", f"uo-isc-{name}", "--from", folder]
        assert run([*plot, "-o", str(drawn)]) == 0
        assert drawn.read_bytes().startswith(b"%PDF")
    assert run(["plot", "--figure", "uo-isc-6", "--from", folder, "-o", str(drawn)]) == 2
    assert f"linksim study uo-isc --figure 6 --out {folder}" in capsys.readouterr().err
    assert {file: file.stat().st_mtime_ns for file in Path(folder).rglob("*")} == before


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "--figure or --beyond: say what to study"),
        (["--figure", "4a", "--snr", "5:10"], "--snr 5:10: must hold 0 and 20 dB"),
        (["--figure", "7"], "'7' is not one of"),
    ],
)
def test_what_can_not_be_studied_is_one_line(
    options: list[str], problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["study", "uo-isc", "--out", str(tmp_path), *options]) == 2
    line = capsys.readouterr().err
    assert problem in line
    assert line.count("\n") == 1
