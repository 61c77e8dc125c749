"""LTE's turbo code against Sionna, against exact log-MAP decoding, and end to end."""

import numpy as np
import pytest
from scipy import stats

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer
from linksim.phy.native import turbo
from linksim.phy.native.turbo import Turbo
from linksim.phy.spec import PhySpec

from .rows import coder_of, received

RNG = np.random.default_rng


encoded, decoded = coder_of(turbo)


def mother_code(k: int, iterations: int = 6) -> Turbo:
    return turbo.turbo(np.arange(3 * k + turbo.TAIL_BITS), k, iterations)


def bcjr(systematic: np.ndarray, parity: np.ndarray) -> np.ndarray:
    """Return exact a-posteriori LLRs of one constituent, ``[B, steps]`` each, tail included."""
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
            forward[t + 1, :, to] = np.logaddexp(forward[t + 1, :, to], path)
    judged = np.full((2, steps, batch), -np.inf)
    for t in range(steps - 1, -1, -1):
        for state, to, bit, check in moves:
            path = backward[t + 1, :, to] + bit * systematic[:, t] + check * parity[:, t]
            backward[t, :, state] = np.logaddexp(backward[t, :, state], path)
            judged[bit, t] = np.logaddexp(judged[bit, t], path + forward[t, :, state])
    return (judged[1] - judged[0]).T


def exact_decoder(llr: np.ndarray, k: int, iterations: int) -> np.ndarray:
    """Iterate without approximation or early stop, as the textbook has it."""
    order, tail = turbo.interleaver(k), llr[:, 3 * k :]
    systematic, first, second = llr[:, : 3 * k : 3], llr[:, 1 : 3 * k : 3], llr[:, 2 : 3 * k : 3]
    first, second = np.hstack([first, tail[:, 1:6:2]]), np.hstack([second, tail[:, 7::2]])
    prior = np.zeros_like(systematic)
    for _ in range(iterations):
        full = bcjr(np.hstack([systematic + prior, tail[:, :6:2]]), first)[:, :k]
        said = full - systematic - prior
        full = bcjr(np.hstack([(systematic + said)[:, order], tail[:, 6::2]]), second)[:, :k]
        prior[:, order] = full - (systematic + said)[:, order]
    total = np.empty_like(full)
    total[:, order] = full
    return total


@pytest.mark.parametrize("k", [40, 41, 63])
def test_codewords_are_sionnas(k: int) -> None:
    pytest.importorskip("linksim.phy.sionna.tensorflow_engine", exc_type=ImportError)
    import tensorflow as tf
    from sionna.phy.fec.turbo import TurboEncoder

    information = RNG(k).integers(0, 2, (20, k), dtype=np.uint8)
    encoder = TurboEncoder(constraint_length=4, rate=1 / 3, terminate=True)
    expected = encoder(tf.constant(information, tf.float32)).numpy()
    assert np.array_equal(encoded(mother_code(k), information), expected)


def test_every_interleaver_is_a_permutation() -> None:
    for k in [*range(1, 700), *range(700, 6145, 16), 6143]:
        assert np.array_equal(np.sort(turbo.interleaver(k)), np.arange(k))


def test_a_block_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="turbo has 1 to 6144"):
        turbo.interleaver(6145)


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
