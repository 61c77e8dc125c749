"""Uncoded error rates of every modulation, by bit position and by symbol, against theory."""

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from linksim.phy import MODULATIONS, ChannelSpec, CodeSpec, Modulation, PhysicalLayer

from . import uncoded_oracle as oracle

MESSAGES, SYMBOLS = 16, 20_000  # sent at each SNR; symbols of one message
FALSE_ALARM = 1e-5  # of each comparison; about 250 are made

CHANNELS = {"awgn": oracle.awgn, "rayleigh": oracle.rayleigh}
# Es/N0 in dB where bits fail about three times in ten, once in ten and once in a thousand.
SNRS_DB = {
    "bpsk": {"awgn": (-7, 0, 6), "rayleigh": (-7, 6, 22)},
    "qpsk": {"awgn": (-5, 3, 9), "rayleigh": (-4, 9, 25)},
    "8psk": {"awgn": (1, 7, 14), "rayleigh": (1, 12, 28)},
    "8qam": {"awgn": (0, 7, 13), "rayleigh": (0, 12, 28)},
    "8qam-circular": {"awgn": (1, 7, 13), "rayleigh": (1, 12, 28)},
    "8qam-cross": {"awgn": (1, 7, 13), "rayleigh": (1, 12, 28)},
    "16qam": {"awgn": (2, 9, 16), "rayleigh": (3, 14, 30)},
    "64qam": {"awgn": (8, 14, 22), "rayleigh": (9, 19, 36)},
    "256qam": {"awgn": (14, 20, 27), "rayleigh": (15, 25, 38)},
}


def by_symbol(bits: np.ndarray, bits_per_symbol: int) -> np.ndarray:
    """Cut blocks ``[B, n]`` into the labels that their symbols carry, ``[B, symbols, bits]``."""
    return bits.reshape(len(bits), -1, bits_per_symbol)


def uncoded_errors(
    modulation: Modulation, channel: str, snr_db: float, bits: np.ndarray
) -> np.ndarray:
    """Send messages ``[B, n]`` and say which bits of each label came out wrong, ``[·, bits]``."""
    layer = PhysicalLayer(
        bits.shape[1], CodeSpec.parse("none"), modulation, ChannelSpec(channel), seed=11
    )
    received = layer.transmit(bits, snr_db, range(len(bits)))
    wrong = by_symbol(received.bits != bits, modulation.bits_per_symbol)
    return wrong.reshape(-1, modulation.bits_per_symbol)


def assert_binomial(errors: np.ndarray, trials: int, rates: np.ndarray) -> None:
    """Fail if counts this far from their expectation are rarer than a false alarm may be."""
    low, high = stats.binom.interval(1 - FALSE_ALARM, trials, rates)
    assert (low <= errors).all() and (errors <= high).all(), (errors / trials, rates)  # noqa: PT018


def test_every_modulation_is_measured() -> None:
    assert set(SNRS_DB) == set(MODULATIONS)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", SNRS_DB)
def test_uncoded_error_rates_are_what_theory_says(name: str, channel: str) -> None:
    modulation = Modulation.named(name)
    shape = (MESSAGES, SYMBOLS * modulation.bits_per_symbol)
    bits = np.random.default_rng(5).integers(0, 2, shape, dtype=np.uint8)
    for snr_db in SNRS_DB[name][channel]:
        wrong = uncoded_errors(modulation, channel, snr_db, bits)
        transitions = CHANNELS[channel](modulation.points, 10 ** (-snr_db / 10))
        # Symbols are independent: errors at one bit position are binomial, and so are symbols'.
        assert_binomial(wrong.sum(axis=0), len(wrong), oracle.bit_error_rates(transitions))
        assert_binomial(
            wrong.any(axis=1).sum(), len(wrong), np.array(oracle.symbol_error_rate(transitions))
        )
