import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linksim.phy import CODES, CodeSpec
from linksim.phy.families.convolutional import generators
from linksim.phy.rate_matching import mother_bits, sent_order

NAMES = st.sampled_from(["turbo", "conv", "repetition"])
PERCENT = st.integers(17, 90)


@given(NAMES, st.integers(40, 900), PERCENT)
def test_every_mother_bit_is_sent_before_any_is_repeated(
    name: str, information: int, percent: int
) -> None:
    code = CodeSpec(name, Fraction(percent, 100))
    coded = int(information / code.rate)
    times = np.bincount(
        sent_order(code, information, coded), minlength=mother_bits(code, information)
    )
    assert times.sum() == coded
    assert times.max() - times.min() <= 1


@given(NAMES, st.integers(40, 900), PERCENT, st.integers(1, 200))
def test_a_lower_rate_sends_all_that_a_higher_one_does(
    name: str, information: int, percent: int, more: int
) -> None:
    code = CodeSpec(name, Fraction(percent, 100))
    coded, length = int(information / code.rate), mother_bits(code, information)
    fewer, many = (
        np.bincount(sent_order(code, information, count), minlength=length)
        for count in (coded, coded + more)
    )
    assert (fewer <= many).all()


@given(st.integers(100, 900), st.integers(34, 99))
def test_what_is_repeated_lies_evenly(information: int, percent: int) -> None:
    code = CodeSpec("repetition", Fraction(percent, 100))
    coded = int(information / code.rate)
    repeated = np.bincount(sent_order(code, information, coded), minlength=information)
    expected = np.arange(information + 1) * coded / information
    assert np.abs(np.cumsum([0, *repeated]) - expected).max() < 4


def rank(matrix: np.ndarray) -> int:
    """Return the rank over GF(2)."""
    rows, found = [int("".join(map(str, row)), 2) for row in matrix], 0
    while rows:
        pivot = rows.pop()
        if pivot:
            found += 1
            lowest = pivot & -pivot
            rows = [row ^ pivot if row & lowest else row for row in rows]
    return found


def mother_codewords(code: CodeSpec, information: np.ndarray) -> np.ndarray:
    """Encode rows of bits by sliding every generator over them."""
    outputs = [
        np.apply_along_axis(np.convolve, 1, information, [int(tap) for tap in polynomial]) % 2
        for polynomial in generators(code)
    ]
    return np.stack(outputs, axis=2).reshape(len(information), -1)


@pytest.mark.parametrize("constraint", range(3, 9))
def test_no_two_blocks_are_sent_alike_however_few_bits_there_are(constraint: int) -> None:
    code = CodeSpec("conv", CODES["conv"].rates[1], constraint=constraint)
    for k in (8, 9, 12, 13, 29, 60):
        words = mother_codewords(code, np.eye(k, dtype=np.uint8))
        for coded in (k, k + 1, k + constraint, math.ceil(k / 0.9), math.ceil(k / 0.7)):
            assert rank(words[:, sent_order(code, k, coded)]) == k


@pytest.mark.parametrize("name", ["ldpc", "polar"])
def test_a_code_that_brings_its_own_rate_matching_has_no_order(name: str) -> None:
    code = CodeSpec(name)
    for ask in (lambda: sent_order(code, 100, 200), lambda: mother_bits(code, 100)):
        with pytest.raises(ValueError, match=f"code {name}: brings its own rate matching"):
            ask()
