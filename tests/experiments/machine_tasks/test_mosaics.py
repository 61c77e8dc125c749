"""What mosaics tell of a question, and the threshold below which a group is not seen."""

from pathlib import Path

import numpy as np
import pytest

from linksim.experiments.data.photographs import Photograph
from linksim.experiments.machine_tasks.mosaics import ASKED, OTHER, PLAIN, Answers, lines
from linksim.experiments.machine_tasks.none_threshold import balanced, wrong

ALONE = [(str(number),) for number in range(4)]


def test_answers_are_held_against_the_originals_and_against_the_truth() -> None:
    truth, wanted = np.array(["a", "b", "c", "d"]), np.array(["a", "b", "c", "x"])
    received = {
        (0.1, PLAIN): np.array(["none", "none", "c", "x"]),
        (0.1, ASKED): np.array(["a", "b", "c", "x"]),
        (0.1, OTHER): np.array(["none", "none", "none", "d"]),
    }
    found = Answers(truth, wanted, received, {(0.1, PLAIN): 2, (0.1, ASKED): 0, (0.1, OTHER): 0})
    said = {line.partition(":")[0]: line for line in lines(found, ALONE)}
    assert said["originals"].startswith("originals: accuracy 0.750")
    assert "match 0.500" in said["0.1 plain"]
    assert "accuracy 0.250" in said["0.1 plain"]
    assert "no file fits 2 of 4" in said["0.1 plain"]
    assert "no file" not in said["0.1 asked"]
    assert "match 0.500" in said["0.1 asked less 0.1 plain"]
    assert "match 1.000" in said["0.1 asked less 0.1 another's"]
    assert "accuracy 0.500" in said["0.1 asked less 0.1 another's"]


def test_fewer_bits_behind_a_question_are_held_against_twice_as_many_without() -> None:
    names = np.array(["a", "b"])
    told = {(bpp, one): names for bpp in (0.1, 0.15, 0.2) for one in (PLAIN, ASKED, OTHER)}
    found = Answers(names, names, told, dict.fromkeys(told, 0))
    text = "\n".join(lines(found, ALONE[:2]))
    assert "0.1 asked less 0.2 plain" in text
    assert "0.15 asked less 0.2 plain" not in text


def test_the_threshold_is_where_both_errors_are_equally_frequent() -> None:
    draws = np.random.default_rng(0)
    there = np.arange(4000) < 2000
    seen = np.where(there, draws.normal(2, 1, 4000), draws.normal(0, 1, 4000))
    assert balanced(seen, there) == pytest.approx(1.0, abs=0.1)


def test_what_is_missed_and_what_is_imagined_are_counted_by_picture() -> None:
    seen = np.array([[0.9, 0.9, 0.1], [0.2, 0.1, 0.1]])
    there = np.array([[True, False, False], [True, False, False]])
    missed, imagined = wrong(seen, there, 0.5)
    assert missed.startswith("there, said none: 0.5000")
    assert missed.endswith("of 2 questions about 2 pictures")
    assert imagined.startswith("not there, said something: 0.2500")


def test_what_sets_the_threshold_is_not_what_measures() -> None:
    numbers = [number for number in range(40) if Photograph(Path(), number).measures]
    assert numbers == list(range(0, 40, 2))
