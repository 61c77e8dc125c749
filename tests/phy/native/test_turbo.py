"""LTE's turbo code against Sionna, against exact log-MAP decoding, and end to end."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, segment
from linksim.phy.circular_buffer import encoded_places
from linksim.phy.crc import crc
from linksim.phy.native import turbo
from linksim.phy.native.turbo import Turbo
from linksim.phy.rate_matching import mother_bits
from linksim.phy.spec import PhySpec
from linksim.phy.turbo_lengths import LENGTHS, block_length, filler_bits, interleaver

from .rows import coder_of, received

RNG = np.random.default_rng


encoded, decoded = coder_of(turbo)


def mother_code(k: int, iterations: int = 6, crc_bits: int = 0, max_log: bool = False) -> Turbo:
    every = np.arange(mother_bits(CodeSpec("turbo"), k))
    return turbo.turbo(every, k, iterations, crc_bits, max_log)


def bcjr(systematic: np.ndarray, parity: np.ndarray, add: np.ufunc) -> np.ndarray:
    """Return a-posteriori LLRs of one constituent, ``[B, steps]`` each, tail included.

    Likelihoods are added up by ``add``, of their logarithms: exactly, or by the larger one alone.
    """
    batch, steps = systematic.shape
    moves = []  # (state, next state, input, parity), the register's bits newest first
    for state in range(8):
        s1, s2, s3 = state >> 2, state >> 1 & 1, state & 1
        for bit in range(2):
            fed = bit ^ s2 ^ s3
            moves.append((state, fed << 2 | s1 << 1 | s2, bit, fed ^ s1 ^ s3))
    forward = np.full((steps + 1, batch, 8), -np.inf)
    backward = forward.copy()
    forward[0, :, 0] = backward[steps, :, 0] = 0
    for t in range(steps):
        for state, to, bit, check in moves:
            path = forward[t, :, state] + bit * systematic[:, t] + check * parity[:, t]
            forward[t + 1, :, to] = add(forward[t + 1, :, to], path)
    judged = np.full((2, steps, batch), -np.inf)
    for t in range(steps - 1, -1, -1):
        for state, to, bit, check in moves:
            path = backward[t + 1, :, to] + bit * systematic[:, t] + check * parity[:, t]
            backward[t, :, state] = add(backward[t, :, state], path)
            judged[bit, t] = add(judged[bit, t], path + forward[t, :, state])
    return (judged[1] - judged[0]).T


def exact_decoder(
    llr: np.ndarray,
    k: int,
    iterations: int,
    add: np.ufunc = np.logaddexp,
    scale: float = 1.0,
) -> np.ndarray:
    """Iterate without approximation or early stop, as the textbook has it."""
    order, tail = interleaver(k), llr[:, 3 * k :]
    systematic, first, second = llr[:, : 3 * k : 3], llr[:, 1 : 3 * k : 3], llr[:, 2 : 3 * k : 3]
    first, second = np.hstack([first, tail[:, 1:6:2]]), np.hstack([second, tail[:, 7::2]])
    prior = np.zeros_like(systematic)
    for _ in range(iterations):
        full = bcjr(np.hstack([systematic + prior, tail[:, :6:2]]), first, add)[:, :k]
        said = scale * (full - systematic - prior)
        full = bcjr(np.hstack([(systematic + said)[:, order], tail[:, 6::2]]), second, add)[:, :k]
        prior[:, order] = scale * (full - (systematic + said)[:, order])
    total = np.empty_like(full)
    total[:, order] = full
    return total


@pytest.mark.parametrize("k", [40, 41, 63])
def test_codewords_are_sionnas(k: int) -> None:
    pytest.importorskip("linksim.phy.sionna.tensorflow_engine", exc_type=ImportError)
    import tensorflow as tf
    from sionna.phy.fec.turbo import TurboEncoder

    information = RNG(k).integers(0, 2, (20, k), dtype=np.uint8)
    filler = filler_bits(k)
    filled = np.pad(information, ((0, 0), (filler, 0)))
    encoder = TurboEncoder(constraint_length=4, rate=1 / 3, terminate=True)
    expected = encoder(tf.constant(filled, tf.float32)).numpy()
    # TS 36.212 5.1.3.2.1: of filler bits neither they nor the first parity is sent.
    known = [3 * i + stream for i in range(filler) for stream in (0, 1)]
    assert not expected[:, known].any()
    assert np.array_equal(encoded(mother_code(k), information), np.delete(expected, known, axis=1))


def test_there_are_188_block_lengths_ever_further_apart() -> None:
    assert (LENGTHS[0], LENGTHS[-1], len(LENGTHS)) == (40, 6144, 188)
    steps = {8: (40, 512), 16: (512, 1024), 32: (1024, 2048), 64: (2048, 6144)}
    for step, (low, high) in steps.items():
        assert [k for k in LENGTHS if low <= k <= high] == list(range(low, high + 1, step))


def test_every_interleaver_is_a_permutation_free_of_contention() -> None:
    for k in LENGTHS:
        order = interleaver(k)
        assert np.array_equal(np.sort(order), np.arange(k))
        # Of a quadratic permutation, what windows of any divisor's length read at a time lies in
        # different windows (Takeshita 2006).
        for windows in (2, 4, 8):
            rows = order.reshape(windows, -1) // (k // windows)
            assert (np.sort(rows, axis=0) == np.arange(windows)[:, None]).all()


def test_a_block_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="turbo has 1 to 6144"):
        block_length(6145)


def segmented(bits: int) -> tuple[int, int, int, int, int]:
    """Return C, K+, C-, K- and F of so many bits (TS 36.212 5.1.2, its code written out)."""
    blocks = 1 if bits <= 6144 else -(-bits // (6144 - 24))
    whole = bits if blocks == 1 else bits + 24 * blocks
    longer = next(k for k in LENGTHS if blocks * k >= whole)
    if blocks == 1:
        return 1, longer, 0, 0, longer - whole
    shorter = LENGTHS[LENGTHS.index(longer) - 1]
    fewer = (blocks * longer - whole) // (longer - shorter)
    return blocks, longer, fewer, shorter, (blocks - fewer) * longer + fewer * shorter - whole


@settings(deadline=None)
@given(st.integers(16, 200_000))
def test_messages_are_cut_as_the_standard_cuts_them(bits: int) -> None:
    plan = segment(CodeSpec("turbo"), bits, 2)
    # The only block's CRC is among the standard's B bits.
    blocks, longer, fewer, _, filler = segmented(bits + 24 if bits + 24 <= 6144 else bits)
    assert (plan.blocks, plan.crc_bits) == (blocks, 24)
    assert block_length(plan.information_bits) == longer
    ours = filler_bits(plan.information_bits)
    if not fewer:  # else ours is filled where the standard's is shorter
        assert 0 <= filler - blocks * ours < blocks


def test_soft_bits_of_max_log_are_the_largest_terms() -> None:
    llr = received(encoded(mother_code(48), RNG(1).integers(0, 2, (50, 48), np.uint8)), -3.0, 2)
    for iterations in (1, 2):
        ours = decoded(mother_code(48, iterations, max_log=True), llr)
        expected = exact_decoder(llr, 48, iterations, np.maximum, 0.75)
        np.testing.assert_allclose(ours, expected, atol=1e-3, rtol=1e-4)


def test_filler_bits_are_known_to_the_decoder() -> None:
    code = mother_code(41, iterations=2, max_log=True)
    llr = received(encoded(code, RNG(1).integers(0, 2, (50, 41), np.uint8)), -3.0, 2)
    every = np.full((50, 3 * 48 + 12), -1e3)
    every[:, encoded_places(41)] = llr
    expected = exact_decoder(every, 48, 2, np.maximum, 0.75)[:, 7:]
    np.testing.assert_allclose(decoded(code, llr), expected, atol=0.02)


def test_a_crc_that_holds_ends_decoding_as_soon_as_both_constituents_agree() -> None:
    payload = RNG(2).integers(0, 2, (40, 104), dtype=np.uint8)
    sent = {
        "right": np.hstack([payload, crc(payload, 24)]),
        "wrong": np.hstack([payload, crc(payload, 24) ^ 1]),
    }
    for name, information in sent.items():
        llr = received(encoded(mother_code(128), information), 6.0, 3)
        ours = decoded(mother_code(128, crc_bits=24), llr)
        # Clean enough that they agree after the first iteration.
        rounds = 1 if name == "right" else 2
        assert np.array_equal(ours, decoded(mother_code(128, rounds), llr))
        assert ((ours > 0) == information).all()


def test_soft_bits_are_close_to_exact_log_map() -> None:
    code = mother_code(48, iterations=1)
    llr = received(encoded(code, RNG(1).integers(0, 2, (50, 48), dtype=np.uint8)), -1.0, 2)
    error = np.abs(decoded(code, llr) - exact_decoder(llr, 48, 1))
    assert np.median(error) < 0.4
    assert error.max() < 2


def test_block_errors_are_as_rare_as_with_exact_log_map() -> None:
    information = RNG(3).integers(0, 2, (1500, 64), dtype=np.uint8)
    code = mother_code(64)
    llr = received(encoded(code, information), -0.5, 4)
    ours = ((decoded(code, llr) > 0) != information).any(axis=1)
    exact = ((exact_decoder(llr, 64, 6) > 0) != information).any(axis=1)
    only_ours, only_exact = (ours & ~exact).sum(), (exact & ~ours).sum()
    differing = int(only_ours + only_exact)
    assert differing == 0 or stats.binomtest(int(only_ours), differing).pvalue > 1e-3
    assert differing < 0.02 * len(ours)
    assert 0.02 < exact.mean() < 0.3


def test_max_log_costs_a_little() -> None:
    wrong = {}
    for decoder in ("logmap", "maxlog"):
        code = CodeSpec.parse(f"turbo:rate=1/2,decoder={decoder}")
        layer = PhysicalLayer(1000, PhySpec(code, Modulation.named("qpsk")), 1, "native")
        wrong[decoder] = (layer.count(1.2, range(600)).bit_errors > 0).sum()
    assert wrong["logmap"] < wrong["maxlog"] < 3 * wrong["logmap"]


def test_iterations_help() -> None:
    information = RNG(5).integers(0, 2, (200, 512), dtype=np.uint8)
    llr = received(encoded(mother_code(512), information), -0.8, 6)
    wrong = [
        ((decoded(mother_code(512, iterations), llr) > 0) != information).any(axis=1).mean()
        for iterations in (1, 2, 6)
    ]
    assert wrong[0] > 1.3 * wrong[1] > 4 * wrong[2]


@pytest.mark.parametrize("rate", ["1/6", "1/4", "1/3", "1/2", "2/3", "3/4", "9/10"])
def test_a_clean_channel_brings_back_every_bit(rate: str) -> None:
    code = CodeSpec.parse(f"turbo:rate={rate}")
    for bits, modulation in ((1, "8psk"), (100, "8psk"), (1001, "64qam"), (7000, "bpsk")):
        spec = PhySpec(code, Modulation.named(modulation), ChannelSpec())
        layer = PhysicalLayer(bits, spec, engine="native")
        messages = RNG(bits).integers(0, 2, (4, bits), dtype=np.uint8)
        outcome = layer.transmit(messages, 45.0, range(4))
        assert np.array_equal(outcome.bits, messages)
        assert outcome.block_passed.all()


@pytest.mark.parametrize(("rate", "ebno_db"), [("1/3", 1.5), ("1/2", 2.0), ("3/4", 3.5)])
def test_two_codes_in_exchange_beat_a_stronger_one_alone(rate: str, ebno_db: float) -> None:
    block_errors = []
    for name in ("turbo", "conv"):
        spec = PhySpec(
            CodeSpec.parse(f"{name}:rate={rate}"), Modulation.named("qpsk"), ChannelSpec()
        )
        layer = PhysicalLayer(512, spec, seed=7, engine="native")
        snr_db = ebno_db + 10 * np.log10(layer.information_bits_per_symbol)
        block_errors.append((layer.count(snr_db, range(2000)).bit_errors > 0).mean())
    assert block_errors[0] < 0.05 < 0.1 < block_errors[1]


def test_results_do_not_depend_on_threads() -> None:
    spec = PhySpec(CodeSpec.parse("turbo"), Modulation.named("8psk"), ChannelSpec("rayleigh"))
    messages = RNG(5).integers(0, 2, (200, 300), dtype=np.uint8)
    one, four = (
        PhysicalLayer(300, spec, 1, "native", threads).transmit(messages, 6.0, range(200))
        for threads in (1, 4)
    )
    assert np.array_equal(one.llr, four.llr)
    assert np.array_equal(one.raw_errors, four.raw_errors)
    assert 0 < one.block_errors.sum() < 200
