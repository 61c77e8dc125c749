"""Sweeps whose messages are sent again, into the file and back."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.cli.main import run
from linksim.experiments.faults import Fault
from linksim.experiments.report.tables import sweep_table
from linksim.experiments.results.metrics import METRICS, Sent
from linksim.experiments.results.sweeps import SweepResults, load_results
from linksim.experiments.sweeps.setting import plan_of
from linksim.experiments.sweeps.sweep import RESULTS_FILE, run_sweep

from ..configurations import sweep_configuration
from .test_grid import execution

AGAIN = sweep_configuration(
    snr="4,30",
    images=8,
    codec="jpeg2000",
    judge="none",
    code="ldpc:rate=3/4",
    modulation="qpsk",
    channel="rayleigh",
    coherence="image",
    harq="ir:rounds=2",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> SweepResults:
    out = tmp_path_factory.mktemp("harq")
    run_sweep(AGAIN, execution(out), lambda piece: None)
    (found,) = load_results(out / RESULTS_FILE).values()
    return found


def test_a_pictures_symbols_are_those_of_its_transmissions(finished: SweepResults) -> None:
    sent, each = finished.pictures["symbols_sent"], finished.costs["symbols"]
    transmissions = sent / each
    assert set(transmissions[0]) == {1, 2}
    assert (transmissions[1] == 1).all()
    assert (finished.pictures["block_errors"][0][transmissions[0] == 1] == 0).all()
    weak, strong = finished.curve("symbols_sent")
    assert weak.value == pytest.approx(sent[0].mean())
    assert strong.value == each[0]
    assert "symbols sent" in sweep_table(finished)


def test_who_came_through_is_accepted(finished: SweepResults) -> None:
    found = finished.pictures
    assert np.array_equal(found["rounds"], found["symbols_sent"] / finished.costs["symbols"])
    assert np.array_equal(found["accepted"] == 1, found["block_errors"] == 0)
    weak, strong = finished.curve("accepted")
    assert weak.value == pytest.approx(found["accepted"][0].mean())
    assert strong.value == 1
    # Nobody answers, so that nobody knows whose answer is another.
    for name in ("goodput", "accepted_outage"):
        assert np.isnan(finished.curve(name)[0].value)


def test_goodput_is_of_pictures_that_are_accepted_and_answered_alike() -> None:
    wanted = np.array(["a"] * 8)
    sent = Sent(
        {
            "answers": np.array(["a", "b", "a", "a", "a", "a", "a", "b"]),
            "accepted": np.array([1, 1, 0, 1, 1, 1, 1, 0]),
            "symbols_sent": np.full(8, 500),
        },
        {},
        {"wanted": wanted},
        {},
    )
    assert METRICS["goodput"].estimate(sent).value == pytest.approx(5 / 4)
    assert METRICS["accepted_outage"].estimate(sent).value == pytest.approx(1 / 6)


def test_random_bits_have_no_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "--harq", "semantic", f"--out={tmp_path / 'out'}"]) == 2
    assert "of random bits none matters more; take ir or chase" in capsys.readouterr().err


def test_a_sweep_that_sends_once_knows_nothing_of_it(tmp_path: Path) -> None:
    once = sweep_configuration(snr="30", images=4, codec="jpeg2000", judge="none")
    run_sweep(once, execution(tmp_path), lambda piece: None)
    (found,) = load_results(tmp_path / RESULTS_FILE).values()
    assert "symbols_sent" not in found.pictures
    assert np.isnan(found.curve("symbols_sent")[0].value)
    assert "symbols sent" not in sweep_table(found)


def test_a_ratio_cannot_be_kept_to() -> None:
    ratio = sweep_configuration(codec="jpeg2000", harq="chase:rounds=3", cbr="1/16")
    with pytest.raises(Fault, match="--harq chase:rounds=3: symbols of a picture then vary"):
        plan_of(ratio)
