"""5G polar codes against Sionna, against textbook decoders without shortcuts, and end to end."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, segment, to_blocks
from linksim.phy.crc import crc
from linksim.phy.native import polar
from linksim.phy.native.polar import Polar
from linksim.phy.native.polar_construction import _RELIABILITY, Construction, construction
from linksim.phy.refused import Refused
from linksim.phy.spec import PhySpec

from .rows import coder_of, decided, received

RNG = np.random.default_rng


encoded, soft_bits = coder_of(polar)


def decoded(code: Polar, llr: np.ndarray) -> np.ndarray:
    return decided(soft_bits(code, llr))


def transformed(word: np.ndarray) -> np.ndarray:
    """Return words, ``[P, N]``, times the Kronecker power of [[1, 0], [1, 1]]."""
    size = word.shape[1]
    if size == 1:
        return word
    left, right = transformed(word[:, : size // 2]), transformed(word[:, size // 2 :])
    return np.hstack([left ^ right, right])


def next_llr(alpha: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the LLR of the input after the ``known`` ones, from LLRs ``[P, N]`` of a node."""
    half = alpha.shape[1] // 2
    if half == 0:
        return alpha[:, 0]
    a, b = alpha[:, :half], alpha[:, half:]
    if known.shape[1] < half:
        least = np.minimum(np.abs(a), np.abs(b))
        return next_llr(np.where((a < 0) ^ (b < 0), -least, least), known)
    left = transformed(known[:, :half])
    return next_llr(b + (1 - 2.0 * left) * a, known[:, half:])


def textbook(
    code: Construction, crc_bits: int, llr: np.ndarray, paths: int, crc_name: str = ""
) -> np.ndarray:
    """Decode one block input by input, keeping the cheapest paths; return its information bits."""
    alpha = np.zeros(code.size)
    alpha[code.shortened] = 1e6
    np.add.at(alpha, code.order, -llr.astype(float))
    known, cost = np.zeros((1, 0), dtype=np.int64), np.zeros(1)
    for i in range(code.size):
        value = next_llr(np.tile(alpha, (len(known), 1)), known)
        bits = [np.full(len(known), b) for b in ([0, 1] if i in code.information else [0])]
        if i in code.checks:
            bits = [known[:, [j for j in code.information if j in range(i - 5, -1, -5)]].sum(1) % 2]
        costs = np.concatenate([cost + np.maximum(0, (2 * b - 1) * value) for b in bits])
        grown = np.vstack([np.column_stack([known, b]) for b in bits])
        kept = np.argsort(costs, kind="stable")[:paths]
        known, cost = grown[kept], costs[kept]
    blocks = known[:, code.information].astype(np.uint8)
    passed = ~crc(blocks, crc_bits, crc_name).any(axis=1)
    return blocks[np.argmax(passed)]


def ended_by_crc(messages: np.ndarray, crc_bits: int, crc_name: str = "") -> np.ndarray:
    return np.hstack([messages, crc(messages, crc_bits, crc_name)])


# Message and coded bits: punctured, shortened, repeated, whole mother codes; both of Sionna's CRCs.
SIZES = [(12, 18), (12, 24), (19, 64), (20, 40), (21, 128), (40, 100), (64, 512), (100, 130)]
SIZES += [(200, 1088), (300, 1000), (512, 1024), (700, 900), (979, 1088), (1013, 1024), (50, 288)]


@pytest.mark.parametrize(("k", "n"), SIZES)
def test_codewords_are_sionnas_which_makes_the_crc_itself(k: int, n: int) -> None:
    pytest.importorskip("linksim.phy.sionna.tensorflow_engine", exc_type=ImportError)
    import tensorflow as tf
    from sionna.phy.fec.polar import Polar5GEncoder

    messages, crc_bits = RNG(k).integers(0, 2, (20, k), dtype=np.uint8), 6 if k < 20 else 11
    expected = Polar5GEncoder(k, n)(tf.constant(messages, tf.float32)).numpy()
    code = polar.polar(k + crc_bits, n, crc_bits, 1)
    assert np.array_equal(encoded(code, ended_by_crc(messages, crc_bits)), expected)


# Aggregation levels of PDCCH that Sionna has, 108 coded bits each, and others.
DOWNLINK_SIZES = [(12, 108), (40, 108), (40, 216), (64, 100), (100, 432), (140, 432), (140, 576)]


@pytest.mark.parametrize(("k", "n"), DOWNLINK_SIZES)
def test_codewords_of_the_downlink_are_sionnas(k: int, n: int) -> None:
    pytest.importorskip("linksim.phy.sionna.tensorflow_engine", exc_type=ImportError)
    import tensorflow as tf
    from sionna.phy.fec.polar import Polar5GEncoder

    messages = RNG(k).integers(0, 2, (20, k), dtype=np.uint8)
    encoder = Polar5GEncoder(k, n, channel_type="downlink")
    expected = encoder(tf.constant(messages, tf.float32)).numpy()
    code = polar.polar(k + 24, n, 24, 1, downlink=True)
    assert np.array_equal(encoded(code, ended_by_crc(messages, 24, "24C")), expected)


@pytest.mark.parametrize(("k", "n"), [(56, 864), (64, 1728), (164, 1728)])  # PBCH, PDCCH
def test_the_downlink_repeats_a_mother_code_of_512_bits_at_most(k: int, n: int) -> None:
    code = construction(k, n, downlink=True)
    assert code.size == 512
    assert np.array_equal(np.bincount(code.order[:512]), np.ones(512))
    assert np.array_equal(code.order, np.resize(code.order[:512], n))


@pytest.mark.parametrize(("k", "n"), [(18, 140), (25, 140), (21, 144), (25, 300), (22, 1000)])
def test_parity_checks_stand_where_the_standard_has_them(k: int, n: int) -> None:
    code = construction(k, n, checks=3)
    assert n >= code.size  # nothing is frozen by what is not sent
    best = [i for i in _RELIABILITY.tolist() if i < code.size][-(k + 3) :]
    by_weight = int(n - k + 3 > 192)  # TS 38.212 6.3.1.3.1, 5.3.1.2
    weight = {i: 2 ** i.bit_count() for i in best}
    expected, left = best[: 3 - by_weight], best[3:]
    if by_weight:
        lightest = min(weight[i] for i in left)
        expected.append([i for i in left if weight[i] == lightest][-1])
    assert code.checks.tolist() == sorted(expected)
    assert sorted([*code.information, *code.checks]) == sorted(best)


@pytest.mark.parametrize(("k", "n"), [(18, 21), (18, 54), (25, 140), (20, 216), (25, 300)])
def test_parity_checks_come_from_the_standards_shift_register(k: int, n: int) -> None:
    code, information = construction(k, n, checks=3), RNG(n).integers(0, 2, (20, k), dtype=np.uint8)
    inputs = np.zeros((20, code.size), dtype=np.uint8)
    for word, row in zip(inputs, information, strict=True):
        register, bits = [0] * 5, iter(row.tolist())
        for i in range(code.size):  # TS 38.212 5.3.1.2
            register = [*register[1:], register[0]]
            if i in code.checks:
                word[i] = register[0]
            elif i in code.information:
                word[i] = next(bits)
                register[0] ^= int(word[i])
    ours = encoded(polar.polar(k, n, 6, 1, checks=3), information)
    assert np.array_equal(ours, transformed(inputs)[:, code.order])


def test_no_information_stands_where_puncturing_leaves_none() -> None:
    # Erased bits at position i of the codeword make as many inputs useless; density evolution
    # over the erasure channel says which.
    for n in range(18, 1089, 7):
        for k in range(23, min(7 * n // 16, 1013), 17):
            code = construction(k, n)
            assert len(set(code.information)) == k
            erased = np.ones(code.size, dtype=bool)
            erased[code.order] = False
            useless = erased[None]
            while useless.shape[1] > 1:
                half = useless.shape[1] // 2
                a, b = useless[:, :half], useless[:, half:]
                useless = np.stack([a | b, a & b], axis=1).reshape(-1, half)
            assert not useless.reshape(-1)[code.information].any(), (k, n)


@pytest.mark.parametrize(
    ("k", "n", "crc_bits", "downlink", "checks"),
    [
        (18, 20, 6, False, 0),
        (41, 64, 11, False, 0),
        (51, 100, 0, False, 0),
        (31, 128, 16, False, 0),
        (61, 70, 11, False, 0),
        (54, 140, 24, False, 0),
        (18, 36, 6, False, 3),
        (25, 40, 6, False, 3),
        (22, 250, 6, False, 3),
        (40, 90, 24, True, 0),
    ],
)
@pytest.mark.parametrize("paths", [1, 2, 8])
def test_decisions_are_the_textbooks(
    k: int, n: int, crc_bits: int, downlink: bool, checks: int, paths: int
) -> None:
    code = polar.polar(k, n, crc_bits, paths, downlink, checks)
    name = "24C" if downlink else ""
    messages = RNG(n).integers(0, 2, (12, k - crc_bits), dtype=np.uint8)
    information = ended_by_crc(messages, crc_bits, name)
    llr = received(encoded(code, information), 4.0 * k / n - 1.5, k)
    plain = construction(k, n, downlink, checks)
    expected = np.array([textbook(plain, crc_bits, row, paths, name) for row in llr])
    assert np.array_equal(decoded(code, llr), expected)


def test_a_longer_list_loses_fewer_blocks() -> None:
    information = ended_by_crc(RNG(3).integers(0, 2, (1000, 101), dtype=np.uint8), 11)
    llr = received(encoded(polar.polar(112, 224, 11, 1), information), 1.2, 4)
    wrong = [
        (decoded(polar.polar(112, 224, 11, paths), llr) != information).any(axis=1).sum()
        for paths in (1, 2, 8, 32)
    ]
    assert 500 > wrong[0] > 1.5 * wrong[1] > 3 * wrong[2] > 3 * wrong[3]


@pytest.mark.parametrize(("k", "n"), [(17, 30), (1025, 1088), (18, 17), (31, 30), (100, 8193)])
def test_impossible_sizes_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match=r"polar: .*\d+ to \d+"):
        polar.polar(k, n, 11, 8)


# --- One CRC, which ends the block and selects among the list's paths -----------------------------


def layer(code: str, bits: int, modulation: str = "qpsk") -> PhysicalLayer:
    spec = PhySpec(CodeSpec.parse(code), Modulation.named(modulation), ChannelSpec())
    return PhysicalLayer(bits, spec, engine="native")


def test_40_bits_at_four_fifths_leave_the_parity_that_the_standard_leaves() -> None:
    plan = layer("polar:rate=4/5", 40, "bpsk").segmentation
    # TS 38.212 6.3.1.2.1: 11 bits of CRC for 20 message bits and more, and no others.
    assert (plan.information_bits, plan.coded_bits) == (40 + 11, 63)
    assert len(polar.polar(51, 63, 11, 8).positions) == 51


@settings(deadline=None)
@given(st.integers(12, 1706), st.integers(13, 90))
def test_messages_are_cut_as_the_standard_cuts_them(bits: int, percent: int) -> None:
    code = CodeSpec("polar", Fraction(percent, 100))
    plan = segment(code, bits, 1)
    crc_bits = 6 if bits <= 19 else 11  # TS 38.212 6.3.1.2.1
    coded = int((bits + crc_bits) / code.rate)
    in_two = (bits >= 360 and coded >= 1088) or bits >= 1013
    payload = -(-bits // 2) if in_two else bits
    assert (plan.blocks, plan.payload_bits, plan.crc_bits) == (1 + in_two, payload, crc_bits)
    # Short blocks have three parity checks more than information bits.
    assert plan.coded_bits == max(int((payload + crc_bits) / code.rate), 21)
    assert plan.filler_first == in_two


def test_a_zero_before_the_message_makes_its_halves_equal() -> None:
    plan = segment(CodeSpec("polar"), 1015, 1)
    message = RNG(0).integers(0, 2, (3, 1015), dtype=np.uint8)
    blocks = to_blocks(message, plan)
    assert blocks.shape == (6, 508 + 11)
    payload = blocks[:, :508].reshape(3, 1016)
    assert not payload[:, 0].any()  # TS 38.212 5.2.1
    assert np.array_equal(payload[:, 1:], message)


@pytest.mark.parametrize(
    ("code", "bits", "crc_bits"),
    [
        ("polar", 12, 6),
        ("polar:rate=9/10", 19, 6),
        ("polar:rate=1/30", 17, 6),
        ("polar:rate=1/12", 350, 11),
        ("polar:rate=3/4", 1705, 11),
        ("polar:rate=1/2", 5000, 11),
        ("polar:direction=downlink", 40, 24),
        ("polar:direction=downlink,rate=1/48", 12, 24),
        ("polar:direction=downlink,rate=9/10,decoder=sc", 1000, 24),
    ],
)
def test_blocks_of_every_size_come_back_and_are_known_to(
    code: str, bits: int, crc_bits: int
) -> None:
    sent = layer(code, bits)
    assert sent.segmentation.crc_bits == crc_bits
    messages = RNG(bits).integers(0, 2, (40, bits), dtype=np.uint8)
    outcome = sent.transmit(messages, 30.0)
    assert np.array_equal(outcome.bits, messages)
    assert outcome.block_passed.all()
    assert not sent.transmit(messages, -30.0).message_passed.all()


def test_parity_checks_lose_no_more_blocks_than_information_alone() -> None:
    messages = RNG(1).integers(0, 2, (3000, 12), dtype=np.uint8)
    information = ended_by_crc(messages, 6)
    wrong = {}
    for checks in (0, 3):
        code = polar.polar(18, 54, 6, 8, checks=checks)
        llr = received(encoded(code, information), -1.0, 2)
        wrong[checks] = (decoded(code, llr) != information).any(axis=1).mean()
    assert 0.01 < wrong[3] < 1.2 * wrong[0]


def test_the_downlink_has_one_crc() -> None:
    assert str(CodeSpec.parse("polar:direction=downlink")) == "polar:rate=1/2,direction=downlink"
    assert CodeSpec.parse("polar:direction=downlink").crc == 24
    with pytest.raises(Refused, match="the downlink's blocks end in gCRC24C; leave out crc=11"):
        CodeSpec.parse("polar:direction=downlink,crc=11")


@pytest.mark.parametrize(
    ("code", "bits", "snr_db", "blocks", "low", "high"),
    [
        # Sionna 2.2's encoder, QPSK, list decoder with its one CRC: 0.0141 and 0.027.
        ("polar:rate=4/5", 40, 5.5, 10_000, 0.007, 0.017),
        ("polar:rate=1/2", 512, 1.5, 4000, 0.018, 0.042),
    ],
)
def test_blocks_fail_as_often_as_with_one_crc(
    code: str, bits: int, snr_db: float, blocks: int, low: float, high: float
) -> None:
    failed = layer(code, bits).count(snr_db, range(blocks)).bit_errors > 0
    assert low < failed.mean() < high


@pytest.mark.parametrize("crc_bits", [0, 6, 11, 16, 24])
def test_a_list_of_eight_lets_about_eight_times_as_much_nonsense_through(crc_bits: int) -> None:
    messages = RNG(6).integers(0, 2, (10_000, 64), dtype=np.uint8)
    sent = layer(f"polar:rate=1/2,crc={crc_bits}", 64)
    outcome = sent.transmit(messages, -6.0, range(len(messages)))
    wrong = (outcome.bits != messages).any(axis=1)
    chance = min(8 / 2**crc_bits, 1)  # that one of eight wrong paths has the right CRC
    assert wrong.mean() > 0.9
    assert 0.7 * chance - 2e-4 <= outcome.block_passed[wrong, 0].mean() <= 1.6 * chance + 2e-4
    assert outcome.block_passed[~wrong].all()


@pytest.mark.parametrize("rate", ["1/8", "1/4", "1/3", "1/2", "2/3", "3/4", "9/10"])
@pytest.mark.parametrize("options", ["decoder=sc", "list=8", "crc=0", "crc=6", "crc=24"])
def test_a_clean_channel_brings_back_every_bit(rate: str, options: str) -> None:
    code = CodeSpec.parse(f"polar:rate={rate},{options}")
    sizes = (1, "qpsk"), (97, "bpsk"), (120, "8psk"), (1001, "64qam"), (5000, "16qam")
    for bits, modulation in sizes:
        spec = PhySpec(code, Modulation.named(modulation), ChannelSpec())
        layer = PhysicalLayer(bits, spec, engine="native")
        messages = RNG(bits).integers(0, 2, (4, bits), dtype=np.uint8)
        outcome = layer.transmit(messages, 45.0, range(4))
        assert np.array_equal(outcome.bits, messages)
        assert outcome.block_passed.all()


def test_results_do_not_depend_on_threads() -> None:
    spec = PhySpec(CodeSpec.parse("polar"), Modulation.named("8psk"), ChannelSpec("rayleigh"))
    messages = RNG(5).integers(0, 2, (200, 300), dtype=np.uint8)
    one, four = (
        PhysicalLayer(300, spec, 1, "native", threads).transmit(messages, 8.0, range(200))
        for threads in (1, 4)
    )
    assert np.array_equal(one.llr, four.llr)
    assert np.array_equal(one.raw_errors, four.raw_errors)
    assert 0 < one.block_errors.sum() < 200
