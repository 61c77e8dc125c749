"""Elements: the cells of boxes, and what is left."""

import pytest
import torch

from linksim.source.discover.elements import (
    cells_of,
    coverage,
    partition,
    received_box,
    sent_box,
)


def test_cells_are_those_that_a_box_covers() -> None:
    cells = cells_of((0.25, 0.5, 0.75, 1.0), 8)
    expected = torch.zeros(8, 8, dtype=torch.bool)
    expected[4:8, 2:6] = True
    assert torch.equal(cells, expected)


def test_a_cell_counts_from_a_third_of_its_area_on() -> None:
    assert cells_of((0.0, 0.0, 0.25 / 3 * 0.99 + 0.25, 0.25), 4).sum() == 1
    assert cells_of((0.0, 0.0, 0.25 / 3 * 1.01 + 0.25, 0.25), 4).sum() == 2


def test_coverage_adds_up_to_the_box() -> None:
    box = (0.13, 0.3, 0.55, 0.81)
    covered = coverage(box, 16)
    assert covered.sum() / 16**2 == pytest.approx((0.55 - 0.13) * (0.81 - 0.3))
    assert covered.min() == 0
    assert covered.max() == 1


@pytest.mark.parametrize(
    "box",
    [(0.5, 0.5, 0.5, 0.5), (0.9, 0.9, 0.1, 0.1), (-3, -3, -2, -2), (5, 5, 9, 9), (1, 1, 1, 1)],
)
def test_every_box_has_a_cell(box: tuple[float, float, float, float]) -> None:
    assert cells_of(box, 8).sum() >= 1


def test_the_background_is_what_no_box_covers() -> None:
    parts = partition([(0.0, 0.0, 0.5, 0.5), (0.25, 0.25, 0.75, 0.75)], 8)
    assert parts.shape == (3, 8, 8)
    assert torch.equal(parts[-1], ~(parts[0] | parts[1]))
    assert (parts[0] & parts[1]).sum() == 4  # elements share what boxes share


def test_no_box_leaves_everything_to_the_background() -> None:
    assert partition([], 4).all()


@pytest.mark.parametrize("bits", [2, 6, 8, 12])
def test_a_sent_box_is_received_within_half_a_step(bits: int) -> None:
    box = (0.1, 0.234, 0.77, 0.999)
    sent = sent_box(box, bits)
    received = received_box(sent, bits)
    assert len(sent) == bits // 2
    assert received == pytest.approx(box, abs=0.5 / (2**bits - 1) + 1e-9)
    assert sent_box(received, bits) == sent  # both ends take the same cells


def test_a_box_beyond_the_picture_ends_with_it() -> None:
    assert received_box(sent_box((-1.0, -0.01, 1.01, 7.0), 6), 6) == (0, 0, 1, 1)
