"""LDPC rate matching against the standard's own loop, and by what repetition is worth."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linksim.phy import (
    ChannelSpec,
    CodeSpec,
    Decoder,
    Encoder,
    Mapper,
    Modulation,
    PhysicalLayer,
    PhySpec,
    segment,
)
from linksim.phy.families.ldpc import base_graph
from linksim.phy.native.ldpc_code import comes_back, lifted_code
from linksim.phy.native.ldpc_rate_matching import RateMatching, rate_matching

# TS 38.212 table 5.4.2.1-2, as it is printed there: numerators over 66 Z and 50 Z.
NUMERATORS = {1: (0, 17, 33, 56), 2: (0, 13, 25, 43)}


def standards_places(k: int, sent: int, graph: int, rv: int, buffer: int) -> np.ndarray:
    """Run the loop of TS 38.212 5.4.2.1 over a buffer of numbered bits, -1 for filler bits."""
    lifting = lifted_code(k, k, graph).lifting
    information, columns = (22, 66) if graph == 1 else (10, 50)
    d = np.full(columns * lifting, -1)
    filler = np.zeros(d.size, dtype=bool)
    filler[k - 2 * lifting : (information - 2) * lifting] = True
    d[~filler] = np.arange((~filler).sum())
    n_cb = min(d.size, buffer) if buffer else d.size
    k_0 = NUMERATORS[graph][rv] * n_cb // (columns * lifting) * lifting
    chosen, j = [], 0
    while len(chosen) < sent:
        bit = d[(k_0 + j) % n_cb]
        if bit >= 0:
            chosen.append(bit)
        j += 1
    return np.array(chosen)


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    graph = draw(st.sampled_from([1, 2]))
    k = draw(st.integers(12, 700) if graph == 2 else st.integers(293, 1500))
    sent = draw(st.integers(k, 8 * k))
    whole = len(standards_buffer(k, graph))
    buffer = draw(st.just(0) | st.integers(whole // 2, whole))
    return k, sent, graph, draw(st.integers(0, 3)), buffer


def standards_buffer(k: int, graph: int) -> range:
    return range((66 if graph == 1 else 50) * lifted_code(k, k, graph).lifting)


@settings(max_examples=60)
@given(cases())
def test_what_is_sent_is_what_the_standards_loop_sends(
    case: tuple[int, int, int, int, int],
) -> None:
    assert np.array_equal(rate_matching(*case).places, standards_places(*case))


@settings(max_examples=60)
@given(cases())
def test_every_bit_is_sent_once_before_any_repeats(case: tuple[int, int, int, int, int]) -> None:
    matching = rate_matching(*case)
    times = np.bincount(matching.places, minlength=matching.ring)
    assert times.sum() == case[1]
    assert times.max() - times.min() <= 1


@settings(max_examples=60)
@given(cases())
def test_no_more_is_encoded_than_is_sent(case: tuple[int, int, int, int, int]) -> None:
    matching = rate_matching(*case)
    assert matching.code.n == matching.places.max() + 1


@pytest.mark.parametrize(("graph", "k", "lifting"), [(1, 8448, 384), (2, 3840, 384)])
def test_redundancy_versions_begin_where_the_table_says(graph: int, k: int, lifting: int) -> None:
    for rv, column in enumerate(NUMERATORS[graph]):
        filler_free = rate_matching(k, k, graph, rv)
        assert filler_free.start == column * lifting


# --- Over the whole native coder -----------------------------------------------------------------


def sent_codewords(code: CodeSpec, message_bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return random blocks and their codewords."""
    plan = segment(code, message_bits, 1)
    bits = np.random.default_rng(1).integers(0, 2, (4, plan.information_bits), dtype=np.uint8)
    return bits, Encoder(code, plan)(bits)


def of_ring(matching: RateMatching, code: CodeSpec, message_bits: int) -> np.ndarray:
    """Return the whole ring of the same blocks: redundancy version 0 at the ring's own rate."""
    k = segment(code, message_bits, 1).information_bits
    whole = CodeSpec("ldpc", Fraction(k, matching.ring), crc=code.crc)
    return sent_codewords(whole, message_bits)[1]


@pytest.mark.parametrize("rv", range(4))
@pytest.mark.parametrize(
    ("rate", "message_bits", "graph"),
    [("1/2", 500, 2), ("1/8", 500, 2), ("30/1024", 100, 2), ("3/4", 3900, 1), ("26/100", 3900, 1)],
)
def test_codewords_are_taken_from_the_ring_and_come_back(
    rate: str, message_bits: int, graph: int, rv: int
) -> None:
    code = CodeSpec("ldpc", Fraction(rate), rv=rv)
    plan = segment(code, message_bits, 1)
    assert base_graph(code, plan.information_bits) == graph
    matching = rate_matching(plan.information_bits, plan.coded_bits, graph, rv)
    bits, codewords = sent_codewords(code, message_bits)
    if graph == 2:  # at the ring's rate base graph 1 is chosen no more
        ring = of_ring(matching, code, message_bits)
        assert np.array_equal(codewords, ring[:, matching.places])
    if comes_back(matching.code, matching.places):
        decided = Decoder(code, plan)(np.where(codewords == 1, 4.0, -4.0)) > 0
        assert np.array_equal(decided, bits)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(20, 700),
    st.integers(6, 85),
    st.integers(0, 3),
    st.sampled_from(["bpsk", "qpsk", "16qam", "64qam", "256qam"]),
)
def test_symbols_are_those_of_the_standards_loops(
    message_bits: int, percent: int, rv: int, modulation: str
) -> None:
    code, points = CodeSpec("ldpc", Fraction(percent, 100), rv=rv), Modulation.named(modulation)
    plan = segment(code, message_bits, points.bits_per_symbol)
    k, graph = plan.information_bits, base_graph(code, plan.information_bits)
    assume(graph == 2)  # at the ring's rate base graph 1 is chosen no more
    bits = np.random.default_rng(k).integers(0, 2, (2, k), dtype=np.uint8)
    symbols = Mapper(points)(Encoder(code, plan)(bits))
    whole = CodeSpec("ldpc", Fraction(k, rate_matching(k, k, graph).ring))
    ring = Encoder(whole, segment(whole, message_bits, 1))(bits)
    e = ring[:, standards_places(k, plan.coded_bits, graph, rv, 0)]
    q_m, rows = points.bits_per_symbol, plan.coded_bits // points.bits_per_symbol
    f = np.zeros_like(e)
    for j in range(rows):  # TS 38.212 5.4.2.2
        for i in range(q_m):
            f[:, i + j * q_m] = e[:, i * rows + j]
    labels = f.reshape(2, rows, q_m) @ (1 << np.arange(q_m)[::-1])
    np.testing.assert_allclose(symbols, points.points[labels], atol=1e-6)


def layer(code: CodeSpec) -> PhysicalLayer:
    return PhysicalLayer(
        3816, PhySpec(code, Modulation.named("bpsk"), ChannelSpec()), engine="native"
    )


def test_what_is_sent_twice_is_added_up() -> None:
    message_bits, information = 500, 524
    ring = rate_matching(information, information, 2).ring
    once, twice = (CodeSpec("ldpc", Fraction(information, n)) for n in (ring, 2 * ring))
    decode_once, decode_twice = (Decoder(c, segment(c, message_bits, 1)) for c in (once, twice))
    _, codewords = sent_codewords(once, message_bits)
    noise = np.random.default_rng(2).normal(0, 1.5, (2, *codewords.shape))
    first, second = ((2.0 * codewords - 1 + noise) / 2).astype(np.float32)
    expected = decode_once(first + second)
    assert np.array_equal(decode_twice(np.hstack([first, second])), expected)


@pytest.mark.parametrize("text", ["ldpc:rate=1/10", "ldpc:rate=1/3,rv=3"])
def test_random_blocks_are_counted_right_without_noise(text: str) -> None:
    counted = layer(CodeSpec.parse(text)).count(20.0, range(8))
    assert not counted.bit_errors.any()
    assert not counted.raw_errors.any()


# --- What can't be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ldpc:rv=4", "4' is no value of rv"),
        ("ldpc:rv=-1", "1' is no value of rv"),
        ("ldpc:buffer=25345", "'25345' is no value of buffer"),
        ("conv:rv=1", "no option 'rv'"),
    ],
)
def test_a_wrong_option_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        CodeSpec.parse(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ldpc:rate=3/4,rv=2", "from redundancy version 2 on do not .* give rv=0, a lower rate"),
        ("ldpc:buffer=500", "need a buffer of as many bits; give buffer=3872 or more"),
    ],
)
def test_blocks_that_cannot_come_back_are_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        layer(CodeSpec.parse(text))


@pytest.mark.parametrize("engine", ["hybrid", "sionna"])
@pytest.mark.parametrize("text", ["ldpc:rate=1/3,rv=3", "ldpc:rate=1/8"])
def test_engines_on_sionna_say_what_they_lack(engine: str, text: str) -> None:
    spec = PhySpec(CodeSpec.parse(text), Modulation.named("qpsk"), ChannelSpec())
    with pytest.raises(
        ValueError, match=r"neither rv, nor buffer, nor rates below 1/5 .* use native"
    ):
        PhysicalLayer(500, spec, engine=engine)
