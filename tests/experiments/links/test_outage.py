"""Outage beside closed forms, and beside what a code makes of the same fading."""

from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats

from linksim.experiments.links.curves import curves_of
from linksim.experiments.links.outage import outage_of, outage_probability, spans_of
from linksim.experiments.links.results import Curve, load_link_results
from linksim.experiments.links.tables import link_table
from linksim.experiments.results.hdf5 import RESULTS_FILE
from linksim.phy import ChannelSpec
from linksim.phy.channel import ChannelUse

from ..configurations import link_configuration
from .test_simulation import simulate

BLOCK = link_configuration(
    snr="4:16:4",
    code=("ldpc:rate=1/2",),
    modulation=("qpsk",),
    channel="rayleigh",
    coherence="block",
    message_bits=1000,
    max_blocks=1500,
    block_errors=1500,
)


def drawn_power(channel: ChannelSpec, blocks: int) -> np.ndarray:
    """Return |h|² of blocks of one symbol, as the channel draws them."""
    gains, _, _ = ChannelUse(channel, 1, 0.0, range(blocks), 1, 1).gains()
    return np.square(np.abs(gains[:, 0]))


@pytest.mark.parametrize("name", ["rayleigh", "rician:k=0", "rician:k=4"])
def test_outage_of_one_gain_is_how_often_the_channel_draws_one_so_weak(name: str) -> None:
    channel, blocks, rate, snr_db = ChannelSpec.parse(name, "block"), 40_000, 1.5, 6.0
    power = drawn_power(channel, blocks)
    fails = int((np.log2(1 + power * 10 ** (snr_db / 10)) < rate).sum())
    expected = outage_probability(channel, snr_db, rate, 1).value
    low, high = stats.binom.ppf([1e-4, 1 - 1e-4], blocks, expected)
    assert low <= fails <= high


def test_rayleigh_outage_is_the_textbooks() -> None:
    channel = ChannelSpec.parse("rayleigh", "image")
    for snr_db in (-5.0, 0.0, 10.0, 30.0):
        found = outage_probability(channel, snr_db, 2.0, 1)
        assert found.value == pytest.approx(-np.expm1(-3 / 10 ** (snr_db / 10)))
        assert found.low == found.value == found.high


def test_outage_of_two_gains_is_the_double_integral() -> None:
    rate, snr_db = 1.0, 3.0
    snr = 10 ** (snr_db / 10)

    def weaker(first: float) -> float:
        """Return p(x) P(log2(1 + x SNR) + log2(1 + y SNR) < 2 R)."""
        most = (4**rate / (1 + first * snr) - 1) / snr
        return float(np.exp(-first) * -np.expm1(-max(most, 0)))

    expected, _ = integrate.quad(weaker, 0, (4**rate - 1) / snr)
    found = outage_probability(ChannelSpec.parse("rayleigh", "10"), snr_db, rate, 2)
    assert found.low < expected < found.high


def test_correlated_gains_fail_together_as_one_does() -> None:
    slow = ChannelSpec.parse("rayleigh:doppler=1e-7", "10")
    alone = outage_probability(ChannelSpec.parse("rayleigh", "block"), 5.0, 1.0, 1)
    found = outage_probability(slow, 5.0, 1.0, 8)
    apart = outage_probability(ChannelSpec.parse("rayleigh", "10"), 5.0, 1.0, 8)
    assert found.low < alone.value < found.high
    assert apart.high < alone.value / 2


def test_a_code_comes_near_outage_and_not_below(tmp_path: Path) -> None:
    results = simulate(BLOCK, tmp_path)
    (curve,) = load_link_results(tmp_path / RESULTS_FILE).curves
    outage, bler, throughput = (curve.rate(name) for name in ("outage", "bler", "throughput"))
    rate = curve.about["information_bits_per_symbol"]
    for bound, found, carried in zip(outage, bler, throughput, strict=True):
        assert bound.value <= found.high
        assert found.low <= 1.6 * bound.value  # within 2 dB
        assert carried.value == pytest.approx(rate * (1 - found.value))
    assert "outage" in link_table(results)
    assert "bits/symbol" in link_table(results)
    (drawn,) = curves_of(results).values()
    assert drawn.curve("outage") == outage


@pytest.mark.parametrize(
    ("options", "spans"),
    [
        ({}, 1),
        ({"coherence": "image"}, 1),
        ({"coherence": "250"}, 4),
        ({"coherence": "1"}, 0),  # a block meets all of the fading
        ({"channel": "awgn"}, 0),
        ({"csi": "pilot:every=16"}, 0),
        ({"rounds": 2}, 0),
    ],
)
def test_outage_is_told_where_fading_lasts(options: dict[str, object], spans: int) -> None:
    about = {
        "channel": "rayleigh",
        "coherence": "block",
        "csi": "perfect",
        "blocks_per_message": 2,
        "symbols_per_message": 2000,
        "information_bits_per_symbol": 1.0,
    }
    assert spans_of(about | options) == spans
    assert spans_of({}) == 0
    if spans == 4:
        assert 0 < outage_of(about | options, 3.0).value < 0.5


def test_curves_of_other_links_have_none() -> None:
    curve = Curve({"channel": "awgn"}, np.zeros(0), np.zeros(0), [])
    assert curve.rate("outage") == []
