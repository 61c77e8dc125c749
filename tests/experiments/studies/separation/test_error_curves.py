"""Error rates that schemes are chosen by."""

from dataclasses import replace

import numpy as np
import pytest

from linksim.experiments.physical import phy_spec
from linksim.experiments.studies.separation.error_curves import (
    APART,
    ErrorCurve,
    failing,
    measured_curve,
)
from linksim.phy import ChannelSpec, PhySetup

BITS = 8000


def setup(channel: str = "awgn", coherence: str = "1") -> PhySetup:
    texts = {"code": "ldpc:rate=1/2", "modulation": "qpsk", "demapper": "app", "csi": "perfect"}
    return PhySetup(phy_spec(**texts, channel=channel, coherence=coherence, protect=""), 3)


@pytest.fixture(scope="module")
def curve() -> ErrorCurve:
    return measured_curve(setup(), BITS)


def test_a_curve_goes_from_where_all_fails_to_where_nothing_does(curve: ErrorCurve) -> None:
    assert curve.message_errors[0] == curve.messages[0]
    assert not curve.message_errors[-2:].any()
    assert 0.9 < curve.threshold_db() < 2.0  # 1 bit a symbol: 0 dB at least, and QPSK needs 0.2
    assert curve.message_rate(-5) == 1
    assert curve.message_rate(30) == pytest.approx(0.5 / (curve.messages[-1] + 1))


def test_where_few_messages_fail_more_are_sent(curve: ErrorCurve) -> None:
    few = curve.message_errors <= 0.1 * curve.messages
    assert (curve.messages[few] == 256).all()
    assert few.sum() >= 2
    assert (curve.messages[curve.message_errors > 0.5 * curve.messages] <= 32).all()


def test_what_the_curve_says_happens_on_other_noise(curve: ErrorCurve) -> None:
    layer = replace(setup(), seed=99).layer_for(BITS)
    rng = np.random.default_rng(1)
    for snr_db in (curve.threshold_db() - 0.5, curve.threshold_db() + 0.25):
        sent = rng.integers(0, 2, (64, BITS), dtype=np.uint8)
        failed = (layer.transmit(sent, snr_db).block_errors > 0).mean()
        assert failed == pytest.approx(float(curve.message_rate(snr_db)), abs=0.3)


def test_fading_of_whole_messages_is_the_mean_over_the_gain(curve: ErrorCurve) -> None:
    assert np.array_equal(measured_curve(setup("rayleigh", "image"), BITS).snr_db, curve.snr_db)
    for snr_db in (5.0, 15.0):
        outage = 1 - np.exp(-(10 ** ((curve.threshold_db() - 0.3 - snr_db) / 10)))
        found = failing(curve, ChannelSpec.parse("rayleigh", "image"), 1, snr_db)
        assert found == pytest.approx(outage, abs=0.04)
        layer = replace(setup("rayleigh", "image"), seed=5 + APART).layer_for(BITS)
        sent = np.random.default_rng(2).integers(0, 2, (256, BITS), dtype=np.uint8)
        failed = (layer.transmit(sent, snr_db).block_errors > 0).mean()
        assert found == pytest.approx(failed, abs=0.1)


def test_blocks_that_fade_by_themselves_must_all_arrive(curve: ErrorCurve) -> None:
    one, two = (failing(curve, ChannelSpec.parse("rayleigh", "block"), n, 10.0) for n in (1, 2))
    assert two == pytest.approx(1 - (1 - one) ** 2)
