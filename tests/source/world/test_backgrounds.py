"""Empty places."""

from unittest.mock import patch

import numpy as np
import pytest

from linksim.source.world import BACKGROUNDS
from linksim.source.world.backgrounds import paint_background


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_a_place_is_painted_all_over(name: str) -> None:
    """Memory is handed out full of no numbers here: none may stay."""
    with patch("numpy.empty", lambda shape, dtype=float: np.full(shape, np.nan, dtype)):
        for number in range(8):
            picture, horizon = paint_background(name, 128, np.random.default_rng(number))
            assert np.isfinite(picture).all()
            assert 0.25 * 128 < horizon < 0.5 * 128
            assert -0.3 < picture.min() < picture.max() < 1.3


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_no_two_places_are_alike_and_all_have_texture(name: str) -> None:
    pictures = [
        paint_background(name, 128, np.random.default_rng(number))[0] for number in range(6)
    ]
    for i, picture in enumerate(pictures):
        assert all(np.abs(picture - other).mean() > 0.004 for other in pictures[:i])
        ground = picture[90:].mean(axis=2)
        assert 0.0015 < np.abs(np.diff(ground, axis=1)).mean() < 0.08


def test_places_can_be_told_apart_by_their_colours() -> None:
    means = {
        name: np.mean(
            [paint_background(name, 128, np.random.default_rng(n))[0] for n in range(12)], axis=0
        )
        for name in BACKGROUNDS
    }
    for name, mean in means.items():
        for other, its in means.items():
            assert name == other or np.abs(mean - its).mean() > 0.03, (name, other)
