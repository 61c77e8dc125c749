"""The studies of DISCOVER: rate against scores, and picture sheets, on a few scenes."""

from pathlib import Path

import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.machine_tasks.rates import Curve
from linksim.experiments.studies import discover_rate
from linksim.experiments.studies.coders import Method, coder_for
from linksim.experiments.studies.rate_points import held_out, load_point, rate_inputs
from linksim.experiments.studies.savings import rising
from linksim.source.zoo.preset import load_preset

EMBEDDED = load_preset("embedded")
METHODS = (
    Method("DISCOVER, detection only", ("discover:transmit=detection,steps=2",)),
    Method("JPEG2000", ("jpeg2000:bytes=310", "jpeg2000:bytes=1230")),
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("study")


@pytest.fixture
def few_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discover_rate, "FIGURES", {"5": METHODS})


def study(out: Path, *more: str) -> int:
    arguments = ["--figure", "5", "--images", "16", "--device", "cpu", "--out", str(out)]
    return run(["study", "discover-rate", *arguments, *more])


def test_a_figure_comes_with_its_table(
    out: Path, few_methods: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert study(out) == 0
    said = capsys.readouterr().out
    assert (out / "figure-5.png").stat().st_size > 10_000
    assert (out / "figure-5.txt").read_text().strip() in said
    rows = [line.split() for line in said.splitlines() if "JPEG2000" in line]
    assert float(rows[0][1]) < float(rows[1][1])  # bits per pixel
    assert "BD-rate (pchip)" in said


def test_what_was_measured_is_kept_and_not_taken_for_something_else(
    out: Path, few_methods: None, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {file: file.stat().st_mtime_ns for file in (out / "points").iterdir()}
    assert len(files) == 3
    assert study(out) == 0
    assert files == {file: file.stat().st_mtime_ns for file in files}
    assert study(out, "--seed", "5") == 2
    assert "measured with other options" in capsys.readouterr().err


def test_a_figure_is_drawn_again_from_what_was_measured(
    out: Path, few_methods: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert study(out) == 0
    drawn, plot = tmp_path / "5.pdf", ["plot", "--figure", "discover-rate-5", "--from", str(out)]
    files = {file: file.stat().st_mtime_ns for file in out.rglob("*")}
    assert run([*plot, "-o", str(drawn)]) == 0
    assert drawn.read_bytes().startswith(b"%PDF")
    assert {file: file.stat().st_mtime_ns for file in out.rglob("*")} == files


def test_the_bytes_are_those_of_the_files(out: Path) -> None:
    file = next((out / "points").glob("jpeg2000-bytes-1230*"))
    point = "jpeg2000:bytes=1230"
    about = {"point": point, "images": 16, "seed": 0, "preset": "embedded"}
    about["inputs"] = rate_inputs(EMBEDDED, held_out(EMBEDDED, "scenes", 16, 0).images)
    stored = load_point(file, about)
    assert stored is not None
    images = held_out(EMBEDDED, "scenes", 16, 0).images
    files, _ = coder_for(point, EMBEDDED, images.device)(images)
    assert stored.size.tolist() == [len(one) for one in files]
    assert len(stored.found) == len(stored.classes) == 16


@pytest.mark.parametrize("point", ["webp:quality=50", "avif:quality=50"])
def test_standard_codecs_keep_pictures(point: str) -> None:
    images = held_out(EMBEDDED, "scenes", 2, 0).images
    files, decoded = coder_for(point, EMBEDDED, images.device)(images)
    assert decoded.shape == images.shape
    assert (decoded - images).square().mean() < 0.01
    assert all(50 < len(one) < 4000 for one in files)


def test_a_curve_keeps_what_no_cheaper_point_equals() -> None:
    curve = rising([30.0, 10.0, 20.0, 40.0], [0.5, 0.2, 0.6, 0.7])
    assert curve == Curve([10.0, 20.0, 40.0], [0.2, 0.6, 0.7])


def test_sheets_are_drawn(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--images", "2", "--device", "cpu", "--out", str(out)]
    assert run(["study", "discover-pictures", *options]) == 0
    said = capsys.readouterr().out
    for name in ("figure-4.png", "figure-7.png", "elements.png"):
        assert str(out / name) in said
        assert (out / name).stat().st_size > 10_000
