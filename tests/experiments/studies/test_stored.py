"""Studies from strangers, drawn again: their files choose neither code nor places."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.configuration import OtherOptions, SweepConfiguration
from linksim.experiments.results.finds import Found
from linksim.experiments.results.sweeps import save_results
from linksim.experiments.studies.rate_points import SHOWN, Point, save_point
from linksim.experiments.studies.sweeps import Bench, NotMeasured
from linksim.experiments.sweeps.sweep import RESULTS_FILE, Execution

from ..made_results import made_results

NOTHING = Found(np.zeros((0, 4)), (), np.zeros(0))
ABOUT = {"point": "p", "preset": "embedded", "images": 2, "seed": 0, "weights": "0"}
POINT = Point(
    size=np.array([9, 9]),
    psnr=np.zeros(2, np.float32),
    ssim=np.zeros(2, np.float32),
    distances={},
    found=[NOTHING, NOTHING],
    classes=["cat", "dog"],
    features=np.zeros((2, 8), np.float32),
    shown=np.zeros((SHOWN, 8, 8, 3), np.uint8),
)


def drawn(folder: Path, capsys: pytest.CaptureFixture[str], figure: str = "discover-rate-8") -> str:
    """Return the line that refuses to draw a figure."""
    plot = ["plot", "--figure", figure, "--from", str(folder), "-o", str(folder / "x.pdf")]
    assert run(plot) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


@pytest.mark.parametrize(
    "change",
    [
        {"preset": "PRESET"},
        {"preset": "paper/../PRESET"},
        {"preset": ["embedded"]},
        {"preset": {"embedded": 1}},
        {"images": 2.0},
        {"images": -2},
        {"images": True},
        {"seed": 10**30},
        {"seed": "0"},
        {"weights": None},
    ],
)
def test_a_points_file_chooses_a_preset_of_linksims_own_or_none(
    change: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('base = "embedded"')
    monkeypatch.setattr(
        "linksim.experiments.studies.discover_rate.load_judges",
        lambda *_: pytest.fail("models were loaded"),
    )
    named = {
        k: v.replace("PRESET", str(own)) if isinstance(v, str) else v for k, v in change.items()
    }
    (tmp_path / "points").mkdir()
    save_point(tmp_path / "points" / "discover-p.h5", POINT, ABOUT | named)
    assert "--from" in drawn(tmp_path, capsys)


@pytest.mark.parametrize("about", ["[]", "3", "{", '"embedded"', "null", "{}", "[" * 100_000])
def test_a_points_file_that_says_nothing_is_one_line(
    about: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "points").mkdir()
    file = tmp_path / "points" / "discover-p.h5"
    save_point(file, POINT, ABOUT)
    with h5py.File(file, "r+") as opened:
        del opened.attrs["about"]
        opened.attrs["about"] = about[:60_000]
    drawn(tmp_path, capsys)


def test_a_stored_sweep_is_read_without_the_pictures_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "linksim.experiments.sweeps.sweep.samples_for", lambda *_: pytest.fail("pictures were read")
    )
    common = SweepConfiguration(snr="0,5", images=5, data="/etc", query="what is it?")
    execution = Execution(tmp_path, 256, torch.device("cpu"), 1, resume=True)
    bench = Bench(common, execution, lambda *_: None, measures=False)
    with pytest.raises(NotMeasured) as lack:
        bench.sweep()
    folder = tmp_path / str(lack.value).split(": ")[1].removesuffix(" was not measured")
    (folder / "parts").mkdir(parents=True)  # as of a run that was killed
    results = made_results()
    attributes = results.attributes | {"configuration": common.to_json()}
    save_results({"uo_isc": replace(results, attributes=attributes)}, folder / RESULTS_FILE)
    assert len(bench.sweep().snr_db) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("snr", [0, 20]),
        ("images", "5"),
        ("ebno", 1),
        ("models", 3),
        ("__class__", "x"),
        ("seed", {}),
    ],
)
def test_options_in_a_file_are_of_their_types(name: str, value: object) -> None:
    plain = json.loads(SweepConfiguration().to_json())
    assert SweepConfiguration.read(plain) == SweepConfiguration()
    assert SweepConfiguration.read({**plain, "precision": 0}).precision == 0
    with pytest.raises(OtherOptions, match=name):
        SweepConfiguration.read({**plain, name: value})
    with pytest.raises(OtherOptions, match="no table"):
        SweepConfiguration.read([name])
