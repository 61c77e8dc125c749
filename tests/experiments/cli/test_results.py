"""`linksim show`, `export` and `compare` over files of known content."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.results.comparison import difference
from linksim.experiments.results.metrics import MACHINES, METRICS
from linksim.experiments.results.sweeps import SweepResults, save_results

from ..made_results import made_results

CODES = ("ldpc:rate=1/2", "none")


@pytest.fixture
def several() -> dict[str, SweepResults]:
    found = {code: made_results(n, 60, code=code) for n, code in enumerate(CODES)}
    first = found[CODES[0]]
    return {label: replace(one, shown=first.shown) for label, one in found.items()}


@pytest.fixture
def file(several: dict[str, SweepResults], tmp_path: Path) -> Path:
    save_results(several, tmp_path / "results.h5")
    return tmp_path / "results.h5"


def test_show_prints_tables_costs_and_origin(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["show", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("command: linksim sweep\nlinksim 0.1.0; versions: numpy")
    for code in CODES:
        assert f"{code}\n\nErrors on the link" in said
    assert said.count("100 bits, 67 channel symbols per picture") == 2


def test_show_prints_results_of_a_link(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "link"
    options = ["--snr", "10", "--code", "none", "--max-blocks", "100", "--threads", "1"]
    options += ["--engine", "native"]
    assert run(["link", *options, "--out", str(out)]) == 0
    capsys.readouterr()
    assert run(["show", str(out / "results.h5")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("command: linksim link --snr 10")
    assert "BLER" in said


def test_show_leaves_the_terminal_alone(
    several: dict[str, SweepResults], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = replace(several[CODES[0]])
    hostile.attributes["command"] = "linksim \x1b[2J sweep"
    save_results({"\x1b]0;title\x07": hostile}, tmp_path / "r.h5")
    assert run(["show", str(tmp_path / "r.h5")]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\x07" not in said


def test_export_is_every_known_estimate_in_long_form(
    file: Path, several: dict[str, SweepResults], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", str(file), "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    unknown = {"packet_loss", "units_lost", "lossless"}
    unknown |= {n for n, metric in METRICS.items() if metric.optional or metric.group == MACHINES}
    assert {row["metric"] for row in rows} == set(METRICS) - unknown
    assert len(rows) == 2 * 2 * (len(METRICS) - len(unknown))
    for row in rows:
        found = several[row["sweep"]]
        assert row["code"] == row["sweep"]
        estimate = found.curve(row["metric"])[[0.0, 5.0].index(float(row["snr_db"]))]
        assert float(row["value"]) == estimate.value
        assert (float(row["low"]), float(row["high"])) == (estimate.low, estimate.high)
        assert float(row["ebno_db"]) == float(row["snr_db"]) - 2


def test_export_of_pictures_has_each_at_each_snr(
    file: Path, several: dict[str, SweepResults], tmp_path: Path
) -> None:
    out = tmp_path / "pictures.csv"
    assert run(["export", str(file), "--pictures", "-o", str(out)]) == 0
    with out.open(newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    assert len(rows) == 2 * 2 * 60
    row = next(
        r for r in rows if r["sweep"] == "none" and r["snr_db"] == "5.0" and r["picture"] == "7"
    )
    found = several["none"]
    assert row["question"] == found.questions["text"][7]
    assert row["answers"] == found.pictures["answers"][1, 7]
    assert float(row["psnr"]) == found.pictures["psnr"][1, 7]
    assert int(row["bit_errors"]) == found.pictures["bit_errors"][1, 7]
    assert row["symbols"] == "67"


def test_compare_draws_curves_and_says_gains_and_paired_differences(
    file: Path,
    several: dict[str, SweepResults],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    out = tmp_path / "c.png"
    assert run(["compare", str(file), "--level", "0.5", "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "0.5 of what ldpc:rate=1/2 reaches at 5 dB, over 60 questions" in said
    assert "gains dB over ldpc:rate=1/2" in said
    assert "none less ldpc:rate=1/2, on the same pictures" in said
    found = difference(several["none"], several[CODES[0]], "psnr", 5.0)
    (row,) = [line for line in said.splitlines() if line.split()[:1] == ["5"]]
    assert f"{found.value:.3g} [{found.low:.3g}, {found.high:.3g}]" in row
    with Image.open(out) as picture:
        assert min(picture.size) > 800
    assert run(["compare", str(file), "--level", "0.5", "--ebno", "-o", str(out)]) == 0
    assert "Eb/N0 for an answer match of" in capsys.readouterr().out


def test_compare_takes_several_files(
    several: dict[str, SweepResults], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for number, found in enumerate(several.values()):
        files.append(str(tmp_path / f"{number}.h5"))
        save_results({"uo_isc": found}, Path(files[-1]))
    assert run(["compare", *files, "-o", str(tmp_path / "c.svg")]) == 0
    said = capsys.readouterr().out
    for code in CODES:
        assert f"uo_isc, code {code}" in said


def test_other_pictures_are_one_line(
    several: dict[str, SweepResults], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_results({"a": several["none"]}, tmp_path / "a.h5")
    save_results({"b": made_results(pictures=6)}, tmp_path / "b.h5")
    files = [str(tmp_path / name) for name in ("a.h5", "b.h5")]
    assert run(["compare", *files, "-o", str(tmp_path / "c.png")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "a and b are of other pictures or questions (images 60 and 6)" in line
    assert not (tmp_path / "c.png").exists()


@pytest.mark.parametrize("command", ["show", "export", "compare"])
def test_a_file_that_is_none_is_one_line(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.h5").write_text("text")
    assert run([command, str(tmp_path / "r.h5")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "r.h5" in line


def test_a_single_sweep_is_not_compared(
    several: dict[str, SweepResults], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_results({"a": several["none"]}, tmp_path / "a.h5")
    assert run(["compare", str(tmp_path / "a.h5")]) == 2
    assert "holds a single sweep" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", [["export"], ["report"], ["plot", "--format", "pdf", "--metric", "ber"]]
)
def test_no_command_writes_over_results(
    command: list[str], file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, linked = tmp_path / "other.h5", tmp_path / "linked"
    other.write_bytes(file.read_bytes())
    linked.symlink_to(file)
    before = file.read_bytes()
    for out in (file, linked, other):
        assert run([*command, str(file), "-o", str(out)]) == 2
        assert f"-o {out}: " in capsys.readouterr().err
        assert out.read_bytes() == before
    (tmp_path / "mine").write_text("to be replaced, as -o says")
    assert run([*command, str(file), "-o", str(tmp_path / "mine")]) == 0


def test_a_comparison_is_not_drawn_over_what_is_compared(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = tmp_path / "results.png"
    file.rename(named)
    before = named.read_bytes()
    assert run(["compare", str(named), "-o", str(named)]) == 2
    assert f"-o {named}: is what is read" in capsys.readouterr().err
    assert named.read_bytes() == before
