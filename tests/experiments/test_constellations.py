"""Constellations from files: read strictly, refused in a line, noticed when they change."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.constellations import modulation_of
from linksim.phy import Modulation

QPSK = "label,i,q\n00,5,5\n01,5,-5\n10,-5,5\n11,-5,-5\n"


def written(folder: Path, text: str) -> Path:
    file = folder / "points.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_of_points_is_a_modulation(tmp_path: Path) -> None:
    found = modulation_of(f"file:{written(tmp_path, QPSK)}")
    assert found.name == "points.csv"
    assert np.allclose(found.points, Modulation.named("qpsk").points)
    assert modulation_of(f"file:{tmp_path / 'points.csv'}") is found


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    header, *rows = QPSK.splitlines()
    file = written(tmp_path, "\n".join([header, *reversed(rows)]))
    assert np.allclose(modulation_of(f"file:{file}").points, Modulation.named("qpsk").points)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs a header with label,i,q"),
        ("label,i,q\n", "give all 2, 4, 8"),
        ("label,i\n0,1\n", "needs a header with label,i,q"),
        (QPSK.replace("11,-5,-5\n", ""), "its 3 labels"),
        (QPSK.replace("11", "10"), "line 5: the label 10 comes twice"),
        (QPSK.replace("11", "111"), "line 5: '111' is no label of 2 bits"),
        (QPSK.replace("01", "1"), "line 3: '1' is no label of 2 bits"),
        (QPSK.replace("01", "2"), "line 3: '2' is no label of 2 bits"),
        (QPSK.replace("01,5", "01,five"), "line 3: 'five' is no finite number"),
        (QPSK.replace("01,5", "01,nan"), "line 3: 'nan' is no finite number"),
        (QPSK.replace("01,5", "01,1e999"), "line 3: '1e999' is no finite number"),
        (QPSK.replace("01,5,-5", "01,5,5"), "two labels have the same point"),
        (QPSK.replace("5", "0"), "two labels have the same point"),
        ("label,i,q\n" + "0,1,1\n" * 20000, "larger than 65536 bytes"),
    ],
)
def test_other_files_are_refused_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    file = written(tmp_path, text)
    assert run(["link", "--modulation", f"file:{file}", "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("linksim: --modulation ")
    assert says in error
    assert len(error.splitlines()) == 1


def test_a_link_over_points_of_a_file_is_that_over_the_points(tmp_path: Path) -> None:
    from linksim.experiments.links.results import load_link_results

    file = written(tmp_path, QPSK)
    command = ["link", "--snr", "3", "--code", "none", "--max-blocks", "300", "--threads", "1"]
    given = ["--modulation", f"file:{file},qpsk", "--out", str(tmp_path / "out")]
    assert run([*command, *given]) == 0
    results = load_link_results(tmp_path / "out" / "results.h5")
    ours, named = results.curves
    assert ours.about["modulation"] == "file:points.csv"
    assert ours.rate("ber") == named.rate("ber")
    assert run([*command, *given, "--resume"]) == 0
    assert str(tmp_path) not in str(results.configuration)
