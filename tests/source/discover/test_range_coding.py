"""The range coder's bytes: short, exact, and harmless when damaged."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from linksim.source.discover.entropy_model import MOST, SCALES, scale_table
from linksim.source.discover.range_coding import Reader, encode

TABLE = scale_table().numpy()
GOLDEN = "f3e40d14"
"""The bytes of seven numbers; a change of them breaks every stream that was ever written."""


def drawn(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    places = rng.integers(0, SCALES, count)
    numbers = np.rint(rng.normal(0, TABLE[places])).clip(-MOST, MOST).astype(np.int32)
    return numbers, places


def cost(numbers: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return bits by SciPy's normal distribution, which shares no code with the codec."""
    scale = TABLE[places]
    inside = norm.cdf((numbers + 0.5) / scale) - norm.cdf((numbers - 0.5) / scale)
    return np.asarray(-np.log2(np.maximum(inside, 2.0**-24)))


@given(st.integers(0, 10**6), st.integers(0, 300))
@settings(deadline=None, max_examples=60)
def test_what_is_written_is_read(seed: int, count: int) -> None:
    numbers, places = drawn(seed, count)
    reader = Reader(encode(numbers, places))
    half = count // 2
    read = [reader.read(part) for part in (places[:half], places[half:])]
    assert np.array_equal(np.concatenate(read), numbers)


def test_bytes_are_as_few_as_the_information() -> None:
    excess = []
    for seed in range(100):
        numbers, places = drawn(seed, 80)
        excess.append(8 * len(encode(numbers, places)) - cost(numbers, places).sum())
    assert -8 < np.mean(excess) < 8  # less than a byte, where the coder's own words are four


@pytest.mark.parametrize("seed", range(40))
def test_no_fewer_bytes_read_the_same(seed: int) -> None:
    numbers, places = drawn(seed, 1 + 3 * seed)
    data = encode(numbers, places)
    shorter = data[:-1]
    above = (int.from_bytes(shorter, "big") + 1).to_bytes(len(data), "big")[1:]
    assert np.array_equal(Reader(data).read(places), numbers)
    assert not np.array_equal(Reader(shorter).read(places), numbers)
    assert not np.array_equal(Reader(above).read(places), numbers)


def test_expected_bytes() -> None:
    numbers = np.array([0, 1, -2, 5, 0, 0, -9], dtype=np.int32)
    assert encode(numbers, np.array([0, 10, 20, 30, 5, 63, 40])).hex() == GOLDEN


@pytest.mark.parametrize("length", range(0, 60, 3))
def test_a_beginning_is_read_as_far_as_it_is_sure(length: int) -> None:
    numbers, places = drawn(5, 120)
    data = encode(numbers, places)[:length]
    reader = Reader(data, complete=False)
    read = reader.read(places)
    sure = np.flatnonzero(read != numbers)
    first = int(sure[0]) if len(sure) else len(numbers)
    assert not read[first:].any()  # nothing wrong, only zeros from where it stops
    assert cost(numbers, places)[:first].sum() <= 8 * max(length, 1)
    assert reader.ended


@given(st.binary(max_size=64), st.booleans())
@settings(deadline=None, max_examples=200)
def test_any_bytes_give_numbers_within_reach(data: bytes, complete: bool) -> None:
    _, places = drawn(7, 100)
    read = Reader(data, complete).read(places)
    assert read.shape == (100,)
    assert np.abs(read).max() <= MOST
