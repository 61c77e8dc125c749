"""A study's sweeps: each measured once, and compared question by question."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from linksim.experiments.configuration import SweepConfiguration
from linksim.experiments.faults import Fault
from linksim.experiments.results import SweepResults
from linksim.experiments.studies.sweeps import Bench, gain, matches
from linksim.experiments.sweep import Execution, Piece

COMMON = SweepConfiguration(
    snr="0,20",
    ebno=False,
    codec="",
    code="ldpc:rate=1/2",
    modulation="8psk",
    demapper="app",
    channel="awgn",
    coherence="1",
    csi="perfect",
    engine="native",
    images=16,
    data="scenes",
    query=None,
    questions=None,
    preset="embedded",
    models=None,
    seed=0,
    scenes="animals",
)


def results(answers: list[list[str]], wanted: list[str], snr: tuple[float, ...]) -> SweepResults:
    names = np.array([str(i) for i in range(len(wanted))])
    questions = {"text": names, "name": names, "wanted": np.array(wanted)}
    return SweepResults(
        {}, np.array(snr), np.array(snr), {"answers": np.array(answers)}, questions, {}, {}
    )


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
    with pytest.raises(Fault, match="measured with other options"):
        other.sweep(codec="jpeg2000")


def test_a_gain_is_that_of_paired_questions() -> None:
    rng = np.random.default_rng(1)
    right = rng.random((2, 1, 400)) < np.array([0.9, 0.8])[:, None, None]
    better, worse = (
        results([["yes" if ok else "no" for ok in row] for row in table], ["yes"] * 400, (20.0,))
        for table in right
    )
    found = gain(better, worse, 20.0)
    differences = right[0, 0].astype(int) - right[1, 0].astype(int)
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert found.value == pytest.approx(differences.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_different_questions_are_not_compared() -> None:
    one = results([["a", "b"]], ["a", "b"], (20.0,))
    other = replace(one, questions={**one.questions, "text": np.array(["5", "6"])})
    with pytest.raises(ValueError, match="different questions"):
        gain(one, other, 20.0)


def test_only_what_was_measured_is_looked_up() -> None:
    with pytest.raises(ValueError, match="nothing was measured at 7 dB"):
        matches(results([["a"]], ["a"], (20.0,)), 7.0)
