"""Transport blocks of 5G's data channel, bit by bit beside Sionna's."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linksim.phy import (
    CodeSpec,
    Encoder,
    Modulation,
    PhysicalLayer,
    PhySpec,
    Refused,
    blocks_pass,
    from_blocks,
    mcs_of,
    messages_pass,
    segment,
    to_blocks,
    transport_block_size,
)
from linksim.phy.families.ldpc import base_graph
from linksim.phy.mcs import MCS_TABLES
from linksim.phy.segmentation import Segmentation

# Sizes of one code block and of several, of either CRC, of either base graph; of rates that Sionna
# has: it repeats nothing.
CASES = ["nr:mcs=4 3752", "nr:mcs=20 8456", "nr:mcs=9,table=64qam-lowse 5000"]


def plan_of(code: CodeSpec, message_bits: int) -> Segmentation:
    return segment(code, message_bits, Modulation.named(code.modulation).bits_per_symbol)


@pytest.mark.parametrize("case", CASES)
def test_what_is_sent_of_a_transport_block_is_what_sionna_sends(case: str) -> None:
    nr = pytest.importorskip("sionna.phy.nr", reason="Sionna is not installed")
    text, size = case.split()
    code = CodeSpec.parse(text)
    plan = plan_of(code, int(size))
    scheme, bits = mcs_of(code.mcs or 0, code.table), plan.filled_bits
    message = np.random.default_rng(3).integers(0, 2, (2, bits), dtype=np.uint8)
    coded = Encoder(code, plan_of(code, bits))(to_blocks(message, plan_of(code, bits)))
    # Sionna sends the bits symbol by symbol, linksim's mapper takes a label's bits block by block.
    by_symbol = coded.reshape(-1, plan.bits_per_symbol, plan.block_symbols).swapaxes(1, 2)
    theirs = nr.TBEncoder(
        target_tb_size=bits,
        num_coded_bits=plan.blocks * plan.coded_bits,
        target_coderate=float(scheme.rate),
        num_bits_per_symbol=scheme.bits_per_symbol,
        use_scrambler=False,
    )
    assert int(theirs.tb_size) == bits
    expected = np.asarray(theirs(message.astype(np.float32))).astype(np.uint8)
    assert (by_symbol.reshape(2, -1) == expected).all()


def test_the_largest_block_of_the_short_crc_is_base_graph_2s() -> None:
    # TS 38.212 7.2.2 asks for the size without its CRC: 3824. Sionna 1.2 takes base graph 1 here.
    code = CodeSpec.parse("nr:mcs=4")
    plan = plan_of(code, 3824)
    assert (plan.filled_bits, plan.blocks, plan.message_crc_bits) == (3824, 1, 16)
    assert base_graph(code, plan.information_bits) == 2
    _, ring = code.family.ring(code, plan.sizes, 0)
    assert ring == 50 * 384  # N of base graph 2, 5.3.2; base graph 1 has 66 Z


@st.composite
def transport_blocks(draw: st.DrawFn) -> tuple[CodeSpec, int]:
    table = draw(st.sampled_from(MCS_TABLES))
    scheme = mcs_of(draw(st.integers(0, 27)), table)
    largest = transport_block_size(273 * 156, scheme)
    return CodeSpec("nr", mcs=scheme.index, table=table), draw(st.integers(1, largest * 9 // 10))


@settings(deadline=None)
@given(transport_blocks())
def test_a_message_is_one_transport_block_of_a_size_that_there_is(
    drawn: tuple[CodeSpec, int],
) -> None:
    code, message_bits = drawn
    plan, scheme = plan_of(code, message_bits), mcs_of(code.mcs or 0, code.table)
    size = plan.filled_bits
    assert size == transport_block_size(plan.symbols, scheme) >= message_bits
    assert plan.message_crc_bits == (24 if size > 3824 else 16)  # TS 38.212 7.2.1
    # TS 38.212 7.2.2 and 5.2.2, written out.
    small = size <= 292 or (size <= 3824 and scheme.rate <= Fraction(67, 100))
    graph = 2 if small or scheme.rate <= Fraction(1, 4) else 1
    assert base_graph(code, plan.information_bits) == graph
    whole, largest = size + plan.message_crc_bits, 8448 if graph == 1 else 3840
    blocks = 1 if whole <= largest else -(-whole // (largest - 24))
    assert (plan.blocks, plan.crc_bits) == (blocks, 24 if blocks > 1 else 0)
    assert plan.blocks * plan.payload_bits == whole
    # TS 38.214 5.1.3: nobody is expected to decode a higher rate.
    assert plan.blocks * plan.information_bits <= 0.95 * plan.symbols * scheme.bits_per_symbol


def test_the_crc_of_the_whole_finds_what_those_of_its_blocks_do_not() -> None:
    code = CodeSpec.parse("nr:mcs=20")
    plan = plan_of(code, 20_000)
    assert plan.blocks == 3
    message = np.random.default_rng(0).integers(0, 2, (4, 20_000), dtype=np.uint8)
    sent = to_blocks(message, plan)
    assert (from_blocks(sent, plan) == message).all()
    assert messages_pass(sent, plan).all()
    others = sent.copy()
    others[3:6] = sent[[6, 4, 5]]  # each block whole, but one of another message
    assert blocks_pass(others, plan).all()
    assert messages_pass(others, plan).tolist() == [True, False, True, True]
    sent[0, 0] ^= 1
    assert blocks_pass(sent, plan).sum() == 11
    assert messages_pass(sent, plan).tolist() == [False, True, True, True]


def test_the_only_block_of_a_transport_block_passes_by_the_crc_of_the_whole() -> None:
    plan = plan_of(CodeSpec.parse("nr:mcs=3"), 600)
    sent = to_blocks(np.ones((2, 600), dtype=np.uint8), plan)
    sent[1, 7] ^= 1
    assert (plan.blocks, plan.crc_bits) == (1, 0)
    assert blocks_pass(sent, plan).tolist() == messages_pass(sent, plan).tolist() == [True, False]


def test_messages_come_through_or_are_known_to_be_lost() -> None:
    layer = PhysicalLayer(10_000, PhySpec(CodeSpec.parse("nr:mcs=12")), threads=1)
    message = np.random.default_rng(1).integers(0, 2, (6, 10_000))
    far, near = (layer.transmit(message, snr_db) for snr_db in (0.0, 12.0))
    assert not far.message_passed.any()
    assert near.message_passed.all()
    assert (near.bits == message).all()


def test_the_scheme_decides_the_modulation() -> None:
    code = CodeSpec.parse("nr:mcs=10")
    assert (code.modulation, PhySpec(code).modulation.name) == ("16qam", "16qam")
    assert CodeSpec.parse("ldpc").modulation == ""
    with pytest.raises(Refused, match="modulation qpsk: nr:mcs=10 brings its own, 16qam; leave"):
        PhySpec(code, Modulation.named("qpsk"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("nr", "nr: give a scheme, nr:mcs=0 to mcs=28"),
        ("nr:table=256qam", "nr: give a scheme, nr:mcs=0 to mcs=27"),
        ("nr:mcs=29", "nr:mcs=29: the table 64qam has mcs=0 to 28"),
        ("nr:mcs=28,table=256qam", "nr:mcs=28: the table 256qam has mcs=0 to 27"),
        ("nr:mcs=1,table=1024qam", "nr:mcs=1,table=1024qam: '1024qam' is no value of table"),
        ("nr:mcs=1,rate=1/2", "nr has no option 'rate'; it has mcs, table"),
        ("nr:mcs=1,crc=16", "nr has no option 'crc'"),
    ],
)
def test_what_is_no_scheme_is_refused_in_one_line(text: str, line: str) -> None:
    with pytest.raises(Refused) as caught:
        CodeSpec.parse(text)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_message_beyond_the_largest_transport_block_is_refused() -> None:
    with pytest.raises(Refused, match="of mcs=0 has at most 9984 bits; send shorter messages"):
        plan_of(CodeSpec.parse("nr:mcs=0"), 9985)
    assert plan_of(CodeSpec.parse("nr:mcs=0"), 9984).symbols <= 273 * 156


def test_an_engine_without_transport_blocks_says_what_has_them() -> None:
    with pytest.raises(Refused, match="engine sionna: has no transport blocks; use native"):
        PhysicalLayer(100, PhySpec(CodeSpec.parse("nr:mcs=1")), engine="sionna")
