"""Differences and gains between sweeps whose figures are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from linksim.experiments.faults import Fault
from linksim.experiments.results.comparison import (
    check_have_ebno,
    check_same_pictures,
    common_snr,
    difference,
    figures,
    gain_db,
    match_rates,
    matches,
    needed_db,
)
from linksim.experiments.results.metrics import ANSWER_MATCH, RELEVANCE
from linksim.experiments.results.sweeps import SweepResults

from ..made_results import made_results

SNR_DB = np.arange(-4.0, 13.0)


def logistic(middle_db: float, questions: int, seed: int) -> SweepResults:
    """Return answers that become right, question by question, around an SNR."""
    draws = np.random.default_rng(seed).random(questions)
    right = draws < expit(SNR_DB - middle_db)[:, None]
    answers = np.where(right, "yes", "no")
    questions_of = {"wanted": np.full(questions, "yes")}
    shown = {"original": np.zeros((0, 8, 8, 3), np.uint8)}
    pictures = {"answers": answers, "relevance": np.zeros(right.shape)}
    return SweepResults({}, SNR_DB, SNR_DB, pictures, questions_of, shown, {})


def test_a_curve_moved_by_two_db_gains_two_db() -> None:
    plain, moved = logistic(5.0, 2000, 1), logistic(3.0, 2000, 1)
    found = gain_db(plain, moved, 0.8)
    assert found.value == pytest.approx(2.0, abs=0.05)
    assert found.low <= found.value <= found.high
    assert found.high - found.low < 0.2


def test_per_information_bit_half_the_rate_costs_three_db() -> None:
    plain, moved = logistic(5.0, 2000, 1), logistic(3.0, 2000, 1)
    moved = replace(moved, ebno_db=SNR_DB + 10 * np.log10(2))
    assert gain_db(plain, moved, 0.8, ebno=True).value == pytest.approx(2 - 3.01, abs=0.05)


def test_who_sends_no_bits_has_no_ebno() -> None:
    analogue = replace(made_results(), ebno_db=np.full(2, np.nan))
    check_have_ebno({"one": made_results()})
    with pytest.raises(Fault, match="--ebno: other sends no bits"):
        check_have_ebno({"one": made_results(), "other": analogue})


def test_the_interval_of_equal_curves_holds_zero() -> None:
    hits = [gain_db(logistic(5.0, 300, s), logistic(5.0, 300, s + 50), 0.8) for s in range(12)]
    assert sum(found.low <= 0 <= found.high for found in hits) >= 9


def test_the_needed_snr_is_where_a_curve_stays_above() -> None:
    rates = np.array([0.1, 0.7, 0.5, 0.9])
    assert needed_db(np.arange(4.0), rates, 0.6) == pytest.approx(2.25)
    assert needed_db(np.arange(4.0), rates, 0.05) == 0.0
    assert np.isnan(needed_db(np.arange(4.0), rates, 0.95))


def results(answers: list[list[str]], wanted: list[str], snr: tuple[float, ...]) -> SweepResults:
    names = np.array([str(i) for i in range(len(wanted))])
    questions = {"text": names, "name": names, "wanted": np.array(wanted)}
    pictures = {"answers": np.array(answers), "relevance": np.zeros(np.shape(answers))}
    shown = {"original": np.zeros((0, 8, 8, 3), np.uint8)}
    return SweepResults({}, np.array(snr), np.array(snr), pictures, questions, shown, {})


def test_a_gain_is_that_of_paired_questions() -> None:
    rng = np.random.default_rng(1)
    right = rng.random((2, 1, 400)) < np.array([0.9, 0.8])[:, None, None]
    better, worse = (
        results([["yes" if ok else "no" for ok in row] for row in table], ["yes"] * 400, (20.0,))
        for table in right
    )
    found = difference(better, worse, "answer_match", 20.0)
    differences = right[0, 0].astype(int) - right[1, 0].astype(int)
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert found.value == pytest.approx(differences.mean())
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_different_questions_are_not_compared() -> None:
    one = results([["a", "b"]], ["a", "b"], (20.0,))
    other = replace(one, questions={**one.questions, "text": np.array(["5", "6"])})
    with pytest.raises(ValueError, match="different questions"):
        difference(one, other, "answer_match", 20.0)


def test_only_what_was_measured_is_looked_up() -> None:
    with pytest.raises(ValueError, match="nothing was measured at 7 dB"):
        matches(results([["a"]], ["a"], (20.0,)), 7.0)


def test_a_gain_that_is_not_reached_is_unknown() -> None:
    plain = logistic(5.0, 100, 1)
    never = replace(plain, pictures=plain.pictures | {"answers": np.full((len(SNR_DB), 100), "no")})
    found = gain_db(plain, never, 0.8)
    assert np.isnan([found.value, found.low, found.high]).all()


def test_pictures_that_were_not_measured_count_for_nothing() -> None:
    full = logistic(5.0, 200, 1)
    counted = np.full(len(SNR_DB), 200)
    counted[3] = 50
    some = replace(full, counted=counted)
    expected = (full.pictures["answers"][3, :50] == "yes").mean()
    assert match_rates(some)[3] == pytest.approx(expected)
    assert np.isnan(figures(some, "answer_match")[3, 50:]).all()
    assert match_rates(some)[4] == match_rates(full)[4]


def test_accuracy_is_of_questions_whose_truth_is_known() -> None:
    found = figures(made_results(), "accuracy")
    assert np.isnan(found[:, [2, 4]]).all()
    assert not np.isnan(found[:, [0, 1, 3]]).any()


def test_only_what_all_measured_is_common() -> None:
    one, other = made_results(), made_results(1)
    other = replace(other, snr_db=np.array([5.0, 7.5]))
    assert common_snr({"one": one, "other": other}) == [5.0]


def test_sweeps_of_other_pictures_are_named_with_what_differs() -> None:
    one, other = made_results(pictures=5), made_results(pictures=6, seed=3)
    check_same_pictures({"one": one, "again": replace(made_results(1), shown=one.shown)})
    with pytest.raises(Fault, match=r"one and other .*\(images 5 and 6\)"):
        check_same_pictures({"one": one, "other": other})
    repainted = replace(one, shown={**one.shown, "original": one.shown["original"] + 1})
    with pytest.raises(Fault, match="under the same options"):
        check_same_pictures({"one": one, "other": repainted})


def test_mosaics_that_share_photographs_are_no_independent_pictures() -> None:
    """A photograph that stands in all of a group's mosaics makes them one, or nearly."""
    one, other = (made_results(seed=1, pictures=40) for _ in range(2))
    for found in (one, other):
        shared = np.arange(40) // 8
        found.pictures["answers"][:] = np.where(shared % 2, found.questions["wanted"], "?")
        found.pictures["relevance"][:] = shared / 5
    other.pictures["answers"][:], other.pictures["relevance"][:] = "?", 0.0
    alone = [one.curve(name)[0] for name in (ANSWER_MATCH, RELEVANCE)]
    alone += [difference(one, other, name, 0.0) for name in (ANSWER_MATCH, RELEVANCE)]
    names = [f"mosaic {n}: of-{n // 8}.jpg, own-{n}.jpg" for n in range(40)]
    for found in (one, other):
        found.questions["name"] = np.array(names)
    fresh = replace(one)
    shared_ends = [fresh.curve(name)[0] for name in (ANSWER_MATCH, RELEVANCE)]
    shared_ends += [difference(one, other, name, 0.0) for name in (ANSWER_MATCH, RELEVANCE)]
    for before, now in zip(alone, shared_ends, strict=True):
        assert now.value == before.value
        assert now.high - now.low > 1.8 * (before.high - before.low)
