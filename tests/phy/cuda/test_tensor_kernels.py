"""Kernels for tensors: numbers cut as the native kernels cut them, rows told apart."""

import numpy as np
import pytest
import torch

from linksim.phy.bits import pack_bits, repack, unpack_bits
from linksim.phy.cuda.host import Host
from linksim.phy.cuda.tensor_kernels import TensorKernels


@pytest.fixture(scope="module")
def kernels(host: Host) -> TensorKernels:
    return TensorKernels(host)


def numbers(width: int, count: int) -> np.ndarray:
    return np.random.default_rng(width).integers(0, 2**width, count)


def digits(values: np.ndarray, width: int) -> str:
    return "".join(format(int(value), f"0{width}b") for value in values)


@pytest.mark.parametrize("count", [0, 1, 700])
def test_indices_of_every_width_to_bits_and_back(kernels: TensorKernels, count: int) -> None:
    for width in range(1, 33):
        indices = torch.from_numpy(numbers(width, count))
        bits = kernels.recut(indices, width, 1, torch.uint8)
        assert "".join(map(str, bits.tolist())) == digits(indices.numpy(), width)
        assert torch.equal(kernels.recut(bits.bool(), 1, width, torch.int64), indices)


@pytest.mark.parametrize(("width", "bits_per_symbol"), [(9, 3), (13, 4), (10, 6)])
def test_bits_and_symbols_are_those_of_the_native_kernels(
    kernels: TensorKernels, width: int, bits_per_symbol: int
) -> None:
    indices = numbers(width, 1111)
    given = torch.from_numpy(indices.astype(np.int32))
    bits = kernels.recut(given, width, 1, torch.uint8)
    np.testing.assert_array_equal(bits.numpy(), unpack_bits(indices, width))
    packed = kernels.recut(bits, 1, width, torch.int64)
    np.testing.assert_array_equal(packed.numpy(), pack_bits(bits.numpy(), width))
    labels = kernels.recut(given, width, bits_per_symbol, torch.int64)
    np.testing.assert_array_equal(labels.numpy(), repack(indices, width, bits_per_symbol))
    back = kernels.recut(labels, bits_per_symbol, width, torch.int64)
    np.testing.assert_array_equal(back.numpy(), repack(labels.numpy(), bits_per_symbol, width))


def test_bytes_to_bits_and_back(kernels: TensorKernels) -> None:
    data = torch.from_numpy(numbers(8, 5000).astype(np.uint8))
    bits = kernels.recut(data, 8, 1, torch.uint8)
    np.testing.assert_array_equal(bits.numpy(), np.unpackbits(data.numpy()))
    assert torch.equal(kernels.recut(bits, 1, 8, torch.uint8), data)


def test_what_does_not_fit_loses_its_upper_bits(kernels: TensorKernels) -> None:
    given = torch.tensor([0b1_101, -1])
    assert kernels.recut(given, 3, 1, torch.uint8).tolist() == [1, 0, 1, 1, 1, 1]


def digests(kernels: TensorKernels, *parts: torch.Tensor) -> list[bytes]:
    return [bytes(row) for row in kernels.digests(*parts).numpy()]


@pytest.mark.parametrize("count", [1, 5, 4000, 70000])
def test_equal_rows_alone_have_equal_digests(kernels: TensorKernels, count: int) -> None:
    rows = torch.from_numpy(np.random.default_rng(count).random((1, count))).repeat(5, 1)
    rows[1, -1] = rows[1, -1].nextafter(torch.tensor(2.0))
    rows[2, 0] = -rows[2, 0]
    rows[3] = 0
    erased = torch.zeros(5, 3, dtype=torch.bool)
    found = digests(kernels, rows, erased)
    assert found[0] == found[4]
    assert len(set(found)) == 4
    erased[4, 2] = True
    again = digests(kernels, rows, erased)
    assert again[:4] == found[:4]
    assert again[4] != found[4]


def test_rows_in_another_order_have_other_digests(kernels: TensorKernels) -> None:
    quads = torch.arange(40, dtype=torch.float32).reshape(10, 4)
    rows = torch.stack([quads, quads.flip(0), quads.roll(1, 0)])
    assert len(set(digests(kernels, rows))) == 3


def test_no_rows_have_no_digests(kernels: TensorKernels) -> None:
    assert kernels.digests(torch.empty(0, 7)).shape == (0, 16)
