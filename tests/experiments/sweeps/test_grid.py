"""Grids: how lists are read, and several sweeps for real by one command into one file."""

import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.cli.sweep import command as sweep_command
from linksim.experiments.faults import Fault
from linksim.experiments.results.sweeps import load_results
from linksim.experiments.sweeps import work
from linksim.experiments.sweeps.grid import GRID, SweepGrid, options_of, split_values
from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution, Piece, run_sweep, run_sweeps
from linksim.source import load_codec

from ..configurations import sweep_configuration
from .test_measurement import CountingCodec, CountingJudge

COMMON = sweep_configuration(snr="0,20", images=4, codec="jpeg2000")
SINGLE = {name: (getattr(COMMON, name),) for name in GRID}
TWO_BY_TWO = SweepGrid(
    COMMON, SINGLE | {"codec": ("jpeg2000", "png:bits=40000"), "channel": ("awgn", "rayleigh")}
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("uo_isc,jpeg2000", ["uo_isc", "jpeg2000"]),
        ("uo_isc:no-text,tokens=40,jpeg2000", ["uo_isc:no-text,tokens=40", "jpeg2000"]),
        (
            "discover:transmit=full,rate=2,png:bits=9",
            ["discover:transmit=full,rate=2", "png:bits=9"],
        ),
        ("uo_isc:segment=8,uo_isc:segment=16", ["uo_isc:segment=8", "uo_isc:segment=16"]),
        ("uo_isc,mp3", ["uo_isc", "mp3"]),
        ("uo_isc:no-text,mp3", ["uo_isc:no-text,mp3"]),
        ("png", ["png"]),
        ("", [""]),
        ("png,", ["png", ""]),
    ],
)
def test_commas_part_values_but_not_the_options_of_one(text: str, values: list[str]) -> None:
    names = {"uo_isc", "jpeg2000", "discover", "png"}
    assert split_values(text, names.__contains__) == values


def test_labels_say_what_differs() -> None:
    assert list(SweepGrid.of(COMMON).sweeps()) == ["jpeg2000"]
    sweeps = TWO_BY_TWO.sweeps()
    assert list(sweeps) == [
        "jpeg2000, awgn",
        "jpeg2000, rayleigh",
        "png:bits=40000, awgn",
        "png:bits=40000, rayleigh",
    ]
    assert sweeps["png:bits=40000, awgn"].codec == "png:bits=40000"
    assert sweeps["jpeg2000, rayleigh"].channel == "rayleigh"


def test_a_code_that_brings_its_modulation_is_sent_by_that_alone() -> None:
    sent = {"code": ("nr:mcs=10", "ldpc:rate=1/2"), "modulation": ("qpsk", "8psk")}
    sweeps = SweepGrid(COMMON, SINGLE | sent).sweeps()
    assert list(sweeps) == ["nr:mcs=10", "ldpc:rate=1/2, qpsk", "ldpc:rate=1/2, 8psk"]
    assert sweeps["nr:mcs=10"].modulation == ""
    stored = options_of([sweep.options() for sweep in sweeps.values()])
    assert stored["modulation"] == ["qpsk", "8psk"]


@pytest.mark.parametrize("changes", [{}, {"code": ("nr:mcs=10",), "modulation": ()}])
def test_the_command_of_a_grid_gives_it_again(changes: dict[str, tuple[str, ...]]) -> None:
    grid = SweepGrid(COMMON, TWO_BY_TWO.lists | changes)
    words = shlex.split(grid.command())
    assert words[:2] == ["linksim", "sweep"]
    assert ("--modulation" in words) == bool(grid.lists["modulation"])
    context = sweep_command.make_context("sweep", words[2:])
    for name, values in grid.lists.items():
        assert context.params[name] == (values or (COMMON.modulation,))


def test_too_many_sweeps_are_refused() -> None:
    codes = tuple(f"ldpc:rate=1/2,iterations={n}" for n in range(1, 50))
    grid = SweepGrid(COMMON, SINGLE | {"code": codes, "codec": tuple(map(str, range(50)))})
    with pytest.raises(Fault, match="2450 sweeps; at most 1000"):
        grid.sweeps()


def execution(out: Path, resume: bool = False) -> Execution:
    return Execution(out, 64, torch.device("cpu"), 1, resume)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Piece]]:
    out, pieces = tmp_path_factory.mktemp("grid"), []
    run_sweeps(TWO_BY_TWO, execution(out), pieces.append)
    return out / RESULTS_FILE, pieces


def test_a_grid_is_every_combination_in_one_file(finished: tuple[Path, list[Piece]]) -> None:
    results = load_results(finished[0])
    assert list(results) == list(TWO_BY_TWO.sweeps())
    assert [piece.done for piece in finished[1]] == list(range(1, 9))
    assert {piece.total for piece in finished[1]} == {8}
    assert list(dict.fromkeys(piece.label for piece in finished[1])) == list(results)
    first = results["jpeg2000, awgn"]
    for label, found in results.items():
        assert found.configuration["codec"] == label.partition(",")[0]
        assert np.array_equal(found.questions["text"], first.questions["text"])
        assert found.attributes["command"] == TWO_BY_TWO.command()
    faded = results["jpeg2000, rayleigh"]
    assert not np.array_equal(faded.pictures["raw_errors"], first.pictures["raw_errors"])


def test_each_sweep_of_a_grid_is_as_it_would_be_alone(
    finished: tuple[Path, list[Piece]], tmp_path: Path
) -> None:
    label = "png:bits=40000, rayleigh"
    alone = run_sweep(TWO_BY_TWO.sweeps()[label], execution(tmp_path), lambda piece: None)
    found = load_results(finished[0])[label]
    for name, values in alone.pictures.items():
        assert np.array_equal(found.pictures[name], values), name
    assert found.configuration == alone.configuration


def test_an_interrupted_grid_goes_on_and_measures_nothing_again(
    finished: tuple[Path, list[Piece]], tmp_path: Path
) -> None:
    def stop(piece: Piece) -> None:
        if piece.done == 5:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_sweeps(TWO_BY_TWO, execution(out), stop)
    other = SweepGrid(COMMON, SINGLE)
    with pytest.raises(Fault, match="other options"):
        run_sweeps(other, execution(out, resume=True), lambda piece: None)
    kept = {file: file.stat().st_mtime_ns for file in (out / "parts").glob("*.npz")}
    kept_at_end: dict[Path, int] = {}

    def look(piece: Piece) -> None:
        kept_at_end.update({file: file.stat().st_mtime_ns for file in kept})

    run_sweeps(TWO_BY_TWO, execution(out, resume=True), look)
    assert kept
    assert kept_at_end == kept
    assert (out / RESULTS_FILE).read_bytes() == finished[0].read_bytes()


def test_a_codec_is_loaded_once_for_sweeps_in_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []

    def load(text: str, *others: object) -> object:
        loaded.append(text)
        return load_codec(text, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "load_codec", load)
    lists = SINGLE | {"modulation": ("qpsk", "8psk")}
    run_sweeps(SweepGrid(replace(COMMON, snr="20"), lists), execution(tmp_path), lambda piece: None)
    assert loaded == ["jpeg2000"]


def test_what_one_combination_cannot_do_is_refused_before_any_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out"), "--snr", "20", "--images", "4", "--device", "cpu"]
    assert run(["sweep", "--codec", "uo_isc,png", "--receiver", "soft", *out]) == 2
    assert "--receiver soft: png" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command_runs_a_grid_and_shows_each_sweep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ["--snr", "20", "--images", "4", "--device", "cpu", "--threads", "1"]
    options += ["--engine", "native"]
    lists = ["--codec", "jpeg2000", "--code", "ldpc:rate=1/2,iterations=8,none"]
    assert run(["sweep", *lists, *options, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    labels = ["ldpc:rate=1/2,iterations=8", "none"]
    assert list(load_results(out / RESULTS_FILE)) == labels
    for label in labels:
        assert f"{label}\n\nErrors on the link" in said
    assert {p.name for p in out.iterdir()} == {
        RESULTS_FILE,
        "curves.png",
        "pictures-000-ldpc-rate-1-2-iterations-8.png",
        "pictures-001-none.png",
    }


def test_each_picture_is_encoded_and_judged_once_for_all_links_of_a_codec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codec, judge = CountingCodec(), CountingJudge()
    monkeypatch.setattr(work, "load_codec", lambda *_: codec)
    monkeypatch.setattr(work, "_judge", lambda *_: judge)
    codes = ("none", "conv", "repetition", "turbo")
    lists = SINGLE | {"codec": ("counting",), "code": codes, "channel": ("awgn", "rayleigh")}
    grid = SweepGrid(replace(COMMON, images=20, snr="60", modulation="qpsk"), lists)
    results = run_sweeps(grid, execution(tmp_path), lambda piece: None)
    assert len(results) == 8
    assert codec.encoded == 2  # groups of pictures, over eight sweeps
    wanted = 2
    assert not any(found.pictures["index_errors"].any() for found in results.values())
    assert judge.batches == wanted + 2  # all eight received the same
    assert codec.batches == 2
