import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linksim.phy.crc import crc, crc_of_single_bits

# TS 38.212 5.1, by the powers of D.
POLYNOMIALS = {
    24: (24, 23, 6, 5, 1, 0),
    16: (16, 12, 5, 0),
    11: (11, 10, 9, 5, 0),
    6: (6, 5, 0),
}


def remainder(bits: list[int], length: int) -> int:
    """Divide the polynomial of ``bits`` times D^length by hand."""
    polynomial = sum(1 << power for power in POLYNOMIALS[length])
    value = int("".join(map(str, bits)), 2) << length
    while value.bit_length() > length:
        value ^= polynomial << (value.bit_length() - length - 1)
    return value


@given(st.lists(st.integers(0, 1), min_size=1, max_size=200), st.sampled_from(sorted(POLYNOMIALS)))
def test_parity_is_the_remainder_of_polynomial_division(bits: list[int], length: int) -> None:
    parity = crc(np.array([bits], dtype=np.uint8), length)[0]
    assert int("".join(map(str, parity)), 2) == remainder(bits, length)


@pytest.mark.parametrize("length", POLYNOMIALS)
def test_a_block_followed_by_its_parity_has_parity_zero(length: int) -> None:
    blocks = np.random.default_rng(0).integers(0, 2, (5, 333), dtype=np.uint8)
    assert not crc(np.hstack([blocks, crc(blocks, length)]), length).any()


@pytest.mark.parametrize("length", POLYNOMIALS)
def test_any_one_wrong_bit_is_seen(length: int) -> None:
    block = np.random.default_rng(1).integers(0, 2, (1, 64), dtype=np.uint8)
    sent = np.hstack([block, crc(block, length)])
    damaged = sent ^ np.eye(sent.size, dtype=np.uint8)
    assert crc(damaged, length).any(axis=1).all()


def test_no_crc_has_no_bits() -> None:
    assert crc(np.ones((3, 10), dtype=np.uint8), 0).shape == (3, 0)


def test_an_unknown_length_is_refused() -> None:
    with pytest.raises(ValueError, match="0, 6, 11, 16, 24"):
        crc(np.ones((1, 10), dtype=np.uint8), 8)


@pytest.mark.parametrize("length", [6, 11, 16, 24])
def test_the_crc_of_single_bits(length: int) -> None:
    single = crc(np.eye(70, dtype=np.uint8), length).astype(np.uint32)
    weights = 1 << np.arange(length - 1, -1, -1, dtype=np.uint32)
    np.testing.assert_array_equal(crc_of_single_bits(70, length), single @ weights)


NAMED = {
    "24A": (24, 23, 18, 17, 14, 11, 10, 7, 6, 5, 4, 3, 1, 0),
    "24C": (24, 23, 21, 20, 17, 15, 13, 12, 8, 4, 2, 1, 0),
}


@pytest.mark.parametrize("name", NAMED)
def test_other_crcs_of_24_bits_have_a_name(name: str) -> None:
    # The CRC of a single one is the generator's remainder: its terms below the leading one.
    parity = crc(np.array([[1]]), 24, name)[0]
    assert [23 - place for place in np.flatnonzero(parity)] == list(NAMED[name][1:])
    assert crc_of_single_bits(1, 24, name) == sum(1 << power for power in NAMED[name][1:])
