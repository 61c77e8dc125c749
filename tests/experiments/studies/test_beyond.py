"""dB gained at equal answer match, on curves whose shape is known."""

import numpy as np
import pytest
from scipy.special import expit

from linksim.experiments.results import SweepResults
from linksim.experiments.studies.beyond import CODED, CONDITIONS, gain_db, needed_db

SNR_DB = np.arange(-4.0, 13.0)


def logistic(middle_db: float, questions: int, seed: int) -> SweepResults:
    """Return answers that become right, question by question, around an SNR."""
    draws = np.random.default_rng(seed).random(questions)
    right = draws < expit(SNR_DB - middle_db)[:, None]
    answers = np.where(right, "yes", "no")
    questions_of = {"wanted": np.full(questions, "yes")}
    return SweepResults({}, SNR_DB, SNR_DB, {"answers": answers}, questions_of, {}, {})


def test_a_curve_moved_by_two_db_gains_two_db() -> None:
    plain, moved = logistic(5.0, 2000, 1), logistic(3.0, 2000, 1)
    found = gain_db(plain, moved, 0.8)
    assert found.value == pytest.approx(2.0, abs=0.05)
    assert found.low <= found.value <= found.high
    assert found.high - found.low < 0.2


def test_the_interval_of_equal_curves_holds_zero() -> None:
    hits = [gain_db(logistic(5.0, 300, s), logistic(5.0, 300, s + 50), 0.8) for s in range(12)]
    assert sum(found.low <= 0 <= found.high for found in hits) >= 9


def test_the_needed_snr_is_where_a_curve_stays_above() -> None:
    rates = np.array([0.1, 0.7, 0.5, 0.9])
    assert needed_db(np.arange(4.0), rates, 0.6) == pytest.approx(2.25)
    assert needed_db(np.arange(4.0), rates, 0.05) == 0.0
    assert np.isnan(needed_db(np.arange(4.0), rates, 0.95))


def test_every_condition_compares_with_the_plain_receiver() -> None:
    for condition in CONDITIONS:
        assert next(iter(condition.receivers)) == "plain"
        assert "all together" in condition.receivers
    assert all("protect" in CODED[name] for name in ("unequal protection", "all together"))
