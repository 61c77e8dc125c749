"""Results of a link go wherever those of sweeps do."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.links.comparing import needed_snr
from linksim.experiments.links.curves import LinkCurve, curves_of
from linksim.experiments.links.results import Curve, LinkResults
from linksim.experiments.results.sweeps import save_results

from ..made_results import made_results

BLOCKS = 1000


def made_curve(code: str, wrong: list[int], snr_db: list[float]) -> Curve:
    """Return a curve of one block of 10 bits to a message, 20 of them coded, one wrong bit each."""
    texts = {"code": code, "modulation": "qpsk", "demapper": "app", "channel": "awgn"}
    texts |= {"coherence": "1", "csi": "perfect", "engine": "native"}
    sizes = {"message_bits": 10, "blocks_per_message": 1, "bits_per_message": 10}
    sizes |= {"coded_bits_per_message": 20, "symbols_per_message": 10, "seed": 0}
    about = {**texts, **sizes, "information_bits_per_symbol": 1.0}
    tallies = [Counter(_counts(n)) for n in wrong]
    axis = np.array(snr_db, dtype=float)
    return Curve(about, axis, axis, tallies)


def _counts(wrong: int) -> dict[str, int]:
    counts = {"messages": BLOCKS, "blocks": BLOCKS}
    for kind, each in (("block", 1), ("bit", 1), ("raw", 2)):
        counts |= {f"{kind}_errors": each * wrong, f"{kind}_errors_squared": each**2 * wrong}
    return counts


def made_link(*curves: Curve) -> LinkResults:
    attributes = {
        "linksim_version": "0.1.0",
        "command": "linksim link --snr 0:2",
        "versions": '{"numpy": "2"}',
        "processor": "one",
        "configuration": "{}",
    }
    return LinkResults(attributes, list(curves))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    two = [made_curve("a", [100, 10, 1], [0, 1, 2]), made_curve("b", [1000, 100, 10], [0, 1, 2])]
    made_link(*two).save(tmp_path / "results.h5")
    return tmp_path / "results.h5"


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    (tmp_path / "sweep").mkdir()
    save_results({"uo_isc": made_results()}, tmp_path / "sweep" / "results.h5")
    return tmp_path / "sweep" / "results.h5"


def test_a_link_is_exported_metric_by_metric(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "link.csv"
    assert run(["export", str(file), "-o", str(out)]) == 0
    lines = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert list(lines[0]) == [
        *("curve", "code", "modulation", "channel", "snr_db", "ebno_db"),
        *("metric", "value", "low", "high"),
    ]
    bler = {(one["curve"], one["snr_db"]): one for one in lines if one["metric"] == "bler"}
    assert float(bler["b", "1.0"]["value"]) == 0.1
    assert float(bler["b", "1.0"]["low"]) < 0.1 < float(bler["b", "1.0"]["high"])
    assert {one["metric"] for one in lines} == {"bler", "ber", "raw_ber"}


def test_a_link_has_no_pictures_to_export(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", str(file), "--pictures"]) == 2
    assert "--pictures: " in capsys.readouterr().err


def test_a_link_is_drawn_alone_and_beside_a_sweep(file: Path, sweep: Path, tmp_path: Path) -> None:
    for files, metric in (([file], "bler"), ([file, sweep], "ber")):
        out = tmp_path / f"{metric}.svg"
        command = ["plot", *map(str, files), "--metric", metric, "-o", str(out)]
        assert run(command) == 0
        assert out.stat().st_size > 1000


def test_a_page_of_a_link_has_curves_and_no_pictures(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "link.html"
    assert run(["report", str(file), "-o", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert '"cards":[]' in page
    assert "Random bits, over a or b, qpsk, awgn." in page
    assert '"name":"bler"' in page
    assert '["bits","10"]' in page


def test_a_page_of_a_sweep_and_a_link_has_both(file: Path, sweep: Path, tmp_path: Path) -> None:
    out = tmp_path / "both.html"
    assert run(["report", str(file), str(sweep), "-o", str(out)]) == 0
    page = out.read_text(encoding="utf-8")
    assert "pictures, each with a question, at every SNR and random bits" in page


def test_links_are_compared_at_a_block_error_rate(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "compare.png"
    assert run(["compare", str(file), "--bler", "0.01", "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "Es/N0 for a BLER of 0.01" in said
    (line,) = (line for line in said.splitlines() if line.strip().startswith("b "))
    assert "2 [" in line  # what it needs
    assert "-1 [" in line  # what it gains over a
    assert out.exists()


def test_sweeps_and_links_are_not_compared(
    file: Path, sweep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["compare", str(file), str(sweep)]) == 2
    assert "compare each kind by itself" in capsys.readouterr().err


def test_a_link_is_shown(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", str(file)]) == 0
    assert "linksim link --snr 0:2" in capsys.readouterr().out


def one(*wrong: int) -> LinkCurve:
    snr_db = [float(n) for n in range(len(wrong))]
    return curves_of(made_link(made_curve("a", list(wrong), snr_db)))["a"]


def test_the_needed_snr_lies_where_the_logarithm_of_the_bler_crosses() -> None:
    found = needed_snr(one(1000, 100, 1), 0.01)
    assert found.value == pytest.approx(1.5)
    assert found.low < found.value < found.high
    assert np.isnan(needed_snr(one(1000, 500), 0.01).value)  # not reached
    assert np.isnan(needed_snr(one(1, 0), 0.01).value)  # below all SNRs
    assert needed_snr(one(1000, 0), 0.01).value == 1


def test_curves_of_a_link_have_markers_of_their_own() -> None:
    from matplotlib.figure import Figure

    from linksim.experiments.report.plots import draw_methods

    links = curves_of(made_link(*(made_curve(code, [100, 10], [0, 1]) for code in "abcdefgh")))
    axes = Figure().subplots()
    draw_methods(axes, links, "bler", "BLER")
    drawn = [line for line in axes.get_lines() if not str(line.get_label()).startswith("_")]
    assert len({line.get_marker() for line in drawn}) == 8
    assert len({line.get_color() for line in drawn}) == 8


def test_a_folder_stands_for_the_results_in_it(
    file: Path, sweep: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = []
    for path in (sweep, sweep.parent):
        assert run(["show", str(path)]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    (empty := sweep.parent / "none").mkdir()
    assert run(["show", str(empty)]) == 2
    assert "Is a directory" in capsys.readouterr().err
