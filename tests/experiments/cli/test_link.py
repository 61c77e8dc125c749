"""``linksim link`` as a user meets it."""

from pathlib import Path

import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.results.lock import only_run

FAST = ["--engine", "native", "--message-bits", "100", "--max-blocks", "500"]


def test_several_codes_and_modulations_make_one_table_one_picture_and_one_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    out = tmp_path / "out"
    arguments = ["link", "--snr", "0,30", "--code", "none", "--code", "repetition:rate=1/2"]
    arguments += ["--modulation", "qpsk", "--modulation", "8psk", "--out", str(out), *FAST]
    assert run(arguments) == 0
    captured = capsys.readouterr()
    rows = captured.out.splitlines()
    assert rows[0].split()[:4] == ["code", "modulation", "Es/N0", "dB"]
    assert "BLER" in rows[0]
    assert len([row for row in rows if "none" in row or "repetition" in row]) == 8
    assert "8/8 repetition:rate=1/2 8psk 30.00 dB: BLER 0 [0, 0.00735]" in captured.err
    assert {path.name for path in out.iterdir()} == {"results.h5", "curves.png"}
    with Image.open(out / "curves.png") as picture:
        assert min(picture.size) > 300


def test_tables_fit_80_columns_and_leave_nothing_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    arguments = ["link", "--snr", "0,6", "--code", "ldpc:rate=1/2", "--modulation", "qpsk,8psk"]
    assert run([*arguments, "--out", str(tmp_path / "out"), *FAST]) == 0
    table = capsys.readouterr().out.partition("wrote")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert table.count("ldpc:rate=1/2, ") == 2
    assert table.count("raw BER") == 2


def test_a_curve_without_any_error_is_drawn_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["link", "--snr", "40", "--code", "none", "--ebno", "--out", str(tmp_path / "out")]
    assert run([*arguments, *FAST]) == 0
    assert (tmp_path / "out" / "curves.png").exists()


def test_the_same_code_twice_is_one_curve(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ["link", "--snr", "0", "--code", "ldpc:rate=1/2", "--code", "ldpc:rate=0.5"]
    assert run([*arguments, "--out", str(tmp_path / "out"), *FAST]) == 0
    assert capsys.readouterr().out.count("ldpc:rate=1/2") == 1


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--message-bits", "0"], "--message-bits"),
        (["--message-bits", "100000000"], "--message-bits"),
        (["--block-errors", "0"], "--block-errors"),
        (["--max-blocks", "-5"], "--max-blocks"),
        (["--target-bler", "nan"], "--target-bler nan: give a rate"),
        (["--target-bler", "-1"], "--target-bler -1.0: give a rate"),
        (["--target-bler", "1"], "--target-bler 1.0: give a rate"),
        (["--code", "none", "--code", "magic"], "--code magic: unknown"),
        (["--modulation", "qpsk", "--modulation", "9psk"], "--modulation 9psk: unknown"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    option: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["link", "--out", str(tmp_path / "out"), *option]) == 2
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == 1
    assert captured.err.startswith("linksim: ")
    assert says in captured.err
    assert list(tmp_path.iterdir()) == []


def test_resuming_with_other_options_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["link", "--snr", "0,1", "--code", "none", "--out", str(tmp_path / "out"), *FAST]
    with monkeypatch.context() as patched:
        patched.setattr("linksim.experiments.links.results.LinkResults.save", _interrupted)
        assert run(arguments) == 130
    assert run([*arguments, "--resume", "--seed", "1"]) == 2
    assert "--resume: " in capsys.readouterr().err
    assert run([*arguments, "--resume"]) == 0


ONE_POINT = ["link", "--snr", "0", "--code", "none", *FAST]


def test_interrupted_before_its_picture_a_run_goes_on(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    arguments = [*ONE_POINT, "--out", str(out)]
    with monkeypatch.context() as patched:
        patched.setattr("linksim.experiments.links.plots.plot_link", _interrupted)
        assert run(arguments) == 130
    results = (out / "results.h5").read_bytes()
    assert run(arguments) == 2
    assert "go on with --resume" in capsys.readouterr().err
    assert run([*arguments, "--resume", "--seed", "1"]) == 2
    assert "other options: --seed 0 (now 1)" in capsys.readouterr().err
    assert run([*arguments, "--resume"]) == 0
    assert "BLER" in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {"results.h5", "curves.png"}
    assert (out / "results.h5").read_bytes() == results


def test_resuming_what_is_finished_prints_it_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert run([*ONE_POINT, "--out", str(out)]) == 0
    first = capsys.readouterr().out
    before = {path: path.stat().st_mtime_ns for path in (out, *out.iterdir())}
    assert run([*ONE_POINT, "--out", str(out), "--resume"]) == 0
    assert capsys.readouterr().out == first
    assert {path: path.stat().st_mtime_ns for path in (out, *out.iterdir())} == before
    assert run([*ONE_POINT, "--out", str(out), "--resume", "--seed", "1"]) == 2
    assert "holds results of other options: --seed 0 (now 1)" in capsys.readouterr().err


def test_a_second_run_in_the_folder_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with only_run(tmp_path):
        for more in ([], ["--resume"]):
            assert run([*ONE_POINT, "--out", str(tmp_path), *more]) == 2
            assert "another run is writing there" in capsys.readouterr().err


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt
