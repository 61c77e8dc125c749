"""A study's sweeps: each measured once, and compared question by question."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.results.comparison import matches
from linksim.experiments.studies.sweeps import Bench
from linksim.experiments.sweeps.sweep import Execution, Piece

from ..configurations import sweep_configuration

COMMON = sweep_configuration(snr="0,20", codec="", scenes="animals")


def test_a_sweep_is_measured_once(tmp_path: Path) -> None:
    pieces: list[str] = []

    def note(name: str, _: Piece) -> None:
        pieces.append(name)

    bench = Bench(COMMON, Execution(tmp_path, 64, torch.device("cpu"), 1, True), note)
    first = bench.sweep(codec="jpeg2000")
    assert len(pieces) == 2
    again = bench.sweep(codec="jpeg2000")
    assert len(pieces) == 2
    assert np.array_equal(first.pictures["answers"], again.pictures["answers"])
    assert matches(first, 20.0).mean() > 0.8 > matches(first, 0.0).mean()
    other = replace(bench, common=replace(COMMON, seed=5))
    with pytest.raises(Fault, match=r"of other options: --seed 0 .now 5.; give another folder"):
        other.sweep(codec="jpeg2000")
