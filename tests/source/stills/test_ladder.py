"""The finest rung that fits."""

import numpy as np
import pytest

from linksim.source.stills.ladder import Ladder

PICTURE = np.zeros((1, 1, 3), np.uint8)
RUNGS = 101


def size(rung: int) -> int:
    return int(4000 * 0.96**rung) + 1


@pytest.mark.parametrize("near", [None, 0, 37, 50, 100])
@pytest.mark.parametrize("most", [1, 60, 100, 1000, 3999, 5000])
def test_a_guess_changes_how_soon_a_rung_is_found_and_not_which(
    near: int | None, most: int
) -> None:
    made: list[int] = []

    def encode(_: np.ndarray, rung: int) -> bytes:
        made.append(rung)
        return b"x" * size(rung)

    found = Ladder(encode, RUNGS).best(PICTURE, b"", most, near)
    fitting = [size(rung) for rung in range(RUNGS) if size(rung) <= most]
    assert len(found) == max(fitting, default=0)
    assert len(made) == len(set(made)) <= 12


def test_a_good_guess_is_confirmed_by_the_rung_before() -> None:
    made: list[int] = []

    def encode(_: np.ndarray, rung: int) -> bytes:
        made.append(rung)
        return b"x" * size(rung)

    ladder = Ladder(encode, RUNGS)
    found = ladder.best(PICTURE, b"", size(40), 40)
    assert (len(found), made) == (size(40), [40, 39])
    assert ladder.rung(b"", found) == 40
    assert ladder.rung(b"", b"other") is None
