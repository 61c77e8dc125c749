import numpy as np
import pytest

from linksim.phy import MODULATIONS, Modulation


@pytest.fixture(params=list(MODULATIONS))
def modulation(request: pytest.FixtureRequest) -> Modulation:
    return Modulation.named(request.param)


def test_average_energy_is_one_and_the_mean_is_zero(modulation: Modulation) -> None:
    assert np.mean(np.abs(modulation.points) ** 2) == pytest.approx(1, abs=1e-6)
    assert abs(modulation.points.mean()) == pytest.approx(0, abs=1e-6)


def test_nearest_neighbours_differ_in_one_bit(modulation: Modulation) -> None:
    distance = np.abs(modulation.points[:, None] - modulation.points)
    np.fill_diagonal(distance, np.inf)
    nearest = np.argwhere(distance < distance.min() * 1.001)
    assert {int(a ^ b).bit_count() for a, b in nearest} == {1}


def test_shapes_are_as_named() -> None:
    assert np.allclose(np.abs(Modulation.named("8psk").points), 1)
    rectangle = Modulation.named("8qam").points
    assert len(set(np.round(rectangle.real, 5))) == 4
    assert len(set(np.round(rectangle.imag, 5))) == 2


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="9psk: unknown; one of bpsk, qpsk, 8psk"):
        Modulation.named("9psk")
