"""Average precision against cases worked out by hand, and against pycocotools' own totals."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.cocoeval import COCOeval

from linksim.experiments.data.truth import Truth
from linksim.experiments.results.average_precision import (
    _dataset,
    average_precision,
    match,
    precision,
)
from linksim.experiments.results.finds import Found

BOX = (10.0, 10.0, 30.0, 30.0)
AWAY = (40.0, 40.0, 60.0, 60.0)
ONE = pytest.approx((1, 1))


def truth(*things: tuple[tuple[float, ...], str]) -> Truth:
    boxes = np.array([box for box, _ in things], dtype=float).reshape(-1, 4)
    return Truth(boxes, tuple(label for _, label in things))


def found(*things: tuple[tuple[float, ...], str, float]) -> Found:
    boxes = np.array([box for box, _, _ in things], dtype=float).reshape(-1, 4)
    return Found(boxes, tuple(label for _, label, _ in things), np.array([s for *_, s in things]))


def values(truths: list[Truth], finds: list[Found]) -> tuple[float, float]:
    scores = average_precision(match(truths, finds))
    return scores["ap"].value, scores["ap50"].value


def test_all_found_exactly_is_one_and_nothing_found_is_none() -> None:
    there = [truth((BOX, "dog"), (AWAY, "cat"))]
    assert values(there, [found((BOX, "dog", 0.9), (AWAY, "cat", 0.2))]) == ONE
    assert values(there, [found()]) == (0, 0)
    assert values(there, [found((BOX, "cat", 0.9), (AWAY, "dog", 0.9))]) == (0, 0)


def test_overlap_decides_at_which_thresholds_a_box_is_right() -> None:
    wider = (10.0, 10.0, 40.0, 30.0)  # 400 of 600 pixels: 0.667, right at 0.5, 0.55, 0.6, 0.65
    ap, ap50 = values([truth((BOX, "dog"))], [found((wider, "dog", 0.9))])
    assert ap50 == pytest.approx(1)
    assert ap == pytest.approx(4 / 10)


def test_a_surer_false_find_halves_the_precision() -> None:
    finds = [found((AWAY, "dog", 0.9), (BOX, "dog", 0.5))]
    assert values([truth((BOX, "dog"))], finds)[1] == pytest.approx(0.5)
    finds = [found((AWAY, "dog", 0.4), (BOX, "dog", 0.5))]
    assert values([truth((BOX, "dog"))], finds)[1] == pytest.approx(1)


def test_half_found_reaches_half_of_the_recalls() -> None:
    there = [truth((BOX, "dog"), (AWAY, "dog"))]
    assert values(there, [found((BOX, "dog", 0.9))])[1] == pytest.approx(51 / 101)


def test_a_second_find_of_a_thing_is_false() -> None:
    there = [truth((BOX, "dog"), (AWAY, "dog"))]
    twice = [found((BOX, "dog", 0.9), (BOX, "dog", 0.8), (AWAY, "dog", 0.7))]
    # Recall up to 1/2 at precision 1 (51 of 101 levels), then up to 1 at 2/3.
    assert values(there, twice)[1] == pytest.approx((51 + 50 * 2 / 3) / 101)


def test_what_lies_in_a_crowd_counts_neither_way() -> None:
    there = [Truth(np.array([BOX, AWAY]), ("dog", "dog"), crowds=np.array([False, True]))]
    finds = [found((AWAY, "dog", 0.9), (BOX, "dog", 0.5))]
    assert values(there, finds) == ONE


def test_labels_count_alike_and_those_not_there_not_at_all() -> None:
    there = [truth((BOX, "dog")), truth((BOX, "dog")), truth((AWAY, "cat"))]
    finds = [found((BOX, "dog", 0.9)), found((BOX, "dog", 0.9)), found((AWAY, "bus", 0.9))]
    assert values(there, finds)[1] == pytest.approx(0.5)


def test_without_things_there_is_no_score() -> None:
    for there, finds in (([truth()], [found((BOX, "dog", 0.9))]), ([], [])):
        scores = average_precision(match(there, finds))
        assert all(np.isnan(scores[name].value) for name in ("ap", "ap50"))


def test_masks_are_matched_by_their_pixels() -> None:
    half = np.zeros((1, 64, 64), dtype=bool)
    half[0, 10:30, 10:20] = True
    whole = half.copy()
    whole[0, 10:30, 20:30] = True
    there = [Truth(np.array([BOX]), ("dog",), whole)]
    for mask, ap in ((whole, 1.0), (half, 0.1)):  # half overlaps by exactly 0.5
        finds = [Found(np.array([BOX]), ("dog",), np.array([0.9]), mask)]
        scores = average_precision(match(there, finds, masks=True))
        assert scores["ap"].value == pytest.approx(ap)
    with pytest.raises(ValueError, match="needs masks"):
        match([truth((BOX, "dog"))], [found((BOX, "dog", 0.9))], masks=True)


def drawn(seed: int, pictures: int = 40) -> tuple[list[Truth], list[Found]]:
    """Return random things, and finds of which some are shifted, false, double or missing."""
    rng = np.random.default_rng(seed)
    truths, finds = [], []
    for _ in range(pictures):
        things, seen = [], []
        for _ in range(rng.integers(0, 5)):
            left, top, width, height = (
                rng.uniform(0, 40, 2).tolist() + rng.uniform(5, 24, 2).tolist()
            )
            box, label = (left, top, left + width, top + height), "abc"[rng.integers(3)]
            things.append((box, label))
            for _ in range(rng.integers(0, 3)):
                moved = tuple(edge + rng.normal(0, 2) for edge in box)
                seen.append((moved, label if rng.random() < 0.8 else "a", round(rng.random(), 2)))
        truths.append(truth(*things))
        finds.append(found(*seen))
    return truths, finds


def published(truths: list[Truth], finds: list[Found]) -> list[float]:
    """Return AP and AP50 as pycocotools totals them itself."""
    labels = sorted({label for one in truths for label in one.labels})
    with contextlib.redirect_stdout(io.StringIO()):
        judge = COCOeval(_dataset(truths, labels, False), _dataset(finds, labels, False), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return [float(value) for value in judge.stats[:2]]


@pytest.mark.parametrize("seed", range(3))
def test_totals_are_those_of_pycocotools(seed: int) -> None:
    truths, finds = drawn(seed)
    assert values(truths, finds) == pytest.approx(published(truths, finds), abs=1e-12)


def test_a_pictures_weight_counts_as_so_many_of_it() -> None:
    truths, finds = drawn(7, 12)
    weights = np.random.default_rng(1).integers(0, 4, len(truths))
    repeated = [np.repeat(np.array(of, dtype=object), weights).tolist() for of in (truths, finds)]
    weighted = [precision(m, weights.astype(float)) for m in match(truths, finds)]
    wanted = published(*repeated)
    assert np.mean(weighted) == pytest.approx(wanted[0], abs=1e-12)


def test_intervals_hold_the_value_and_shrink_with_more_pictures() -> None:
    few, many = (average_precision(match(*drawn(3, size)))["ap"] for size in (20, 320))
    for estimate in (few, many):
        assert estimate.low <= estimate.value <= estimate.high
    assert many.high - many.low < 0.5 * (few.high - few.low)
    assert average_precision(match(*drawn(3, 20)))["ap"] == few


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    average_precision(match(*drawn(1, 3)))
    assert capsys.readouterr() == ("", "")


def test_truths_and_finds_must_be_of_the_same_pictures() -> None:
    with pytest.raises(ValueError, match="2 pictures were looked at, 1 have a truth"):
        match([truth()], [found(), found()])
