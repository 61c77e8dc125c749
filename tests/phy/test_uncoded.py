"""Uncoded error rates of every modulation, by bit position and by symbol, against theory."""

import numpy as np
import pytest
from scipy import integrate, stats

from linksim.phy import (
    DEMAPPERS,
    MODULATIONS,
    ChannelSpec,
    CodeSpec,
    Modulation,
    PhysicalLayer,
    PhySpec,
)

from . import uncoded_oracle as oracle

MESSAGES, SYMBOLS = 16, 20_000  # sent at each SNR; symbols of one message
FALSE_ALARM = 1e-5  # of each comparison; about 500 are made

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


def by_symbol(blocks: np.ndarray, bits_per_symbol: int) -> np.ndarray:
    """Cut blocks ``[B, n]`` into the labels that their symbols carry, ``[B, symbols, bits]``.

    The interleaver of TS 38.212 5.4.2.2: bit b of symbol j is bit b · symbols + j of the block.
    """
    return blocks.reshape(len(blocks), bits_per_symbol, -1).transpose(0, 2, 1)


def uncoded_errors(
    modulation: Modulation, demapper: str, channel: str, snr_db: float, bits: np.ndarray
) -> np.ndarray:
    """Send messages ``[B, n]`` and say which bits of each label came out wrong, ``[·, bits]``."""
    spec = PhySpec(CodeSpec.parse("none"), modulation, ChannelSpec(channel), demapper)
    layer = PhysicalLayer(bits.shape[1], spec, seed=11)
    assert layer.segmentation.blocks == 1
    received = layer.transmit(bits, snr_db, range(len(bits)))
    wrong = by_symbol(received.bits != bits, modulation.bits_per_symbol)
    return wrong.reshape(-1, modulation.bits_per_symbol)


def assert_binomial(errors: np.ndarray, trials: int, rates: np.ndarray) -> None:
    """Fail if counts so far from what is expected are rarer than a false alarm may be."""
    low, high = stats.binom.interval(1 - FALSE_ALARM, trials, rates)
    assert ((low <= errors) & (errors <= high)).all(), f"{errors / trials}, not {rates}"


@pytest.mark.parametrize("demapper", DEMAPPERS)
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", MODULATIONS)
def test_uncoded_error_rates_are_what_theory_says(name: str, channel: str, demapper: str) -> None:
    modulation = Modulation.named(name)
    shape = (MESSAGES, SYMBOLS * modulation.bits_per_symbol)
    bits = np.random.default_rng(5).integers(0, 2, shape, dtype=np.uint8)
    for snr_db in SNRS_DB[name][channel]:
        wrong = uncoded_errors(modulation, demapper, channel, snr_db, bits)
        read = CHANNELS[channel](
            modulation.points, 10 ** (-snr_db / 10), oracle.RECEIVERS[demapper]
        )
        # Symbols are independent: errors at one bit position are binomial, and so are symbols'.
        assert_binomial(wrong.sum(axis=0), len(wrong), oracle.bit_error_rates(read))
        symbol_errors = wrong.any(axis=1).sum(keepdims=True)
        assert_binomial(symbol_errors, len(wrong), np.array([oracle.symbol_error_rate(read)]))


@pytest.mark.parametrize("demapper", oracle.RECEIVERS)
@pytest.mark.parametrize("snr", [1.0, 5.0, 12.0])
def test_the_oracle_knows_the_textbook(demapper: str, snr: float) -> None:
    receiver = oracle.RECEIVERS[demapper]
    bpsk, psk8 = np.array([1, -1]), np.exp(1j * np.pi * np.array([0, 1, 3, 2, 7, 6, 4, 5]) / 4)
    bpsk_rate = stats.norm.sf(np.sqrt(2 * snr))
    bpsk_faded_rate = (1 - np.sqrt(snr / (1 + snr))) / 2
    # Craig 1991: both rates of 8-PSK as one integral over the angle.
    sine = np.sin(np.pi / 8)
    psk8_rate, _ = integrate.quad(
        lambda angle: np.exp(-snr * (sine / np.sin(angle)) ** 2) / np.pi, 0, np.pi * 7 / 8
    )
    psk8_faded_rate, _ = integrate.quad(
        lambda angle: 1 / (1 + snr * (sine / np.sin(angle)) ** 2) / np.pi, 0, np.pi * 7 / 8
    )
    for points, channel, expected in (
        (bpsk, oracle.awgn, bpsk_rate),
        (bpsk, oracle.rayleigh, bpsk_faded_rate),
        (psk8, oracle.awgn, psk8_rate),
        (psk8, oracle.rayleigh, psk8_faded_rate),
    ):
        read = channel(points, 1 / snr, receiver)
        assert oracle.symbol_error_rate(read) == pytest.approx(expected, rel=1e-4)
