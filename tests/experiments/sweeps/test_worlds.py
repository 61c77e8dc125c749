"""Sweeps of the world that a preset's models know, and results of the other one."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.data.samples import SceneSamples
from linksim.experiments.data.wide_samples import WideSceneSamples
from linksim.experiments.results.sweeps import load_results
from linksim.experiments.sweeps.setting import samples_for, source_of
from linksim.experiments.sweeps.sweep import SweepConfiguration
from linksim.source.scenes import SIDE
from linksim.source.world import ANIMALS, FAMILIES, KINDS
from linksim.source.world import SIDE as WIDE_SIDE

QUICK = "--codec jpeg --judge none --modulation 256qam --snr 40 --images 2".split()


def test_scenes_are_of_the_world_that_the_presets_models_know() -> None:
    for preset, kind, side in (
        ("embedded", SceneSamples, SIDE),
        ("wide", WideSceneSamples, WIDE_SIDE),
        ("no such preset", SceneSamples, SIDE),
    ):
        source = source_of(SweepConfiguration(preset=preset, images=3))
        samples = samples_for(source)
        assert type(samples) is kind
        assert samples.size(0) == (side, side)
        assert samples.sample(1, side).image.shape == (3, side, side)


def test_questions_of_the_wide_world_are_its_own_and_each_picture_has_another() -> None:
    samples = WideSceneSamples(40, 1)
    asked = [samples.sample(number, WIDE_SIDE) for number in range(40)]
    assert {"beside", "largest", "letter"} <= {sample.family for sample in asked} <= set(FAMILIES)
    assert all(samples.other_question(number) != asked[number].question for number in range(5))
    again = samples.sample(7, WIDE_SIDE)
    assert (again.question, again.truth) == (asked[7].question, asked[7].truth)


def test_what_is_in_a_picture_of_the_wide_world_is_known_with_its_masks() -> None:
    truth = WideSceneSamples(3, 1).truth(2, WIDE_SIDE // 2)
    assert truth.masks is not None
    for box, mask in zip(truth.boxes, truth.masks, strict=True):
        assert mask.shape == (WIDE_SIDE // 2, WIDE_SIDE // 2)
        rows, columns = np.nonzero(mask)
        seen = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        assert np.allclose(box, seen, atol=1.5)


def test_animals_alone_are_shown_and_asked_about() -> None:
    samples = WideSceneSamples(30, 1, "animals")
    others = set(KINDS) - set(ANIMALS)
    for number in range(30):
        words = samples.sample(number, WIDE_SIDE).question.strip("?").split()
        assert not others & set(words)
        assert {thing.kind for thing in samples._scene(number).things} <= set(ANIMALS)


def test_results_of_the_world_of_before_are_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preset, out = tmp_path / "mine.toml", tmp_path / "out"
    preset.write_text('base = "embedded"\n')
    sweep = ["sweep", *QUICK, "--preset", str(preset)]
    assert run([*sweep, "--out", str(out)]) == 0
    preset.write_text('base = "embedded"\nworld = "wide"\n')
    capsys.readouterr()
    assert run([*sweep, "--out", str(out), "--resume"]) == 2
    line = capsys.readouterr().err
    assert "world of the scenes (small then, wide now), drawn scenes" in line
    assert "give another folder" in line
    new = tmp_path / "new"
    assert run([*sweep, "--out", str(new)]) == 0
    (found,) = load_results(new / "results.h5").values()
    assert found.inputs["world"] == "wide"
    capsys.readouterr()
    assert run(["compare", str(out / "results.h5"), str(new / "results.h5")]) == 2
    assert "scenes of the small world and of the wide" in capsys.readouterr().err
