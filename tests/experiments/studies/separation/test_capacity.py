"""Capacities against integrals and closed forms that share no code with them."""

import math

import numpy as np
import pytest
from scipy import integrate, special

from linksim.experiments.studies.separation.capacity import (
    bitwise,
    channel_capacity,
    constellation_capacity,
    shannon,
)


@pytest.mark.parametrize("snr_db", [-10.0, 0.0, 10.0, 20.0])
def test_the_ergodic_capacity_of_rayleigh_is_the_closed_form(snr_db: float) -> None:
    snr = 10 ** (snr_db / 10)
    closed = math.exp(1 / snr) * special.exp1(1 / snr) / math.log(2)
    assert channel_capacity("rayleigh", snr_db) == pytest.approx(closed, rel=2e-3)
    assert channel_capacity("awgn", snr_db) == pytest.approx(math.log2(1 + snr))


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 3.0, 6.0])
def test_two_points_carry_what_the_integral_says(snr_db: float) -> None:
    """1 − E[log2(1 + e^(−L))], L the LLR: normal of mean 4 SNR and variance 8 SNR."""
    snr = 10 ** (snr_db / 10)
    mean, deviation = 4 * snr, math.sqrt(8 * snr)

    def lost(x: float) -> float:
        density = math.exp(-(((x - mean) / deviation) ** 2) / 2) / deviation
        return density / math.sqrt(2 * math.pi) * math.log2(1 + math.exp(-x))

    found, _ = integrate.quad(lost, mean - 10 * deviation, mean + 10 * deviation)
    assert bitwise("bpsk", snr_db) == pytest.approx(1 - found, abs=2e-3)
    assert bitwise("qpsk", snr_db + 10 * math.log10(2)) == pytest.approx(2 * (1 - found), abs=4e-3)


def test_no_constellation_beats_the_channel_and_more_snr_carries_more() -> None:
    for modulation, most in (("bpsk", 1), ("16qam", 4)):
        carried = [bitwise(modulation, float(x)) for x in range(-20, 41, 2)]
        assert (np.diff(carried) >= -1e-9).all()
        assert all(c <= shannon(x) for c, x in zip(carried, range(-20, 41, 2), strict=True))
        assert carried[-1] == pytest.approx(most, abs=1e-3)
    assert constellation_capacity("awgn", ["bpsk", "16qam"], 15.0) == bitwise("16qam", 15.0)
    assert constellation_capacity("rayleigh", ["bpsk"], 5.0) < bitwise("bpsk", 5.0)
