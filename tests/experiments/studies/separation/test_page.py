"""The study's page: what it shows of every method, and where it looks closely."""

import numpy as np

from linksim.experiments.studies.separation.page import detail


def test_the_detail_is_where_edges_are() -> None:
    picture = np.full((400, 600, 3), 90, dtype=np.uint8)
    picture[250:330, 420:520] = np.random.default_rng(0).integers(0, 256, (80, 100, 3))
    row, column = detail(picture)
    assert row <= 250
    assert row + 192 >= 330
    assert column <= 420
    assert column + 192 >= 520


def test_small_and_plain_pictures_have_a_detail_too() -> None:
    assert detail(np.zeros((5, 900, 3), dtype=np.uint8)) == (0, 0)
    assert detail(np.full((192, 192, 3), 7, dtype=np.uint8)) == (0, 0)
