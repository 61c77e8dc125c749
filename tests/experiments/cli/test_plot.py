"""Figures for papers: what is in the files, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.report.paper_figures import metrics_figure, paper_style
from linksim.experiments.results.metrics import METRICS
from linksim.experiments.results.sweeps import save_results
from linksim.experiments.studies.stored import FIGURES

from ..made_results import SNR, made_up


@pytest.fixture
def file(tmp_path: Path) -> str:
    save_results({"uo_isc": made_up()}, tmp_path / "r.h5")
    return str(tmp_path / "r.h5")


def test_fonts_are_embedded_and_equal_figures_equal_bytes(file: str, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        assert run(["plot", file, "-o", str(tmp_path / name)]) == 0
    content = (tmp_path / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert content == (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize(("columns", "inches"), [("1", 3.5), ("2", 7.16)])
def test_figures_are_as_wide_as_columns(
    file: str, tmp_path: Path, columns: str, inches: float
) -> None:
    out = tmp_path / "figure"
    options = ["--columns", columns, "--metric", "psnr", "--format", "png", "-o", str(out)]
    assert run(["plot", file, *options]) == 0
    with Image.open(out) as picture:
        assert picture.width == pytest.approx(300 * inches, abs=1)


def test_panels_hold_the_curves_with_bands_and_error_rates_on_log_axes() -> None:
    sweeps = {"one": made_up(0), "two": made_up(1)}
    with paper_style():
        figure = metrics_figure(sweeps, ["ber", "answer_match", "psnr"], 2, ebno=False)
    ber, match, psnr, empty = figure.axes
    assert [axes.get_yscale() for axes in (ber, match, psnr)] == ["log", "linear", "linear"]
    assert not empty.axison
    assert all(axes.get_xlabel() == "Es/N0 (dB)" for axes in (ber, match, psnr))
    wanted = [[e.value for e in sweep.curve("psnr")] for sweep in sweeps.values()]
    assert [line.get_ydata().tolist() for line in psnr.lines] == wanted
    assert all(np.array_equal(line.get_xdata(), SNR) for line in psnr.lines)
    assert len({line.get_color() for line in psnr.lines}) == 2
    assert len({line.get_marker() for line in psnr.lines}) == 2
    assert len(psnr.collections) == 2  # bands
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "two"]


def test_ebno_moves_curves_by_what_an_information_bit_costs() -> None:
    with paper_style():
        figure = metrics_figure({"one": made_up()}, ["ber"], 1, ebno=True)
    (axes,) = figure.axes
    assert axes.get_xlabel() == "Eb/N0 (dB)"
    assert axes.lines[0].get_xdata().tolist() == made_up().ebno_db.tolist() != list(SNR)


def test_metrics_and_figures_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plot", "--list"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in (*METRICS, *FIGURES))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["-o", "x.jpg"], "-o x.jpg: ends in no format"),
        (["-o", "x.png", "--format", "pdf"], "--format pdf: but -o x.png ends in .png"),
        (["--metric", "beauty"], "--metric beauty: there is none"),
        (["--metric", "packet_loss"], "--metric packet_loss: none of these files has it"),
        (["--figure", "uo-isc-4a"], "--figure: draws a study's folder; leave out RESULTS"),
        (["--figure", "uo-isc-4a", "--ebno"], "--figure: draws a study's folder"),
        (["--from", "runs"], "--from: names the folder of --figure"),
    ],
)
def test_what_can_not_be_drawn_is_one_line(
    file: str, options: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plot", file, *options]) == 2
    line = capsys.readouterr().err
    assert problem in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("name", FIGURES)
def test_a_folder_without_the_study_names_the_command_that_fills_it(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plot", "--figure", name, "--from", str(tmp_path / "no")]) == 2
    study, figure = name.rsplit("-", 1)
    command = f"linksim study {study} --figure {figure} --out {tmp_path / 'no'}"
    assert command in capsys.readouterr().err


def test_unknown_figures_and_no_results_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plot", "--figure", "uo-isc-9"]) == 2
    assert "--figure uo-isc-9: there is none" in capsys.readouterr().err
    assert run(["plot"]) == 2
    assert "RESULTS: give a sweep's or a link's results.h5" in capsys.readouterr().err
