import itertools
import runpy
from pathlib import Path

import numpy as np
import pytest

from linksim.phy import MODULATIONS, Modulation

from . import uncoded_oracle as oracle

DOCS = Path(__file__).parents[2] / "docs"
# Points by label, typed by hand, before scaling to unit energy.
PAM4, PAM8 = [3, 1, -3, -1], [7, 5, 1, 3, -7, -5, -1, -3]
ARM = 1 + np.sqrt(3)
TYPED = {
    "bpsk": [1, -1],
    "qpsk": [1 + 1j, 1 - 1j, -1 + 1j, -1 - 1j],
    "8psk": [np.exp(1j * np.pi * k / 4) for k in (0, 1, 3, 2, 7, 6, 4, 5)],
    "8qam": [complex(i, q) for i in PAM4 for q in (1, -1)],
    "8qam-circular": [ARM, 1 + 1j, -1 + 1j, ARM * 1j, 1 - 1j, -ARM * 1j, -ARM, -1 - 1j],
    "8qam-cross": [3, 1 + 1j, 3j, -1 + 1j, -3j, 1 - 1j, -3, -1 - 1j],
    "16qam": [complex(i, q) for i in PAM4 for q in PAM4],
    "64qam": [complex(i, q) for i in PAM8 for q in PAM8],
}


@pytest.fixture(params=list(MODULATIONS))
def modulation(request: pytest.FixtureRequest) -> Modulation:
    return Modulation.named(request.param)


def distances(points: np.ndarray) -> np.ndarray:
    between = np.abs(points[:, None] - points)
    np.fill_diagonal(between, np.inf)
    return between


def test_average_energy_is_one_and_the_mean_is_zero(modulation: Modulation) -> None:
    assert np.mean(np.abs(modulation.points) ** 2) == pytest.approx(1, abs=1e-6)
    assert abs(modulation.points.mean()) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", TYPED)
def test_labels_are_where_they_were(name: str) -> None:
    points = np.array(TYPED[name])
    scale = np.sqrt(np.mean(np.abs(points) ** 2))
    assert np.allclose(Modulation.named(name).points, points / scale, atol=1e-6)


def test_all_but_two_are_gray(modulation: Modulation) -> None:
    penalty = 4 / 3 if modulation.name in ("8qam-circular", "8qam-cross") else 1
    assert modulation.gray_penalty == pytest.approx(penalty)


def test_the_minimum_distance_is_a_grids_step() -> None:
    for name, levels in (("qpsk", 2), ("16qam", 4), ("64qam", 8), ("256qam", 16)):
        step = np.sqrt(6 / (levels**2 - 1))  # Proakis, Digital Communications
        assert Modulation.named(name).minimum_distance == pytest.approx(step, rel=1e-6)


def test_peak_to_average_power_of_a_square_is_that_of_its_corner() -> None:
    assert Modulation.named("8psk").peak_to_average_power == pytest.approx(1)
    for name, levels in (("16qam", 4), ("64qam", 8), ("256qam", 16)):
        expected = 3 * (levels - 1) / (levels + 1)
        assert Modulation.named(name).peak_to_average_power == pytest.approx(expected, rel=1e-6)


# The cross is left out: its neighbours are not all equally far.
@pytest.mark.parametrize("name", sorted(set(MODULATIONS) - {"8qam-cross"}))
def test_at_high_snr_a_wrong_symbol_costs_as_many_bits_as_the_gray_penalty_says(name: str) -> None:
    modulation = Modulation.named(name)
    n0 = (modulation.minimum_distance / 8) ** 2 * 2  # neighbours are 8 σ apart
    read = oracle.awgn(modulation.points, n0, oracle.nearest_point)
    bits = oracle.bit_error_rates(read).sum() / oracle.symbol_error_rate(read)
    assert bits == pytest.approx(modulation.gray_penalty, rel=0.01)


def test_no_two_rings_of_four_are_wider_apart_than_the_circular_ones() -> None:
    widest = 0.0
    quarters = 1j ** np.arange(4)
    for ratio, angle in itertools.product(np.arange(1, 4, 0.01), np.arange(0, 46, 3)):
        rings = np.concatenate([quarters, ratio * quarters * np.exp(1j * np.pi * angle / 180)])
        widest = max(widest, distances(rings / np.sqrt((1 + ratio**2) / 2)).min())
    circular = Modulation.named("8qam-circular").minimum_distance
    assert widest <= circular < 1.01 * widest


@pytest.mark.parametrize("name", ["8psk", "8qam", "8qam-circular", "8qam-cross"])
def test_no_labelling_of_eight_points_has_fewer_bit_errors(name: str) -> None:
    read = oracle.awgn(Modulation.named(name).points, 0.1, oracle.nearest_point)
    bits = np.bitwise_count(np.bitwise_xor.outer(np.arange(8), np.arange(8)))
    # Turning over a bit of all labels changes nothing, so that one point may keep its label.
    others = np.array([(0, *rest) for rest in itertools.permutations(range(1, 8))])
    bit_errors = (bits[others[:, :, None], others[:, None, :]] * read).sum(axis=(1, 2))
    # The integral is good for four digits, in which mirrored labellings may differ.
    assert bit_errors[0] <= bit_errors.min() * (1 + 2e-4)


def test_the_page_shows_what_the_code_computes() -> None:
    script = runpy.run_path(str(DOCS / "modulations.py"))
    page = (DOCS / "modulations.md").read_text(encoding="utf-8")
    assert f"{script['BEGIN']}{script['table']()}{script['END']}" in page


@pytest.mark.parametrize(
    ("name", "snr_db"),
    [("8psk", 14.78), ("8qam", 14.42), ("8qam-circular", 13.75), ("8qam-cross", 13.78)],
)
def test_the_page_says_at_which_snr_one_bit_in_a_thousand_is_wrong(
    name: str, snr_db: float
) -> None:
    read = oracle.awgn(Modulation.named(name).points, 10 ** (-snr_db / 10), oracle.nearest_point)
    assert oracle.bit_error_rates(read).mean() == pytest.approx(1e-3, rel=0.01)
    rows = (DOCS / "modulations.md").read_text(encoding="utf-8").splitlines()
    assert any(f"`{name}`" in row and f"{snr_db} dB" in row for row in rows)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="9psk: unknown; one of bpsk, qpsk, 8psk"):
        Modulation.named("9psk")
