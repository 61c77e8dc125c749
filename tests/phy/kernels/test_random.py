"""The counter-based draws against a Philox in plain Python, itself checked by known answers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linksim.phy.kernels.random import (
    BITS_PER_GROUP,
    ROOM,
    Draw,
    complex_normals,
    even_counters,
    random_bits,
)

MASK = 2**32 - 1


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 as Salmon et al. write it."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(b >> 32) ^ c[1] ^ k[0], b & MASK, (a >> 32) ^ c[3] ^ k[1], a & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


# Known answers that come with the authors' Random123 library.
@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000",
         "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff",
         "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0",
         "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)  # fmt: skip
def test_the_oracle_gives_the_known_answers(counter: str, key: str, answer: str) -> None:
    words = philox([int(w, 16) for w in counter.split()], [int(w, 16) for w in key.split()])
    assert words == [int(w, 16) for w in answer.split()]


def make_draw(seed: int, snr: int, frame: int, purpose: int) -> Draw:
    return Draw(np.uint64(seed), np.uint32(snr), np.uint64(frame), np.uint32(purpose))


def oracle_words(draw: Draw, block: int) -> list[int]:
    seed, frame = int(draw.seed), int(draw.frame)
    tag = int(draw.purpose) << 28 | int(draw.snr)
    return philox([block, frame & MASK, frame >> 32, tag], [seed & MASK, seed >> 32])


def oracle_normal(draw: Draw, index: int) -> complex:
    """Return number ``index`` of a draw, in double precision."""
    group, place = divmod(index, 32)
    half, lane = divmod(place, 16)
    radius_word, angle_word = oracle_words(draw, 16 * group + lane)[2 * half : 2 * half + 2]
    radius = math.sqrt(-math.log((radius_word + 0.5) / 2**32))
    half_turn = ((angle_word << 1) & MASK ^ 0x80000000) - 0x80000000
    sign = -1 if angle_word >> 31 else 1
    return sign * radius * np.exp(2j * np.pi * half_turn / 2**33)


def normals(draw: Draw, first: int, count: int) -> np.ndarray:
    real, imaginary = np.zeros((2, count + ROOM), dtype=np.float32)
    at = complex_normals(draw, first, count, even_counters(), real, imaginary)
    return (real + 1j * imaginary)[at : at + count]


@given(
    st.integers(0, 2**64 - 1), st.integers(0, 2**28 - 1), st.integers(0, 2**64 - 1),
    st.integers(0, 15), st.integers(0, 2**20),
)  # fmt: skip
def test_normals_are_box_and_mullers_of_philox(
    seed: int, snr: int, frame: int, purpose: int, first: int
) -> None:
    draw = make_draw(seed, snr, frame, purpose)
    expected = np.array([oracle_normal(draw, first + i) for i in range(40)])
    # A radius comes from its square, which is right to 5e-7.
    tolerance = 5e-7 / np.abs(expected) + 3e-6 * np.abs(expected)
    assert (np.abs(normals(draw, first, 40) - expected) <= tolerance).all()


@given(st.integers(0, 300), st.integers(1, 300))
def test_any_stretch_of_normals_can_be_drawn_alone(first: int, count: int) -> None:
    draw = make_draw(1, 2, 3, 4)
    assert np.array_equal(normals(draw, first, count), normals(draw, 0, 600)[first : first + count])


def test_bits_are_the_words_bits() -> None:
    draw = make_draw(5, 6, 7, 8)
    bits = np.zeros(3 * BITS_PER_GROUP, dtype=np.uint8)
    random_bits(draw, 0, 2 * BITS_PER_GROUP, even_counters(), bits)
    words = [oracle_words(draw, block) for block in range(32)]
    ones = sum(word.bit_count() for block in words for word in block)
    assert bits[: 2 * BITS_PER_GROUP].sum() == ones
    # The first 64 bits are the lowest bits of the bytes of each block's first word.
    lowest = [block[0] >> (8 * byte) & 1 for block in words[:16] for byte in range(4)]
    assert bits[:64].tolist() == lowest


def test_each_run_of_bits_continues_where_the_last_ended() -> None:
    draw, size = make_draw(5, 6, 7, 8), BITS_PER_GROUP
    both, second = np.zeros((2, 3 * size), dtype=np.uint8)
    random_bits(draw, 0, 2 * size, even_counters(), both)
    random_bits(draw, 1, size, even_counters(), second)
    assert np.array_equal(second[:size], both[size : 2 * size])
