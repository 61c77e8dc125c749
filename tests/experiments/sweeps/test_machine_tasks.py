"""Machine tasks in sweeps: what detector and classifier make of pictures as received."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from linksim.experiments.calls.sweeping import sweep
from linksim.experiments.data.samples import SceneSamples
from linksim.experiments.data.scenes import scene_truth
from linksim.experiments.faults import Fault
from linksim.experiments.machine_tasks.evaluator import load_evaluator
from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results.metrics import MACHINES, in_group
from linksim.experiments.results.sweeps import SweepResults, load_results, save_results
from linksim.source.scenes import draw_scene
from linksim.source.zoo.preset import load_preset

from ..data.coco_folder import write_coco

IMAGES = 16
TASKS = "detection,classification"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SweepResults:
    """Return a sweep of PNG, which arrives as it is, or not at all."""
    out = tmp_path_factory.mktemp("sweep")
    sweep(
        "png",
        [-10, 30],
        images=IMAGES,
        judge="none",
        machine_tasks=TASKS,
        out=out,
        device="cpu",
        progress=False,
    )
    (read,) = load_results(out / "results.h5").values()
    return read


def test_what_arrives_as_it_is_scores_as_the_originals_do(found: SweepResults) -> None:
    """The evaluators' own scores of the originals, with truths drawn anew, are the oracle."""
    samples = SceneSamples(IMAGES, 0)
    images = torch.stack([samples.sample(number, 64).image for number in range(IMAGES)])
    truths = [scene_truth(draw_scene(2**32, number)) for number in range(IMAGES)]
    cpu, preset = torch.device("cpu"), load_preset("embedded")
    scores = {}
    for task in TASKS.split(","):
        evaluator = load_evaluator(task, preset, cpu)
        scores |= evaluator.score(truths, evaluator.look(images))
    for name, of in (("ap", "ap"), ("ap50", "ap50"), ("class_accuracy", "accuracy")):
        lost, whole = found.curve(name)
        assert whole.value == pytest.approx(scores[of].value, abs=0.01)  # boxes are rounded
        assert whole.low <= whole.value <= whole.high
        assert lost.value < 0.5 * whole.value
    assert np.isnan(found.curve("mask_ap")[0].value)


def test_tables_show_what_was_measured_and_nothing_without(found: SweepResults) -> None:
    assert MACHINES in sweep_table(found)
    assert "class accuracy" in sweep_table(found)
    assert "mask AP" not in sweep_table(found)


def test_files_without_machine_tasks_know_nothing_of_them(tmp_path: Path) -> None:
    plain = sweep("png", 30, images=2, judge="none", device="cpu", progress=False)
    (one,) = plain.values()
    assert not set(in_group(MACHINES)) & set(plain.metrics)
    assert MACHINES not in sweep_table(one)
    save_results({"": one}, tmp_path / "plain.h5")
    assert b"class_accuracy" not in (tmp_path / "plain.h5").read_bytes()


NO_FINDS = ("", "{}", "[[]]", '[["dog", 1, [1, 2, 3]]]', '[["dog", NaN, [1, 2, 3, 4]]]', "[[[[[")


@pytest.mark.parametrize("text", NO_FINDS)
def test_finds_that_are_none_are_one_line(found: SweepResults, tmp_path: Path, text: str) -> None:
    file = tmp_path / "damaged.h5"
    save_results({"": found}, file)
    with h5py.File(file, "r+") as opened:
        opened["sweeps/000/pictures/detection"][1, 3] = text.encode()
    with pytest.raises(Fault, match="holds things or finds that can't be read"):
        load_results(file)


def test_what_is_not_known_is_refused_in_a_line(tmp_path: Path) -> None:
    folder = write_coco(tmp_path / "coco", "val2017")
    plain = {"images": 2, "judge": "none", "device": "cpu", "progress": False}
    with pytest.raises(Fault, match="'tracking' is none of detection, segmentation"):
        sweep("png", 30, machine_tasks="tracking", **plain)
    with pytest.raises(Fault, match="models of --preset embedded know drawn scenes alone"):
        sweep("png", 30, machine_tasks="detection", data=f"coco:{folder}", **plain)
    with pytest.raises(Fault, match="what is in the pictures must be known"):
        sweep("png", 30, machine_tasks="detection", data=folder / "val2017", **plain)


def test_photographs_of_cocos_layout_are_sent(tmp_path: Path) -> None:
    folder = write_coco(tmp_path / "coco", "val2017")
    (results,) = sweep(
        "png", 30, data=f"coco:{folder}", size="original", device="cpu", progress=False
    ).values()
    assert len(results.questions["name"]) == 4
    assert results.curve("lossless")[0].value == 1
    assert json.loads(results.attributes["configuration"])["data"] == "coco:coco"
