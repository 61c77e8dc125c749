import numpy as np
import pytest

from linksim.experiments.bench.scaling import Scaling, plain_sweep
from linksim.experiments.bench.scaling_report import scaling_report
from linksim.experiments.cli.main import run

MEASURED = Scaling(
    batch=64,
    tasks=8,
    start_s=20.0,
    empty_s=0.004,
    rounds={0: np.array([8.0, 16, 8]), 1: np.array([9.0, 18, 9]), 2: np.array([5.0, 10, 5])},
    apart=np.array([4.5, 9, 4.5]),
)


def test_speed_up_is_taken_within_a_round() -> None:
    assert MEASURED.speed_up(2) == pytest.approx(1.8)
    assert MEASURED.task_s() == pytest.approx(1.0)
    assert MEASURED.cost_of_one_worker() == pytest.approx(0.125)


def test_the_report_says_what_workers_gain_and_what_handing_out_costs() -> None:
    text = scaling_report(MEASURED, cores=2, load=0.5)
    assert "| 2 | 5.0 | 1.80 | 0.90 |" in text
    assert "4.00 ms of CPU time, 0.40% of that" in text
    assert "below 2% of a task with batches of 13 pictures or more" in text
    assert "one worker takes +12.5%" in text
    assert "speed-up 2.00, efficiency 1.00; more this machine has not" in text


def test_what_is_measured_is_what_a_plain_sweep_does() -> None:
    command = plain_sweep(200).command()
    assert "--codec uo_isc" in command
    assert "--images 200" in command
    assert run(["bench", "--scaling", "--codec", "uo_isc"]) == 2
