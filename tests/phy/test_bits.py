import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linksim.phy import pack_bits, repack, unpack_bits


def numbers(width: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 2**width - 1), max_size=40)


@st.composite
def width_and_numbers(draw: st.DrawFn) -> tuple[int, list[int]]:
    width = draw(st.integers(1, 32))
    return width, draw(numbers(width))


@given(width_and_numbers())
def test_unpacked_bits_are_the_binary_digits(case: tuple[int, list[int]]) -> None:
    width, values = case
    digits = "".join(format(value, f"0{width}b") for value in values)
    bits = unpack_bits(np.array(values, dtype=np.uint32), width)
    assert "".join(map(str, bits)) == digits


@given(width_and_numbers())
def test_packing_undoes_unpacking(case: tuple[int, list[int]]) -> None:
    width, values = case
    assert pack_bits(unpack_bits(np.array(values, dtype=np.int64), width), width).tolist() == values


@given(width_and_numbers(), st.integers(1, 32))
def test_repacking_keeps_the_bit_stream(case: tuple[int, list[int]], new_width: int) -> None:
    width, values = case
    digits = "".join(format(value, f"0{width}b") for value in values)
    digits += "0" * (-len(digits) % new_width)
    repacked = repack(np.array(values, dtype=np.uint32), width, new_width)
    assert "".join(format(value, f"0{new_width}b") for value in repacked) == digits


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


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 7"):
        unpack_bits(np.array([8]), 3)
    with pytest.raises(ValueError, match="0 to 7"):
        unpack_bits(np.array([-1]), 3)


def test_broken_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="whole number"):
        pack_bits(np.zeros(7, dtype=np.uint8), 3)
