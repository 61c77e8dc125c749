"""Errors injected into a codec's messages: measured alike in any order, and kept in a file."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.studies.injected import Injected, InjectedConfiguration
from linksim.experiments.studies.injecting import INJECTED_FILE, inject, levels_of, parse_errors
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.sweeps.execution import LazyCrew
from linksim.experiments.sweeps.sweep import Execution

from ..configurations import sweep_configuration

CONFIGURATION = InjectedConfiguration(
    "uo_isc", "0.003,0.3", images=20, scenes="all", preset="embedded", models=None, seed=3
)


def measured(
    out: Path,
    batch: int = 64,
    stop_after: int = 1000,
    about: InjectedConfiguration = CONFIGURATION,
    workers: int = 1,
) -> Injected:
    """Inject errors; give up, as an interrupted run does, once so many pieces are done."""

    def advance(_: str, done: int, __: int) -> None:
        if done >= stop_after:
            raise KeyboardInterrupt

    common = sweep_configuration(images=about.images, seed=about.seed, codec=about.codec)
    execution = Execution(out, batch, torch.device("cpu"), 1, True, workers=workers)
    with LazyCrew(execution) as crew:
        bench = Bench(common, execution, lambda *_: None, crew)
        return inject(about, bench, out / "uo_isc", advance)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Injected, Path]:
    out = tmp_path_factory.mktemp("injected")
    return measured(out), out / "uo_isc" / INJECTED_FILE


def test_errors_are_as_many_as_were_injected(finished: tuple[Injected, Path]) -> None:
    found = finished[0]
    levels = [(kind, p) for kind, grid in levels_of("0.003,0.3").items() for p in grid]
    assert levels == list(zip(found.kind, found.probability, strict=True))
    rates = {"index": found.curve("index_error_rate"), "bit": found.curve("ber")}
    for place, (kind, p) in enumerate(zip(found.kind, found.probability, strict=True)):
        trials = found.costs[{"index": "indices", "bit": "bits"}[kind]].sum()
        assert rates[kind][place].value == pytest.approx(p, abs=5 * (p / trials) ** 0.5)


def test_more_errors_leave_less_meaning(finished: tuple[Injected, Path]) -> None:
    found = finished[0]
    for kind in ("index", "bit"):
        few, many = np.flatnonzero((found.kind == kind) & (found.probability > 0))
        assert found.curve("relevance")[0].value <= found.curve("relevance")[few].value * 1.05
        assert found.curve("relevance")[few].value < found.curve("relevance")[many].value / 2
        assert found.curve("psnr")[few].value > found.curve("psnr")[many].value + 3


def test_an_interrupted_run_in_other_batches_ends_in_the_same_bytes(
    finished: tuple[Injected, Path], tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        measured(tmp_path, batch=16, stop_after=3)
    assert not (tmp_path / "uo_isc" / INJECTED_FILE).exists()
    measured(tmp_path, batch=16)
    assert (tmp_path / "uo_isc" / INJECTED_FILE).read_bytes() == finished[1].read_bytes()
    assert not (tmp_path / "uo_isc" / "parts").exists()


def test_two_workers_inject_the_same_errors(
    finished: tuple[Injected, Path], tmp_path: Path
) -> None:
    found = measured(tmp_path, batch=16, workers=2)
    for name in ("index_errors", "bit_errors", "answers"):
        assert np.array_equal(found.pictures[name], finished[0].pictures[name])


def test_what_a_kill_after_the_last_write_left_is_tidied_up(
    finished: tuple[Injected, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "uo_isc"
    (folder / "parts").mkdir(parents=True)
    (folder / ".running").touch()
    (folder / INJECTED_FILE).write_bytes(finished[1].read_bytes())
    measured(tmp_path)
    assert [file.name for file in folder.iterdir()] == [INJECTED_FILE]


def test_the_file_is_as_documented_and_taken_again(finished: tuple[Injected, Path]) -> None:
    found, path = finished
    with h5py.File(path) as file:
        assert file.attrs["schema"] == "linksim.injected"
        assert file.attrs["command"].startswith("linksim study relevance-vs-errors --codec uo_isc")
        assert file["pictures/relevance"].shape == (5, 20)
        assert file["curves/relevance/value"].shape == (5,)
    again = measured(path.parent.parent)
    assert np.array_equal(again.pictures["answers"], found.pictures["answers"])
    with pytest.raises(Fault, match="uo_isc was measured with other options"):
        measured(path.parent.parent, about=replace(CONFIGURATION, errors="0.1"))


@pytest.mark.parametrize("text", ["", "many", "0", "1.5", "0.1,nan", ",".join(["0.1"] * 101)])
def test_what_is_no_probability_is_refused(text: str) -> None:
    with pytest.raises(Fault, match="--errors"):
        parse_errors(text)
