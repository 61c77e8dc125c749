"""Drawings as sprites."""

import numpy as np
import pytest

from linksim.source.world.kinds import DRAWINGS, KINDS
from linksim.source.world.sprites import PLANES, SIDES, drawn_share, extent, sprite

POSES = [(kind, pose) for kind in KINDS for pose in range(len(DRAWINGS[kind]))]


def test_every_kind_has_several_drawings() -> None:
    assert all(len(drawings) >= 2 for drawings in DRAWINGS.values())


@pytest.mark.parametrize(("kind", "pose"), POSES)
def test_a_drawing_fills_its_square_and_shows_the_things_colour(kind: str, pose: int) -> None:
    levels = sprite(kind, pose)
    assert [level.shape for level in levels] == [(side, side, PLANES) for side in SIDES]
    covered = levels[0][..., 4] >= 128
    rows, columns = np.flatnonzero(covered.any(axis=1)), np.flatnonzero(covered.any(axis=0))
    height, width = rows[-1] + 1 - rows[0], columns[-1] + 1 - columns[0]
    full = drawn_share() * SIDES[0]
    assert abs(max(height, width) - full) <= 2
    wide, high = extent(kind, pose)
    assert abs(width - wide * full) <= 2
    assert abs(height - high * full) <= 2
    assert rows[-1] >= SIDES[0] - 6  # it stands on the bottom
    own = levels[0][..., 3][covered].mean() / 255
    assert own > 0.16, "too little of it has the thing's colour"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_shapes_of_its_own(kind: str) -> None:
    """Coverage of any two drawings of different kinds differs, as they are or mirrored."""
    shapes = {key: sprite(*key)[2][..., 4] / 255 for key in POSES}
    for key in POSES:
        if key[0] != kind:
            continue
        for other, shape in shapes.items():
            if other[0] != kind:
                mirrored = shape[:, ::-1]
                nearest = min(np.abs(shapes[key] - s).mean() for s in (shape, mirrored))
                assert nearest > 0.02, (key, other)


def test_a_shape_faces_away_from_its_middle() -> None:
    """Slopes of a ball point outwards: to the right on its right, down on its lower half."""
    planes = sprite("ball", 1)[0].astype(float)
    inside = planes[..., 4] == 255
    right, down = ((planes[..., axis] - 128) / 127 for axis in (5, 6))
    rows, columns = np.indices(inside.shape) - SIDES[0] / 2
    assert np.corrcoef(right[inside], columns[inside])[0, 1] > 0.5
    assert np.corrcoef(down[inside], rows[inside])[0, 1] > 0.5
    assert np.hypot(right, down).max() <= 1.01
