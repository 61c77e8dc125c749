"""The chain against oracles that share no code with it."""

import numpy as np
import pytest
from scipy import stats

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, snr_db_from_ebno_db

UNCODED, CODED = CodeSpec.parse("none"), CodeSpec.parse("ldpc:rate=1/2")

# Bits of each point of 8-PSK, typed by hand, from angle 0 counter-clockwise.
PSK8 = {
    np.exp(1j * np.pi * k / 4): bits
    for k, bits in enumerate(["000", "001", "011", "010", "110", "111", "101", "100"])
}


def test_bpsk_on_the_ebno_axis_is_the_textbook_q_function() -> None:
    layer = PhysicalLayer(40_000, UNCODED, Modulation.named("bpsk"), ChannelSpec(), 2)
    bits = np.random.default_rng(1).integers(0, 2, (8, 40_000), dtype=np.uint8)
    per_symbol = layer.segmentation.information_bits_per_symbol
    for ebno_db in (2.0, 5.0):
        received = layer.transmit(bits, snr_db_from_ebno_db(ebno_db, per_symbol), range(8))
        # A real constellation sees only the noise of its own dimension: N0/2.
        expected = stats.norm.sf(np.sqrt(2 * 10 ** (ebno_db / 10)))
        low, high = stats.binom.interval(1 - 1e-5, bits.size, expected)
        assert low <= received.bit_errors.sum() <= high


@pytest.fixture(scope="module")
def coded() -> PhysicalLayer:
    return PhysicalLayer(600, CODED, Modulation.named("8psk"), ChannelSpec(), 3)


@pytest.fixture(scope="module")
def messages() -> np.ndarray:
    return np.random.default_rng(9).integers(0, 2, (640, 600), dtype=np.uint8)


def test_ldpc_bler_agrees_with_plain_sionna(coded: PhysicalLayer, messages: np.ndarray) -> None:
    import tensorflow as tf
    from sionna.phy.channel import AWGN
    from sionna.phy.fec.ldpc import LDPC5GDecoder, LDPC5GEncoder
    from sionna.phy.mapping import Constellation, Demapper, Mapper

    import linksim.phy.sionna_tf  # noqa: F401  (imports TensorFlow in the right order)

    points = np.empty(8, dtype=np.complex64)
    for point, label in PSK8.items():
        points[int(label, 2)] = point
    constellation = Constellation("custom", 3, points=points)
    encoder = LDPC5GEncoder(624, 1248, num_bits_per_symbol=3)
    decoder = LDPC5GDecoder(encoder, num_iter=20)
    mapper = Mapper(constellation=constellation)
    demapper = Demapper("app", constellation=constellation)
    awgn = AWGN()

    @tf.function(jit_compile=True)
    def plain(information: object, n0: object) -> object:
        received = awgn(mapper(encoder(information)), n0)
        return decoder(demapper(received, n0))

    # Sionna's blocks make their variables when first called, which must not be inside XLA.
    plain.python_function(tf.zeros((1, 624)), tf.constant(1.0))
    for snr_db in (4.0, 4.4):
        ours = coded.transmit(messages, snr_db, range(len(messages))).block_errors.sum()
        information = np.random.default_rng(4).integers(0, 2, (640, 624)).astype(np.float32)
        decided = plain(tf.constant(information), tf.constant(10 ** (-snr_db / 10), tf.float32))
        theirs = (decided.numpy() != information).any(axis=1).sum()
        table = [[ours, len(messages) - ours], [theirs, 640 - theirs]]
        assert stats.fisher_exact(table).pvalue > 1e-3, table
        assert 0 < ours < len(messages)


def test_a_clean_channel_brings_back_every_bit(coded: PhysicalLayer, messages: np.ndarray) -> None:
    received = coded.transmit(messages, 30.0, range(len(messages)))
    assert np.array_equal(received.bits, messages)
    assert received.block_passed.all()
    assert not received.raw_errors.any()


def test_llrs_are_positive_for_ones(coded: PhysicalLayer, messages: np.ndarray) -> None:
    received = coded.transmit(messages, 30.0, range(len(messages)))
    assert np.array_equal(received.llr > 0, messages == 1)


def test_a_failed_crc_marks_the_wrong_blocks(coded: PhysicalLayer, messages: np.ndarray) -> None:
    received = coded.transmit(messages, 4.2, range(len(messages)))
    wrong = (received.bits != messages).any(axis=1)
    assert np.array_equal(received.block_errors == 1, wrong)
    assert not received.block_passed[wrong].any()
    assert received.block_passed.any()


def test_a_message_meets_the_same_fate_in_any_company(
    coded: PhysicalLayer, messages: np.ndarray
) -> None:
    together = coded.transmit(messages[:150], 4.2, range(150))
    alone = coded.transmit(messages[149:150], 4.2, [149])
    split = coded.transmit(messages[37:101], 4.2, range(37, 101))
    assert np.array_equal(alone.llr[0], together.llr[149])
    assert np.array_equal(split.llr, together.llr[37:101])
    assert np.array_equal(split.raw_errors, together.raw_errors[37:101])


def test_long_messages_are_segmented_and_joined() -> None:
    layer = PhysicalLayer(9001, CODED, Modulation.named("16qam"), ChannelSpec("rayleigh"), 0)
    bits = np.random.default_rng(2).integers(0, 2, (2, 9001), dtype=np.uint8)
    received = layer.transmit(bits, 25.0, [0, 1])
    assert received.block_passed.shape == (2, 2)
    assert np.array_equal(received.bits, bits)
