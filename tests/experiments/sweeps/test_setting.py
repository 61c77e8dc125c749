"""A configuration is read once, and its parts go down: to the last link, and to other processes."""

import pickle
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.configuration import parse_snr
from linksim.experiments.data.vqa import read_split
from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.execution import Execution
from linksim.experiments.sweeps.grid import GRID, SweepGrid
from linksim.experiments.sweeps.setting import plan_of, plans_of, samples_for, source_of, spec_of
from linksim.experiments.sweeps.sweep import run_sweeps
from linksim.experiments.sweeps.work import known_versions
from linksim.phy import Modulation, PhySetup
from linksim.source.text_files import read_toml
from linksim.source.zoo.preset import load_preset

from ..configurations import sweep_configuration, sweep_order
from ..data.vqa_folder import write_vqa

READERS = (parse_snr, spec_of, samples_for, read_split, read_toml)


def calls(work: Callable[[], Any]) -> Counter[str]:
    """Return how often a piece of work reads text or files, whoever calls for it."""
    found, codes = Counter[str](), {read.__code__: read.__name__ for read in READERS}

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            found[codes[frame.f_code]] += 1

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


def execution(out: Path) -> Execution:
    return Execution(out, 16, torch.device("cpu"), threads=1, resume=False)


@pytest.mark.parametrize("codecs", [("jpeg2000",), ("jpeg2000", "png")])
def test_each_text_and_each_file_is_read_once(codecs: tuple[str, ...], tmp_path: Path) -> None:
    folder = write_vqa(tmp_path / "vqa", "val2014")
    common = sweep_configuration(data=f"vqa:{folder}", images=4, snr="10,30")
    codes, modulations = ("none", "conv"), ("qpsk", "16qam")
    lists = dict(zip(GRID, (codecs, codes, modulations, ("awgn",)), strict=True))
    grid = SweepGrid(common, lists)
    load_preset(common.preset)
    read = calls(lambda: run_sweeps(grid, execution(tmp_path / "out"), lambda _: None))
    links = len(codecs) * len(codes) * len(modulations)
    assert read == {"parse_snr": 1, "samples_for": 1, "read_split": 1, "spec_of": links}


def test_a_preset_is_read_once_for_a_sweep(tmp_path: Path) -> None:
    preset = tmp_path / "own.toml"
    preset.write_text('base = "embedded"\n')
    load_preset("embedded")
    sweep = ["sweep", "--codec", "png", "--code", "none", "--snr", "30", "--images", "1"]
    sweep += ["--judge", "none", "--device", "cpu", "--threads", "1", "--preset", str(preset)]
    read = calls(lambda: run([*sweep, "--out", str(tmp_path / "out")]))
    assert read["read_toml"] == 1


def test_an_order_is_the_same_in_another_process() -> None:
    points = ",".join(f"{n}" for n in range(20))
    order = sweep_order(snr=points, code="ldpc:rate=2/3", modulation="16qam", channel="rayleigh")
    sent = pickle.dumps(order)
    arrived = pickle.loads(sent)
    assert arrived == order
    assert hash(arrived) == hash(order)
    assert arrived.way.setup.spec.modulation is Modulation.named("16qam")
    assert len(sent) < 1500 + len(known_versions())  # it goes along with every task


def test_points_of_ones_own_are_one_object_in_another_process(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("label,i,q\n00,1,0\n01,0,1\n10,0,-1\n11,-2,0\n")
    spec = spec_of(sweep_configuration(modulation=f"file:{file}"))
    first, second = (pickle.loads(pickle.dumps(PhySetup(spec))) for _ in range(2))
    assert first == second
    modulation = first.spec.modulation
    assert modulation.points.tolist() == spec.modulation.points.tolist()
    assert modulation.name == "points.csv"


def test_plans_of_a_grid_share_what_they_read() -> None:
    configuration = sweep_configuration(snr="1:3")
    first, second = plans_of(
        {"a": configuration, "b": replace(configuration, code="conv")}
    ).values()
    assert first.points is second.points
    assert first.points == (1.0, 2.0, 3.0)
    assert first.source is second.source
    assert first.setup.spec != second.setup.spec


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": "pictures", "scenes": "animals"}, "--scenes animals: of scenes and VQA"),
        ({"query": "what?"}, "--query: scenes and VQA bring"),
        ({"questions": "q.csv"}, "--questions: scenes and VQA bring"),
        ({"snr": "loud"}, "--snr loud"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_is_read(
    changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(Fault, match=says):
        plan_of(sweep_configuration(**changes))


def test_a_source_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    source = source_of(sweep_configuration(data=str(tmp_path / "none"), query="what?"))
    with pytest.raises(Fault, match="no such folder"):
        samples_for(source)
