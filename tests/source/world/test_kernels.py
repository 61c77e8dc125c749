"""The compiled part of drawing, against NumPy."""

import numpy as np
import pytest

from linksim.source.world.kernels import add_clouds, add_noise, cast_shadow, expose, measure, paste
from linksim.source.world.sprites import SIDES, sprite

GREY = np.full(3, 0.5, dtype=np.float32)
UNLIT = (0.0, 0.0, 0.0)


def pasted(
    picture: np.ndarray, turn: tuple[float, float] = (1.0, 0.0), mirrored: bool = False
) -> tuple[np.ndarray, int]:
    """Paste a dog at the pixels of its sprite's second level; return its ids and their number."""
    ids = np.zeros(picture.shape[:2], dtype=np.uint8)
    planes, middle = sprite("dog", 0)[1], (32.0, 32.0)
    return ids, paste(picture, ids, 7, planes, middle, 1.0, turn, mirrored, GREY, UNLIT)


def test_a_mask_is_where_a_thing_hides_more_than_half_of_what_is_behind_it() -> None:
    black, white = (np.full((64, 64, 3), v, dtype=np.float32) for v in (0, 1))
    for turn in ((1.0, 0.0), (0.96, 0.28), (0.6, -0.8)):
        a, b = black.copy(), white.copy()
        ids, marked = pasted(a, turn)
        pasted(b, turn)
        hidden = 1 - (b - a).mean(axis=2)
        assert np.array_equal(ids == 7, hidden >= 0.5 - 1e-6)
        assert set(np.unique(ids)) == {0, 7}
        assert marked == (ids == 7).sum()


def test_a_sprite_at_its_own_scale_stays_as_it_is() -> None:
    picture = np.zeros((64, 64, 3), dtype=np.float32)
    pasted(picture)
    planes = sprite("dog", 0)[1].astype(np.float32) / 255
    shown = planes[..., :3] + planes[..., 3:4] * GREY
    fade = 1 + 0.10 * (0.5 - np.arange(64) / 64)[:, None, None]  # lighter above
    assert np.abs(picture - shown * fade)[:63, :63].max() < 0.01


def test_a_mirrored_sprite_looks_to_the_left() -> None:
    picture, other = (np.zeros((64, 64, 3), dtype=np.float32) for _ in range(2))
    pasted(picture)
    pasted(other, mirrored=True)
    assert np.abs(picture[:, 1:-1] - other[:, 1:-1][:, ::-1]).max() < 0.02
    assert np.abs(picture - other).max() > 0.2


def test_light_falls_on_what_faces_it() -> None:
    ball = sprite("ball", 2)[1]
    lit = np.zeros((64, 64, 3), dtype=np.float32)
    ids = np.zeros((64, 64), dtype=np.uint8)
    paste(lit, ids, 1, ball, (32.0, 32.0), 1.0, (1.0, 0.0), False, GREY, (0.7, 0.0, 0.4))
    left, right = lit[20:44, 4:10].mean(), lit[20:44, -10:-4].mean()
    assert right > 1.2 * left


def test_what_lies_outside_the_picture_is_cut_off() -> None:
    for middle in ((0.0, 32.0), (64.0, 64.0), (-90.0, 5.0), (300.0, 5.0)):
        picture = np.zeros((64, 64, 3), dtype=np.float32)
        ids = np.zeros((64, 64), dtype=np.uint8)
        planes = sprite("dog", 0)[0]
        marked = paste(picture, ids, 1, planes, middle, 1.0, (1.0, 0.0), False, GREY, UNLIT)
        assert marked == (ids == 1).sum()
        assert np.isfinite(picture).all()


def test_boxes_and_areas_are_those_of_numpy() -> None:
    ids = np.random.default_rng(0).integers(0, 5, (40, 30)).astype(np.uint8)
    ids[:, :4] = ids[:3] = ids[-2:] = 0
    boxes, seen = np.empty((5, 4), np.int64), np.empty(5, np.int64)
    measure(ids, boxes, seen)
    for thing in range(4):
        rows, columns = np.nonzero(ids == thing + 1)
        assert seen[thing] == len(rows)
        expected = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert boxes[thing].tolist() == expected
    assert seen[4] == 0


def test_exposure_rounds_within_limits() -> None:
    picture = np.random.default_rng(1).uniform(-0.5, 1.5, (16, 16, 3)).astype(np.float32)
    glow = np.array([1.0, 0.9, 1.1], dtype=np.float32)
    image = np.empty((16, 16, 3), dtype=np.uint8)
    expose(picture, glow, image)
    exact = (picture * glow).clip(0, 1) * 255
    assert np.abs(image - exact).max() <= 0.5001


def test_a_shadow_only_darkens_and_most_in_its_middle() -> None:
    picture = np.ones((64, 64, 3), dtype=np.float32)
    cast_shadow(picture, 32.0, 40.0, 12.0, 5.0, 0.5)
    assert picture.min() == pytest.approx(0.5, abs=0.02)
    assert np.unravel_index(picture[..., 0].argmin(), (64, 64))[0] in (39, 40)
    assert (picture[:30] == 1).all()
    assert (picture[40, :18] == 1).all()


def test_noise_is_smooth_has_mean_zero_and_follows_its_seed() -> None:
    def noise(seed: int, across: float) -> np.ndarray:
        picture = np.zeros((SIDES[0], SIDES[0], 3), dtype=np.float32)
        add_noise(picture, 10, SIDES[0], across, across, 0.0, 1.0, seed)
        assert not picture[:10].any()
        return picture[10:, :, 0]

    coarse, fine = noise(5, 16.0), noise(5, 2.0)
    assert np.array_equal(noise(5, 2.0), fine)
    assert np.abs(noise(6, 2.0) - fine).mean() > 0.1
    assert abs(fine.mean()) < 0.02
    assert np.abs(np.diff(coarse, axis=1)).mean() < 0.3 * np.abs(np.diff(fine, axis=1)).mean()
    assert np.abs(np.diff(coarse, axis=1)).max() < 0.12
    assert 0.3 < np.abs(fine).max() <= 0.5


def test_clouds_take_more_of_the_sky_the_more_they_cover() -> None:
    shares = []
    for cover in (0.0, 0.4, 0.8):
        picture = np.zeros((50, 128, 3), dtype=np.float32)
        add_clouds(picture, 40, cover, np.ones(3, dtype=np.float32), 3)
        assert not picture[40:].any()
        assert 0 <= picture.min() <= picture.max() <= 1
        shares.append(picture.mean())
    assert shares[0] < 0.02 < shares[1] < shares[2]
