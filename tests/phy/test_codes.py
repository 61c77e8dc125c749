from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linksim.phy import CodeSpec
from linksim.phy.codes import CRC_BITS, segment


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("ldpc", Fraction(1, 2)),
        ("ldpc:rate=2/3", Fraction(2, 3)),
        ("ldpc:rate=0.25", Fraction(1, 4)),
    ],
)
def test_a_code_is_read_with_its_rate(text: str, rate: Fraction) -> None:
    assert CodeSpec.parse(text) == CodeSpec("ldpc", rate)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("fountain", "unknown code; one of ldpc, none"),
        ("ldpc:rate=0", "rates from 1/5 to 9/10"),
        ("ldpc:rate=1.5", "rates from 1/5 to 9/10"),
        ("ldpc:rate=nan", "no rate"),
        ("ldpc:rate=1/0", "no rate"),
        ("ldpc:rate=half", "no rate"),
        ("ldpc:length=5", "no option of ldpc"),
        ("none:rate=1/2", "takes no options"),
    ],
)
def test_a_wrong_code_says_what_is_possible(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        CodeSpec.parse(text)


@given(st.integers(1, 100_000), st.sampled_from([1, 2, 3, 4]), st.integers(20, 90))
def test_blocks_hold_the_message_within_the_standards_limits(
    message_bits: int, bits_per_symbol: int, percent: int
) -> None:
    code = CodeSpec("ldpc", Fraction(percent, 100))
    plan = segment(code, message_bits, bits_per_symbol)
    largest = 3840 if percent < 34 else 8448
    assert plan.blocks * plan.payload_bits >= message_bits
    assert (plan.blocks - 1) * plan.payload_bits < message_bits
    assert plan.information_bits == plan.payload_bits + CRC_BITS <= largest
    assert plan.coded_bits % bits_per_symbol == 0
    # TS 38.212 5.2.2: with one block fewer, a block would be larger than allowed.
    assert plan.blocks == 1 or message_bits > (plan.blocks - 1) * (largest - CRC_BITS)


@given(st.integers(1, 100_000), st.sampled_from([1, 2, 3, 4]))
def test_without_a_code_the_message_is_one_block(message_bits: int, bits_per_symbol: int) -> None:
    plan = segment(CodeSpec.parse("none"), message_bits, bits_per_symbol)
    assert plan.blocks == 1
    assert plan.payload_bits == message_bits
    assert 0 <= plan.coded_bits - message_bits < bits_per_symbol


def test_the_accounting_pays_for_parity_and_padding() -> None:
    plan = segment(CodeSpec.parse("ldpc:rate=1/2"), 6144, 3)
    assert plan.coded_bits == 2 * (6144 + 24)
    assert plan.symbols == 4112
    assert plan.information_bits_per_symbol == pytest.approx(6144 / 4112)


def test_an_empty_message_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one bit"):
        segment(CodeSpec(), 0, 3)
