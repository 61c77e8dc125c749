import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from linksim.phy import CODES, CodeSpec
from linksim.phy.families.ldpc import base_graph
from linksim.phy.segmentation import Segmentation, segment

MESSAGES = st.integers(1, 100_000)
BITS_PER_SYMBOL = st.sampled_from([1, 2, 3, 4, 6, 8])


@st.composite
def codes(draw: st.DrawFn) -> CodeSpec:
    name = draw(st.sampled_from(sorted(n for n, family in CODES.items() if not family.fixed)))
    low, high = CODES[name].rates
    percent = draw(st.integers(math.ceil(100 * low), math.floor(100 * high)))
    return CodeSpec(name, Fraction(percent, 100), crc=draw(st.sampled_from([0, 6, 11, 16, 24])))


def short(plan: Segmentation, code: CodeSpec) -> bool:
    return code.crc in (6, 11) and plan.message_bits <= 19


@given(codes(), MESSAGES, BITS_PER_SYMBOL)
def test_blocks_hold_the_message_within_the_codes_limits(
    code: CodeSpec, message_bits: int, bits_per_symbol: int
) -> None:
    plan = segment(code, message_bits, bits_per_symbol)
    fewest, most = CODES[code.name].information
    assert plan.blocks * plan.payload_bits >= message_bits
    assert plan.blocks == 1 or (plan.blocks - 1) * plan.payload_bits < message_bits
    assert fewest <= plan.information_bits == plan.payload_bits + plan.crc_bits <= most
    # A short message over polar codes has a CRC of its own (TS 38.212 6.3.1.2.1).
    assert plan.crc_bits == (6 if code.name == "polar" and short(plan, code) else code.crc_bits)
    assert plan.coded_bits % bits_per_symbol == 0
    assert plan.coded_bits >= plan.information_bits
    assert plan.coded_bits <= (CODES[code.name].most_coded or plan.coded_bits)
    assert plan.symbols * bits_per_symbol == plan.blocks * plan.coded_bits


@given(codes(), MESSAGES, BITS_PER_SYMBOL)
def test_the_code_rate_is_the_one_asked_for_up_to_a_symbol(
    code: CodeSpec, message_bits: int, bits_per_symbol: int
) -> None:
    plan = segment(code, message_bits, bits_per_symbol)
    assume(not (code.name == "polar" and short(plan, code)))  # with checks, which none pays for
    assert abs(plan.coded_bits - plan.information_bits / code.rate) < bits_per_symbol


@given(MESSAGES, BITS_PER_SYMBOL, st.integers(20, 90))
def test_ldpc_blocks_are_as_few_as_the_standard_says(
    message_bits: int, bits_per_symbol: int, percent: int
) -> None:
    plan = segment(CodeSpec("ldpc", Fraction(percent, 100)), message_bits, bits_per_symbol)
    largest = 3840 if percent <= 25 else 8448
    # TS 38.212 5.2.2: with one block fewer, a block would be larger than allowed.
    assert plan.blocks == 1 or message_bits > (plan.blocks - 1) * (largest - 24)


@pytest.mark.parametrize(
    ("rate", "information", "graph"),
    [
        ("1/2", 292, 2),
        ("9/10", 292, 2),
        ("9/10", 293, 1),
        ("67/100", 3824, 2),
        ("68/100", 3824, 1),
        ("1/2", 3825, 1),
        ("1/4", 3840, 2),
        ("26/100", 3824, 2),
        ("26/100", 3825, 1),
    ],
)
def test_the_base_graph_is_chosen_as_the_standard_says(
    rate: str, information: int, graph: int
) -> None:
    assert base_graph(CodeSpec("ldpc", Fraction(rate)), information) == graph


def test_the_accounting_pays_for_parity_and_padding() -> None:
    plan = segment(CodeSpec.parse("ldpc:rate=1/2"), 6144, 3)
    assert plan.coded_bits == 2 * (6144 + 24)
    assert plan.symbols == 4112


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one bit"):
        segment(CodeSpec(), 0, 3)
