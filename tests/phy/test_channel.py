import numpy as np
import pytest
from scipy import stats

from linksim.phy import ChannelSpec
from linksim.phy.snr import ebno_db_from_snr_db, n0_from_snr_db, snr_db_from_ebno_db


def test_noise_is_circular_gaussian_of_variance_one() -> None:
    noise = ChannelSpec().noise(1, 0.0, range(4), 50_000).ravel()
    for part in (noise.real, noise.imag):
        assert stats.kstest(part * np.sqrt(2), "norm").pvalue > 1e-4
    assert abs(np.mean(noise.real * noise.imag)) < 0.005


def test_rayleigh_gain_is_exponential_with_mean_one() -> None:
    gains = ChannelSpec("rayleigh").fading(1, 0.0, range(4), 20_000).ravel()
    assert stats.kstest(np.abs(gains) ** 2, "expon").pvalue > 1e-4


@pytest.mark.parametrize(("coherence", "distinct"), [(1, 1000), (10, 100), (300, 4), (0, 1)])
def test_fading_stays_the_same_over_the_coherence_length(coherence: int, distinct: int) -> None:
    gains = ChannelSpec("rayleigh", coherence).fading(1, 0.0, [7], 1000)[0]
    assert len(np.unique(gains)) == distinct
    span = coherence or 1000
    assert np.array_equal(gains, np.repeat(gains[::span], span)[:1000])


def test_draws_depend_on_frame_snr_and_seed_alone() -> None:
    channel = ChannelSpec("rayleigh")
    together = channel.noise(3, 5.0, [0, 1, 2], 100)
    assert np.array_equal(channel.noise(3, 5.0, [2], 100)[0], together[2])
    for other in (
        channel.noise(3, 5.0, [3], 100)[0],
        channel.noise(3, 5.5, [2], 100)[0],
        channel.noise(4, 5.0, [2], 100)[0],
        channel.fading(3, 5.0, [2], 100)[0],
    ):
        assert not np.array_equal(other, together[2])


@pytest.mark.filterwarnings("error")
def test_every_snr_draws_apart_also_below_zero() -> None:
    channel, snrs_db = ChannelSpec(), [-5.0, -4.999, -0.001, 0.0, 0.001, 5.0]
    first = {complex(channel.noise(0, snr_db, [0], 1)[0, 0]) for snr_db in snrs_db}
    assert len(first) == len(snrs_db)


def test_wrong_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown; one of awgn, rayleigh"):
        ChannelSpec("rain")
    with pytest.raises(ValueError, match="coherence"):
        ChannelSpec("rayleigh", -1)


def test_snr_is_energy_over_n0() -> None:
    assert n0_from_snr_db(0) == 1
    assert n0_from_snr_db(20) == pytest.approx(0.01)


def test_eb_is_the_energy_of_an_information_bit() -> None:
    # 8-PSK at rate 1/2 carries 1.5 information bits per symbol: Eb = Es / 1.5.
    assert ebno_db_from_snr_db(10, 1.5) == pytest.approx(10 - 1.7609, abs=1e-4)
    assert snr_db_from_ebno_db(ebno_db_from_snr_db(3.3, 2.5), 2.5) == pytest.approx(3.3)
