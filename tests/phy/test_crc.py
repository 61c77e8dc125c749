import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linksim.phy.crc import crc24b

# TS 38.212 5.1: gCRC24B(D) = D^24 + D^23 + D^6 + D^5 + D + 1
POLYNOMIAL = sum(1 << power for power in (24, 23, 6, 5, 1, 0))


def remainder(bits: list[int]) -> int:
    """Divide the polynomial of ``bits`` times D^24 by hand."""
    value = int("".join(map(str, bits)), 2) << 24
    while value.bit_length() > 24:
        value ^= POLYNOMIAL << (value.bit_length() - 25)
    return value


@given(st.lists(st.integers(0, 1), min_size=1, max_size=200))
def test_parity_is_the_remainder_of_polynomial_division(bits: list[int]) -> None:
    parity = crc24b(np.array([bits], dtype=np.uint8))[0]
    assert int("".join(map(str, parity)), 2) == remainder(bits)


def test_a_block_followed_by_its_parity_has_parity_zero() -> None:
    blocks = np.random.default_rng(0).integers(0, 2, (5, 333), dtype=np.uint8)
    assert not crc24b(np.hstack([blocks, crc24b(blocks)])).any()


def test_any_one_wrong_bit_is_seen() -> None:
    block = np.random.default_rng(1).integers(0, 2, (1, 64), dtype=np.uint8)
    sent = np.hstack([block, crc24b(block)])
    damaged = sent ^ np.eye(sent.size, dtype=np.uint8)
    assert crc24b(damaged).any(axis=1).all()
