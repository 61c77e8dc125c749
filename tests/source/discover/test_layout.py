"""The map of labels and boxes that the synthesis draws from."""

import torch

from linksim.source.discover.elements import Found
from linksim.source.discover.layout import PLACES, layout

EMBEDDINGS = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
ROWS = 8


def test_nothing_found_is_an_empty_map() -> None:
    drawn = layout([], EMBEDDINGS, ROWS)
    assert drawn.shape == (2 + PLACES, ROWS, ROWS)
    assert not drawn.any()


def test_a_cell_inside_a_box_knows_label_place_and_size() -> None:
    drawn = layout([Found(1, (0.25, 0.0, 0.75, 1.0))], EMBEDDINGS, ROWS)
    inside = drawn[:, 0, 2]  # first row, first column of the box
    assert inside.tolist() == [0.5, 3.0, 1.0, -0.75, -0.875, 0.5, 1.0]
    assert not drawn[:, :, :2].any()
    assert not drawn[:, :, 6:].any()


def test_a_cell_that_a_box_covers_in_part_has_that_part() -> None:
    drawn = layout([Found(0, (0.0, 0.0, 1.5 / ROWS, 0.5 / ROWS))], EMBEDDINGS, ROWS)
    assert drawn[0, 0].tolist() == [0.5, 0.25, 0, 0, 0, 0, 0, 0]


def test_objects_that_share_cells_add_up() -> None:
    boxes = (0.0, 0.0, 0.5, 0.5), (0.25, 0.25, 1.0, 1.0)
    found = [Found(label, box) for label, box in enumerate(boxes)]
    both = layout(found, EMBEDDINGS, ROWS)
    assert torch.equal(both, sum(layout([one], EMBEDDINGS, ROWS) for one in found))


def test_a_box_turned_round_leaves_nothing_and_no_nan() -> None:
    assert not layout([Found(0, (0.9, 0.9, 0.1, 0.1))], EMBEDDINGS, ROWS).any()
