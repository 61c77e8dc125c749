"""Text that is none: through every way out of stored results, names and questions of anybody's."""

import csv
import io
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from rich.console import Console

from linksim.experiments.calls.progress import StudyBar
from linksim.experiments.cli.main import run
from linksim.experiments.report.page.page import render
from linksim.experiments.report.picture_sheets import plot_sheet
from linksim.experiments.report.plots import save
from linksim.experiments.results.csv_lines import pictures_csv
from linksim.experiments.results.hdf5 import as_stored
from linksim.experiments.results.sweeps import load_results, save_results
from linksim.experiments.text_out import (
    align,
    csv_text,
    folded,
    note,
    page_text,
    plot_text,
    printable,
    say,
)

from .made_results import made_results

NASTY = {
    "formula of TeX": "what costs $5 or $\\frac{1}{0$?",
    "one dollar": "$",
    "escaped dollar": "a\\$b$c$",
    "terminal": "\x1b[2J\x1b]0;owned\x07 red",
    "C1 control": "\x9b31m red",
    "spreadsheet": '=HYPERLINK("http://example.org","x")',
    "plus, minus, at": "+1+1 -2 @SUM(A1)",
    "tab and formula": "\t=1+1",
    "return and formula": "\r\n=1+1",
    "full width": "＝1+1",
    "markup": "[bold]x[/bold] [/red] [link=http://example.org]y[/link]",
    "format": "{x} {0} {question} %s %(a)s",
    "bidi": "\u202etxt.exe\u2066 \u200f",
    "zero width": "a\u200bb\u2060c\ufeff",
    "lines": "one\ntwo\u2028three\x85four",
    "page": "</script><script>alert(1)</script><!-- & \"'",
    "hidden label": "_nolegend_",
    "astral": "\U0001f600 問い \U000e0041",
    "long": "why " * 120,
    "one long word": "x" * 499,
    "nul": "a\0b",
}
STEERS = ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")


@pytest.fixture(params=NASTY.values(), ids=NASTY.keys())
def nasty(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return results in which everything that can be text is nasty: a sweep of each kind."""
    texts, count = np.array(list(NASTY.values())), len(NASTY)
    pixels = np.random.default_rng(3).integers(0, 256, (3, count, 8, 8, 3), dtype=np.uint8)
    about = {"command": "linksim \x1b[2J", "versions": '{"a": "\\u001b[2J"}'}
    sweeps = {}
    for number, nasty in enumerate(NASTY.values()):
        found = made_results(number, count)
        sweeps[f"{nasty} {number}".replace("\0", "")] = replace(  # no attribute holds a NUL
            found,
            attributes=found.attributes | about,
            questions=dict.fromkeys(found.questions, texts),
            pictures=found.pictures | {"answers": np.array([texts, np.roll(texts, 1)])},
            shown={"original": pixels[0], "received": pixels[1:]},
        )
    path = tmp_path_factory.mktemp("nasty") / "results.h5"
    save_results(sweeps, path)
    return path


def steering(text: str) -> set[str]:
    return {c for c in text if c != "\n" and unicodedata.category(c) in STEERS}


def test_nothing_steers_a_terminal(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    picture = tmp_path / "out.png"
    for command in (
        ["show", str(file)],
        ["export", str(file)],
        ["export", str(file), "--pictures"],
        ["compare", str(file), "-o", str(picture)],
        ["plot", str(file), "--metric", "answer_match", "-o", str(picture)],
        ["report", str(file), "-o", str(tmp_path / "report.html")],
    ):
        assert run(command) == 0, command
        said = "".join(capsys.readouterr())
        assert said
        assert not steering(said.replace("\u200c", "").replace("\u200d", "")), command
    assert not [w for w in recwarn if "Glyph" in str(w.message)]


def test_cells_of_a_spreadsheet_are_text_and_numbers_numbers(file: Path) -> None:
    results = load_results(file)
    rows = list(csv.DictReader(io.StringIO(pictures_csv(results))))
    assert len(rows) == 2 * len(NASTY) ** 2
    for row in rows:
        for name, cell in row.items():
            number = re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")), name
    first = next(iter(results.values()))
    assert float(rows[0]["psnr"]) == first.pictures["psnr"][0, 0]
    assert rows[0]["ebno_db"] == "-2.0"


def test_a_figure_shows_the_text_itself(nasty: str, tmp_path: Path) -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label=plot_text(nasty))
    axes.set_title(plot_text(nasty))
    (label,) = axes.legend().get_texts()
    save(figure, tmp_path / "figure.png")
    assert not steering(label.get_text())
    assert label._preprocess_math(label.get_text())[1] is False
    if nasty.isprintable() and len(nasty) < 100:
        assert label.get_text().replace(r"\$", "$").strip() == nasty


def test_sheets_of_pictures_are_drawn(file: Path, tmp_path: Path) -> None:
    first = next(iter(load_results(file).values()))
    plot_sheet(first, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 10_000


def test_a_page_holds_text_alone(file: Path) -> None:
    page = render(load_results(file))
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert not any(steering(page_text(nasty)) for nasty in NASTY.values())
    assert "<script>alert" not in page


def test_notes_and_bars_show_markup_as_it_is(nasty: str) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=False, width=10_000)
    note(nasty, console)
    assert written.getvalue() == f"note: {printable(nasty)}\n"
    bar = StudyBar()
    bar._bar.console.file = io.StringIO()
    with bar:
        bar.advance(nasty, 1, 2)
        bar.note(nasty)


def test_a_refusal_is_one_plain_line(nasty: str, capsys: pytest.CaptureFixture[str]) -> None:
    for option in ("--code", "--codec", "--modulation", "--snr", "--preset", "--device"):
        assert run(["sweep", option, nasty]) == 2
        (line,) = (x for x in capsys.readouterr().err.split("\n") if x and "note:" not in x)
        assert not steering(line)


def test_bytes_that_are_no_text_are_shown_and_stored_as_escapes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    say("wrote fotos-\udcff/results.h5")
    assert capsys.readouterr().out == "wrote fotos-\\udcff/results.h5\n"
    assert as_stored(np.array(["\udcff.png", "é"])).tolist() == [b"\\udcff.png", "é".encode()]


def test_numbers_in_text_stay_numbers() -> None:
    for number in ("-5", "+3", "1e-3", "-0.25", "-.5"):
        assert csv_text(number) == number
    assert csv_text("-5 dB") == "'-5 dB"
    assert csv_text("می\u200cخواهم") == "می\u200cخواهم"


def test_any_text_comes_out_without_a_steering_character(fuzz: int) -> None:
    rng = np.random.default_rng(7)
    pool = "".join(NASTY.values()) + "\udc80\ud800$\\_{}[]"
    figure = Figure()
    drawn = figure.text(0, 0, "")
    for _ in range(200 * fuzz):
        chosen = rng.choice(list(pool), rng.integers(1, 30))
        text = "".join(chosen) + chr(int(rng.integers(0x11000)))
        assert not steering(printable(text))
        assert "\n" not in printable(text)
        assert not steering(csv_text(text)) - {"\u200c", "\u200d"}
        assert not {unicodedata.category(c) for c in page_text(text)} & {"Cc", "Cf", "Cs"}
        drawn.set_text(plot_text(text))
        assert drawn._preprocess_math(drawn.get_text())[1] is False


def test_columns_without_room_come_below_after_the_same_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    rows = [["key", *(f"{'long' * 6} {n}" for n in range(5))], ["k", *map(str, range(5))]]
    parts = folded(rows, keys=1).split("\n\n")
    assert [part.split("\n")[1].split() for part in parts] == [
        *(["k", "0", "1"], ["k", "2", "3"], ["k", "4"]),
    ]
    assert all(len(line) <= 80 for part in parts for line in part.split("\n"))
    monkeypatch.setenv("COLUMNS", "200")
    assert folded(rows, keys=1) == align(rows)


def test_a_column_that_fits_no_screen_is_shown_all_the_same() -> None:
    rows = [["key", "title"], ["k", "x" * 120]]
    assert "x" * 120 in folded(rows, keys=1)
    assert folded([["key"], ["k"]], keys=1) == align([["key"], ["k"]])
