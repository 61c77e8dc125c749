from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linksim.phy import bits, pack_bits, repack, unpack_bits

WIDTHS = range(1, 33)
INDEX_WIDTHS = range(1, 17)
LENGTHS = range(71)
GUARD = 70
INTEGERS = "int8 int16 int32 int64 uint8 uint16 uint32 uint64 >i4 >u2".split()


def numbers(width: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 2**width - 1), max_size=40)


@st.composite
def width_and_numbers(draw: st.DrawFn) -> tuple[int, list[int]]:
    width = draw(st.integers(1, 32))
    return width, draw(numbers(width))


def random_numbers(width: int, count: int) -> np.ndarray:
    return np.random.default_rng(width).integers(0, 2**width, count).astype(np.uint32)


def digits(values: np.ndarray | list[int], width: int) -> str:
    return "".join(format(int(value), f"0{width}b") for value in values)


def recut(values: np.ndarray, width: int, new_width: int) -> list[int]:
    """Do what `repack` does, by way of a string of digits."""
    stream = digits(values, width)
    stream += "0" * (-len(stream) % new_width)
    return [int(stream[i : i + new_width], 2) for i in range(0, len(stream), new_width)]


@given(width_and_numbers())
def test_unpacked_bits_are_the_binary_digits(case: tuple[int, list[int]]) -> None:
    width, values = case
    unpacked = unpack_bits(np.array(values, dtype=np.uint32), width)
    assert "".join(map(str, unpacked)) == digits(values, width)


@given(width_and_numbers())
def test_packing_undoes_unpacking(case: tuple[int, list[int]]) -> None:
    width, values = case
    unpacked = unpack_bits(np.array(values, dtype=np.uint32), width)
    assert pack_bits(unpacked, width).tolist() == values


@settings(max_examples=40)  # most pairs of widths compile a kernel of their own
@given(width_and_numbers(), st.integers(1, 32))
def test_repacking_keeps_the_bit_stream(case: tuple[int, list[int]], new_width: int) -> None:
    width, values = case
    array = np.array(values, dtype=np.uint32)
    assert repack(array, width, new_width).tolist() == recut(array, width, new_width)


@pytest.mark.parametrize("width", WIDTHS)
def test_any_length_becomes_bits_and_comes_back(width: int) -> None:
    values = random_numbers(width, LENGTHS[-1])
    stream = [int(digit) for digit in digits(values, width)]
    for length in LENGTHS:
        unpacked = unpack_bits(values[:length], width)
        assert unpacked.tolist() == stream[: length * width]
        assert pack_bits(unpacked, width).tolist() == values[:length].tolist()


@pytest.mark.parametrize("width", INDEX_WIDTHS)
def test_any_length_becomes_symbol_labels_and_comes_back(width: int) -> None:
    values = random_numbers(width, LENGTHS[-1])
    for length in LENGTHS:
        symbols = repack(values[:length], width, 3)
        assert symbols.tolist() == recut(values[:length], width, 3)
        indices = repack(symbols, 3, width)
        assert indices.tolist() == recut(symbols, 3, width)
        assert indices[:length].tolist() == values[:length].tolist()


def kernels(width: int) -> Iterator[tuple[int, int, bits.Kernel, type, type]]:
    """Yield widths before and after, the kernel between them, and the dtypes it is used with."""
    yield width, 1, bits._kernel_of_words(width, 1, 1), np.uint32, np.uint8
    yield 1, width, bits._kernel_of_words(1, width, 4), np.uint8, np.uint32
    yield width, 3, bits._repacking_kernel(width, 3), np.uint32, np.uint32
    yield 3, width, bits._repacking_kernel(3, width), np.uint32, np.uint32


@pytest.mark.parametrize("width", INDEX_WIDTHS)
def test_nothing_beyond_the_arrays_is_read_or_written(width: int) -> None:
    for old_width, new_width, kernel, dtype, new_dtype in kernels(width):
        values = random_numbers(old_width, LENGTHS[-1])
        for length in LENGTHS:
            expected = recut(values[:length], old_width, new_width)
            around = np.full(length + 2 * GUARD, np.iinfo(dtype).max, dtype=dtype)
            around[GUARD : GUARD + length] = values[:length]
            new_around = np.full(len(expected) + 2 * GUARD, 0xA5, dtype=new_dtype)
            inside, new_inside = around[GUARD:-GUARD], new_around[GUARD:-GUARD]
            assert kernel(inside, new_inside) == 0  # a guard would be too high a number
            assert new_inside.tolist() == expected
            assert (new_around[:GUARD] == 0xA5).all()
            assert (new_around[-GUARD:] == 0xA5).all()


def test_a_long_stream_keeps_its_order() -> None:
    values = random_numbers(11, 49152)
    expected = (values[:, None] >> np.arange(10, -1, -1)) & 1
    assert np.array_equal(unpack_bits(values, 11), expected.reshape(-1))
    assert np.array_equal(repack(repack(values, 11, 3), 3, 11), values)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_any_integer_dtype_and_layout_will_do(dtype: str) -> None:
    values = random_numbers(5, 200).astype(dtype)
    stream = [int(digit) for digit in digits(values, 5)]
    assert unpack_bits(values, 5).tolist() == stream
    assert unpack_bits(values.reshape(10, 20), 5).tolist() == stream
    assert unpack_bits(np.repeat(values, 2)[::2], 5).tolist() == stream
    assert pack_bits(np.array(stream, dtype=dtype), 5).tolist() == values.tolist()
    assert repack(repack(values, 5, 8).astype(np.uint8), 8, 5).tolist() == values.tolist()


def test_truth_values_are_bits() -> None:
    assert pack_bits(np.array([True, False, True]), 3).tolist() == [5]


def test_numbers_may_be_narrower_than_their_width() -> None:
    values = np.arange(100, dtype=np.uint8)
    assert pack_bits(unpack_bits(values, 13), 13).tolist() == values.tolist()


def test_indices_become_symbol_labels_and_come_back() -> None:
    indices = np.random.default_rng(0).integers(0, 256, 768)
    symbols = repack(indices, 8, 3)
    assert symbols.max() < 8
    assert repack(symbols, 3, 8)[:768].tolist() == indices.tolist()


@pytest.mark.parametrize("width", [0, 33, -1])
def test_a_width_out_of_range_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="width"):
        unpack_bits(np.zeros(1, dtype=np.uint8), width)
    with pytest.raises(ValueError, match="width"):
        pack_bits(np.zeros(1, dtype=np.uint8), width)


@pytest.mark.parametrize("width", [1, 3, 6, 10, 16, 31])
def test_a_number_that_does_not_fit_is_refused_wherever_it_is(width: int) -> None:
    for place in LENGTHS:
        values = np.zeros(LENGTHS[-1] + 1, dtype=np.uint32)
        values[place] = 2**width
        with pytest.raises(ValueError, match=f"0 to {2**width - 1} "):
            unpack_bits(values, width)
        with pytest.raises(ValueError, match=f"0 to {2**width - 1} "):
            repack(values, width, 3)


@pytest.mark.parametrize("dtype", [dtype for dtype in INTEGERS if "u" not in dtype])
def test_negative_numbers_are_refused(dtype: str) -> None:
    full = np.dtype(dtype).itemsize * 8
    for width in {3, min(full, 32)}:
        with pytest.raises(ValueError, match=f"0 to {2**width - 1} "):
            unpack_bits(np.array([0, -1], dtype=dtype), width)


def test_bits_that_are_neither_zero_nor_one_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1 "):
        pack_bits(np.array([0, 2, 1], dtype=np.uint8), 3)


def test_broken_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="whole number"):
        pack_bits(np.zeros(7, dtype=np.uint8), 3)
