"""Sheets of pictures."""

import numpy as np
import pytest

from linksim.experiments.report.picture_sheets import sheet_figure

CELLS = [(np.zeros((4, 4, 3), np.uint8), title, None) for title in ("original", "3 dB")]


def test_there_is_a_column_of_questions_where_there_are_some() -> None:
    alone = sheet_figure([("", CELLS), ("", CELLS)])
    asked = sheet_figure([("", CELLS), ("which dog?", CELLS)])
    assert asked.get_size_inches()[0] == pytest.approx(alone.get_size_inches()[0] * 3 / 2)
    lefts = [min(image.get_extent()[0] for image in f.axes[0].images) for f in (alone, asked)]
    assert 0 < lefts[0] < 0.1 < 1.7 < lefts[1]


def test_large_pictures_are_drawn_as_small_as_a_sheet_shows_them() -> None:
    large = np.kron(np.eye(2), np.ones((1000, 1500)))[..., None].repeat(3, axis=2)
    (drawn,) = sheet_figure([("", [((large * 255).astype(np.uint8), "", None)])]).axes[0].images
    shown = np.asarray(drawn.get_array())
    assert max(shown.shape) == 640
    assert shown.shape[1] / shown.shape[0] == pytest.approx(1.5, abs=0.01)
    assert (shown[10, 10, 0], shown[10, -10, 0]) == (255, 0)
    left, right, bottom, top = drawn.get_extent()
    assert (right - left) / (top - bottom) == pytest.approx(1.5, abs=0.01)
