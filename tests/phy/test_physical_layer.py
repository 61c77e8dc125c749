"""The chain against oracles that share no code with it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from linksim.phy import (
    ChannelSpec,
    CodeSpec,
    Modulation,
    PhysicalLayer,
    PhySpec,
    snr_db_from_ebno_db,
)
from linksim.phy.channel import BLOCK, ChannelUse

UNCODED, CODED = CodeSpec.parse("none"), CodeSpec.parse("ldpc:rate=1/2")

# Bits of each point of 8-PSK, typed by hand, from angle 0 counter-clockwise.
PSK8 = {
    np.exp(1j * np.pi * k / 4): bits
    for k, bits in enumerate(["000", "001", "011", "010", "110", "111", "101", "100"])
}


def test_bpsk_on_the_ebno_axis_is_the_textbook_q_function() -> None:
    layer = PhysicalLayer(40_000, PhySpec(UNCODED, Modulation.named("bpsk")), 2)
    bits = np.random.default_rng(1).integers(0, 2, (8, 40_000), dtype=np.uint8)
    per_symbol = layer.information_bits_per_symbol
    for ebno_db in (2.0, 5.0):
        received = layer.transmit(bits, snr_db_from_ebno_db(ebno_db, per_symbol), range(8))
        # A real constellation sees only the noise of its own dimension: N0/2.
        expected = stats.norm.sf(np.sqrt(2 * 10 ** (ebno_db / 10)))
        low, high = stats.binom.interval(1 - 1e-5, bits.size, expected)
        assert low <= received.bit_errors.sum() <= high


@pytest.fixture(scope="module")
def coded() -> PhysicalLayer:
    return PhysicalLayer(600, PhySpec(CODED, Modulation.named("8psk")), 3)


@pytest.fixture(scope="module")
def messages() -> np.ndarray:
    return np.random.default_rng(9).integers(0, 2, (640, 600), dtype=np.uint8)


def test_ldpc_bler_agrees_with_plain_sionna(messages: np.ndarray) -> None:
    # This first: it imports TensorFlow in the right order.
    pytest.importorskip(
        "linksim.phy.sionna.tensorflow_engine", reason="needs Sionna 1.2 on TensorFlow"
    )
    import tensorflow as tf
    from sionna.phy.channel import AWGN
    from sionna.phy.fec.ldpc import LDPC5GDecoder, LDPC5GEncoder
    from sionna.phy.mapping import Constellation, Demapper, Mapper

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
    coded = PhysicalLayer(600, PhySpec(CODED, Modulation.named("8psk")), 3, engine="sionna")
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
    spec = PhySpec(CODED, Modulation.named("16qam"), ChannelSpec("rayleigh"))
    layer = PhysicalLayer(9001, spec)
    bits = np.random.default_rng(2).integers(0, 2, (2, 9001), dtype=np.uint8)
    received = layer.transmit(bits, 25.0, [0, 1])
    assert received.block_passed.shape == (2, 2)
    assert np.array_equal(received.bits, bits)


@given(st.sampled_from(["ldpc", "repetition:crc=16", "none:crc=24"]), st.integers(1, 20_000))
@settings(max_examples=20)
def test_a_message_of_any_length_comes_through_a_clean_channel(code: str, length: int) -> None:
    layer = PhysicalLayer(length, PhySpec(CodeSpec.parse(code), Modulation.named("qpsk")))
    bits = np.random.default_rng(length).integers(0, 2, (2, length), dtype=np.uint8)
    received = layer.transmit(bits, 40.0, [0, 1])
    assert np.array_equal(received.bits, bits)
    assert received.block_passed.all()


@given(st.integers(1, 300), st.integers(1, 5))
@settings(max_examples=20)
def test_counts_depend_on_neither_threads_nor_company(frames: int, threads: int) -> None:
    spec = PhySpec(CODED, Modulation.named("8psk"), ChannelSpec("rayleigh", 4))
    one = PhysicalLayer(300, spec, 5, engine="native", threads=1)
    several = PhysicalLayer(300, spec, 5, engine="native", threads=threads)
    together, alone = one.count(6.0, range(300)), several.count(6.0, range(frames))
    assert np.array_equal(together.bit_errors[:frames], alone.bit_errors)
    assert np.array_equal(together.raw_errors[:frames], alone.raw_errors)


def test_counting_is_sending_and_comparing() -> None:
    spec = PhySpec(CODED, Modulation.named("8psk"), ChannelSpec("rician", 16, pilot_every=8))
    layer = PhysicalLayer(9000, spec, 5, engine="native")
    frames = range(40)
    counts = layer.count(6.5, frames)
    plan = layer.segmentation
    use = ChannelUse(spec.channel, 5, 6.5, frames, plan.blocks, plan.block_symbols)
    payload = use.random_payload(plan.payload_bits).reshape(40, -1)
    received = layer.transmit(payload[:, :9000], 6.5, frames)
    assert counts.raw_errors.reshape(40, -1).sum(axis=1).tolist() == received.raw_errors.tolist()
    assert plan.blocks * plan.payload_bits == 9000
    assert (counts.bit_errors.reshape(40, -1) > 0).sum(axis=1).tolist() == (
        received.block_errors.tolist()
    )
    assert 0 < received.block_errors.sum() < 80


def test_pilots_are_paid_for() -> None:
    spec = PhySpec(CODED, Modulation.named("8psk"), ChannelSpec("rayleigh", 20, pilot_every=10))
    layer = PhysicalLayer(600, spec)
    assert layer.segmentation.symbols == 416
    assert layer.symbols == 416 + 42
    assert layer.information_bits_per_symbol == 600 / 458


def test_estimating_the_channel_costs_about_what_theory_says() -> None:
    """BPSK on Rayleigh with an LS estimate from one pilot (Proakis, Digital Communications, 14.4).

    P = (1 - rho) / 2 with rho the correlation of received symbol and estimate, snr / (snr + 1).
    """
    spec = PhySpec(UNCODED, Modulation.named("bpsk"), ChannelSpec("rayleigh", 1, pilot_every=1))
    layer = PhysicalLayer(50_000, spec, 2, engine="native")
    for snr_db in (0.0, 6.0, 12.0):
        counts = layer.count(snr_db, range(8))
        snr = 10 ** (snr_db / 10)
        low, high = stats.binom.interval(1 - 1e-5, 400_000, (1 - snr / (snr + 1)) / 2)
        assert low <= counts.bit_errors.sum() <= high, snr_db


def test_the_first_kernels_say_that_they_compile(tmp_path: Path) -> None:
    script = (
        "from linksim.phy import *; "
        "spec = PhySpec(CodeSpec.parse('none'), Modulation.named('bpsk')); "
        "PhysicalLayer(10, spec, engine='native').count(0.0, [0])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    ]
    assert "compiling kernels" in runs[0].stderr
    assert not runs[1].stderr


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"engine": "warp"}, "warp: unknown; one of auto, native"),
        ({"spec": PhySpec(CodeSpec.parse("ldpc:decoder=bp")), "engine": "native"}, "use sionna"),
        ({"message_bits": 0}, "at least one bit"),
        (
            {"spec": PhySpec(channel=ChannelSpec("rayleigh", BLOCK, pilot_every=500))},
            "send pilots at least as often",
        ),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        PhysicalLayer(**{"message_bits": 600, "spec": PhySpec(), **options})


def test_an_unknown_demapper_is_refused() -> None:
    with pytest.raises(ValueError, match="one of app, maxlog"):
        PhySpec(demapper="guess")


@pytest.mark.parametrize("snr_db", [6.3, 15.0, 40.0])
def test_there_is_no_error_floor_at_high_snr(snr_db: float) -> None:
    spec = PhySpec(CodeSpec.parse("ldpc:crc=0"), Modulation.named("8psk"), demapper="maxlog")
    layer = PhysicalLayer(1152, spec, 7, engine="native")
    assert not layer.count(snr_db, range(100_000)).bit_errors.any()
