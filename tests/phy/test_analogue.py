import numpy as np
import pytest

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
from linksim.phy.analogue import AnalogueLayer

SYMBOLS = 3000
CHANNELS = [
    ("awgn", "1", "perfect"),
    ("rayleigh", "1", "perfect"),
    ("rayleigh", "image", "pilot:every=100"),
    ("rician:k=4", "block", "pilot:every=50"),
]


def qpsk(bits: np.ndarray) -> np.ndarray:
    """Map bits as linksim's codewords do: bit b of symbol j is bit b · (symbols) + j."""
    points = Modulation.named("qpsk").points
    labels = 2 * bits[:, :SYMBOLS].astype(int) + bits[:, SYMBOLS:]
    return points[labels].astype(np.complex64)


@pytest.mark.parametrize("channel", CHANNELS)
def test_symbols_meet_what_those_of_a_coded_frame_meet(channel: tuple[str, str, str]) -> None:
    spec = PhySpec(CodeSpec("none"), Modulation.named("qpsk"), ChannelSpec.parse(*channel))
    coded = PhysicalLayer(2 * SYMBOLS, spec, 5, "native", threads=1)
    analogue = AnalogueLayer(SYMBOLS, spec.channel, 5)
    assert analogue.symbols == coded.symbols
    bits = np.random.default_rng(0).integers(0, 2, (3, 2 * SYMBOLS), dtype=np.uint8)
    frames = (4, 0, 9)
    received = analogue.transmit(qpsk(bits), 3.0, frames)
    llr = coded.transmit(bits, 3.0, frames).llr
    # QPSK's LLRs are linear in what arrives: √2 · 2 Re(y/h') / (N0'/|h'|²), up to the sign.
    parts = np.hstack([received.values.real, received.values.imag])
    expected = np.abs(2 * np.sqrt(2) * parts / np.hstack([received.n0] * 2))
    assert np.abs(llr) == pytest.approx(expected, rel=2e-2, abs=2e-2)


def test_the_noise_has_the_variance_that_the_receiver_is_told() -> None:
    sent = np.ones((20, 5000), dtype=np.complex64)
    for text in CHANNELS:
        layer = AnalogueLayer(5000, ChannelSpec.parse(*text), 1)
        received = layer.transmit(sent, 6.0, range(20))
        weighted = np.square(np.abs(received.values - sent)) / received.n0
        # With one gain for a whole frame there are but 20 estimates.
        assert weighted.mean() == pytest.approx(1, abs=0.05), text


def test_a_frame_meets_its_own_noise_whatever_it_travels_with() -> None:
    layer = AnalogueLayer(100, ChannelSpec("rayleigh"), 2)
    sent = np.ones((3, 100), dtype=np.complex64)
    together = layer.transmit(sent, 0.0, (5, 6, 7))
    alone = layer.transmit(sent[:1], 0.0, (6,))
    assert np.array_equal(alone.values[0], together.values[1])
    assert np.array_equal(alone.n0[0], together.n0[1])


def test_more_power_than_the_snr_says_is_refused() -> None:
    layer = AnalogueLayer(10, ChannelSpec())
    for amplitude in (0.0, 2.0, np.nan):
        with pytest.raises(ValueError, match="mean energy one"):
            layer.transmit(np.full((1, 10), amplitude, dtype=np.complex64), 0.0, (0,))


def test_pilots_rarer_than_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="pilot:every=11: a picture has 10 symbols"):
        AnalogueLayer(10, ChannelSpec.parse("rayleigh", "image", "pilot:every=11"))
