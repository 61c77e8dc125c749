"""What a run reads is remembered: one that goes on reads the same, or is refused."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from linksim.experiments.cli.main import run
from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.data.inputs import file_digest, inputs_of
from linksim.experiments.data.samples import SceneSamples
from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import differing
from linksim.experiments.sweeps.setting import samples_for, source_of
from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution, Piece, run_sweep
from linksim.source.zoo.loading import model_folder
from linksim.source.zoo.preset import load_preset

from ..configurations import sweep_configuration


def draw(path: Path, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def own(tmp_path: Path) -> SweepConfiguration:
    """Return a sweep of two pictures with a questions file and a codec's own weights."""
    folder, models = tmp_path / "pictures", tmp_path / "models"
    folder.mkdir()
    for number in range(2):
        draw(folder / f"{number}.png", number)
    (tmp_path / "asked.csv").write_text("picture,question\n0.png,what?\n1.png,where?\n")
    shipped = model_folder("weights:embedded/uo_isc", load_preset("embedded"))
    shutil.copytree(shipped, models / "embedded/uo_isc")
    return sweep_configuration(
        snr="0,20",
        code="none",
        codec="uo_isc",
        data=str(folder),
        questions=str(tmp_path / "asked.csv"),
        models=str(models),
    )


def exchange_a_picture(folder: Path, _: Path) -> None:
    draw(folder / "1.png", 7)


def rename_a_picture(folder: Path, _: Path) -> None:
    (folder / "1.png").rename(folder / "2.png")
    (folder.parent / "asked.csv").write_text("picture,question\n0.png,what?\n2.png,where?\n")


def edit_the_questions(folder: Path, _: Path) -> None:
    (folder.parent / "asked.csv").write_text("picture,question\n0.png,what?\n1.png,who?\n")


def answer_a_question(folder: Path, _: Path) -> None:
    (folder.parent / "asked.csv").write_text(
        "picture,question,answer\n0.png,what?,a boat\n1.png,where?,\n"
    )


def exchange_weights(_: Path, models: Path) -> None:
    file = next((models / "embedded/uo_isc").glob("*.safetensors"))
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


EXCHANGES = [
    (exchange_a_picture, "pictures"),
    (rename_a_picture, "names of pictures"),  # in the same order, so that contents are alike
    (edit_the_questions, "questions"),
    (answer_a_question, "questions"),
    (exchange_weights, "model weights:embedded/uo_isc"),
]


@pytest.mark.parametrize(("exchange", "says"), EXCHANGES)
def test_what_is_exchanged_is_named(
    exchange: Callable[[Path, Path], None], says: str, own: SweepConfiguration, tmp_path: Path
) -> None:
    before = inputs_of(own, samples_for(source_of(own)))
    assert inputs_of(own, samples_for(source_of(own))) == before
    exchange(tmp_path / "pictures", tmp_path / "models")
    assert differing(before, inputs_of(own, samples_for(source_of(own)))) == says


def test_an_unfinished_run_is_not_gone_on_with_on_other_inputs(
    own: SweepConfiguration, tmp_path: Path
) -> None:
    def stop(_: Piece) -> None:
        raise KeyboardInterrupt

    execution = Execution(tmp_path / "out", 16, torch.device("cpu"), 1, False)
    with pytest.raises(KeyboardInterrupt):
        run_sweep(own, execution, stop)
    exchange_a_picture(tmp_path / "pictures", tmp_path)
    says = "--resume: .* begun with other contents of: pictures; put those back"
    with pytest.raises(Fault, match=says):
        run_sweep(own, replace(execution, resume=True), lambda _: None)
    draw(tmp_path / "pictures" / "1.png", 1)
    resumed = run_sweep(own, replace(execution, resume=True), lambda _: None)
    assert resumed.questions["name"].tolist() == ["0.png", "1.png"]


def test_finished_results_of_other_inputs_are_not_taken_for_these(
    own: SweepConfiguration,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "out"
    execution = Execution(out, 16, torch.device("cpu"), 1, True)
    measured = run_sweep(own, execution, lambda _: None)
    again = run_sweep(own, execution, lambda _: None)
    assert again.inputs == measured.inputs
    exchange_a_picture(tmp_path / "pictures", tmp_path)
    monkeypatch.chdir(tmp_path)  # where the command finds its folders and files
    options = own.command().split()[1:]
    assert run([*options, "--out", str(out), "--resume", "--device", "cpu"]) == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert "holds results of other contents of: pictures; give another folder" in line
    with h5py.File(out / RESULTS_FILE, "r+") as file:
        del file["sweeps/000"].attrs["inputs"]  # as older files are
    assert run_sweep(own, execution, lambda _: None).inputs == {}


def test_inputs_of_scenes_follow_what_is_drawn() -> None:
    configuration = sweep_configuration()
    seeds = [inputs_of(configuration, SceneSamples(5, seed)) for seed in (0, 0, 1)]
    assert seeds[0] == seeds[1]
    assert differing(seeds[0], seeds[2]) == "drawn scenes"


def test_only_what_codecs_use_counts() -> None:
    configuration = sweep_configuration(codec="png")
    samples = samples_for(source_of(configuration))
    named = inputs_of(configuration, samples)
    assert {"model weights:embedded/clip", "model weights:embedded/llava"} <= set(named)
    assert not [name for name in named if "uo_isc" in name or "discover" in name]
    both = inputs_of(configuration, samples, ("png", "deepjscc"))
    assert "model weights:embedded/deepjscc" in both
    json.dumps(both)


def test_large_files_are_told_apart_by_what_blocks_hold(tmp_path: Path) -> None:
    digests = set()
    for place in (0, 2**29 - 1):
        file = tmp_path / f"{place}.bin"
        with file.open("wb") as opened:
            opened.truncate(2**29)  # sparse
            opened.seek(place)
            opened.write(b"x")
        digests.add(file_digest(file))
        file.unlink()
    assert len(digests) == 2
