import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from linksim.link.framing import deframe, frame
from linksim.phy import Reception
from linksim.source import Message


def arrived(bits: np.ndarray, blocks: int = 1) -> Reception:
    counts = np.zeros(len(bits), dtype=np.int64)
    passed = np.ones((len(bits), blocks), dtype=bool)
    llr = np.where(bits == 1, 5.0, -5.0).astype(np.float32)
    return Reception(bits, llr, passed, passed.all(axis=1), counts, counts, counts)


@given(st.integers(1, 16), st.integers(1, 50), st.integers(1, 3), st.integers(0, 2**32))
def test_an_undamaged_message_comes_back(width: int, count: int, rows: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 2**width, (rows, count))
    message = Message(torch.from_numpy(values), width)
    bits = frame(message)
    assert bits.shape == (rows, count * width)
    received = deframe(arrived(bits), width, count * width)
    assert torch.equal(received.values, message.values)
    assert not received.erased.any()


def test_golden_bits_most_significant_first() -> None:
    message = Message(torch.tensor([[5, 0, 7]]), 3)
    assert frame(message).tolist() == [[1, 0, 1, 0, 0, 0, 1, 1, 1]]


def test_bytes_are_a_message_of_width_eight() -> None:
    message = Message(torch.tensor([list(b"sea")]), 8)
    received = deframe(arrived(frame(message)), 8, 24)
    assert bytes(received.values[0].tolist()) == b"sea"


def test_values_in_a_failed_block_are_marked_erased_even_in_part() -> None:
    bits = np.zeros((1, 24), dtype=np.uint8)
    reception = arrived(bits, blocks=2)
    reception.block_passed[0, 1] = False
    # Blocks of 12 bits, values of 8: the second value lies in both blocks.
    assert deframe(reception, 8, 12).erased.tolist() == [[False, True, True]]


def test_llrs_keep_to_their_values() -> None:
    bits = np.array([[1, 0, 0, 1, 1, 1]], dtype=np.uint8)
    llr = deframe(arrived(bits), 3, 6).llr
    assert llr.shape == (1, 2, 3)
    assert (llr > 0).int().tolist() == [[[1, 0, 0], [1, 1, 1]]]


def test_a_value_too_large_for_its_width_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 7"):
        frame(Message(torch.tensor([[8]]), 3))
