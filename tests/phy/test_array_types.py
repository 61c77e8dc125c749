"""Array type in, array type out."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from linksim.phy import CodeSpec, Modulation, PhysicalLayer, PhySpec, packing, tensors
from linksim.phy.bits import pack_bits, repack, unpack_bits
from linksim.phy.blocks import blocks_pass, from_blocks, messages_pass, to_blocks
from linksim.phy.segmentation import segment

SPEC = PhySpec(CodeSpec.parse("none:crc=16"), Modulation.named("qpsk"))
BITS = np.random.default_rng(2).integers(0, 2, (3, 200), dtype=np.uint8)


class Foreign:
    """An array of another library, as far as standards tell: DLPack, and its namespace."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __dlpack__(self, **options: Any) -> Any:
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.values.__dlpack_device__()

    def __array_namespace__(self) -> Any:
        return SimpleNamespace(from_dlpack=lambda array: Foreign(np.from_dlpack(array)))


@pytest.fixture(scope="module")
def layer() -> PhysicalLayer:
    return PhysicalLayer(200, SPEC, 3, "native", 1)


def test_what_comes_back_is_of_the_kind_that_was_given(layer: PhysicalLayer) -> None:
    wanted = layer.transmit(BITS, 1.0)
    assert wanted.bit_errors.any()
    theirs, foreign = (
        layer.transmit(torch.from_numpy(BITS), 1.0),
        layer.transmit(Foreign(BITS), 1.0),
    )
    for name, array in vars(wanted).items():
        assert isinstance(array, np.ndarray)
        tensor, other = getattr(theirs, name), getattr(foreign, name)
        assert torch.equal(tensor, torch.from_numpy(array)), name
        np.testing.assert_array_equal(other.values, array)


@pytest.mark.parametrize("bits", [torch.zeros(3, 200), torch.zeros(3, 200, dtype=torch.complex64)])
def test_a_tensor_of_other_numbers_is_refused(layer: PhysicalLayer, bits: torch.Tensor) -> None:
    with pytest.raises(TypeError, match="give an array of bool or integers"):
        layer.transmit(bits, 1.0)


def test_a_tensor_of_another_shape_is_refused(layer: PhysicalLayer) -> None:
    with pytest.raises(ValueError, match="give B rows of 200"):
        layer.transmit(torch.zeros(3, 100, dtype=torch.uint8), 1.0)


@pytest.mark.parametrize("width", [1, 7, 32])
def test_numbers_to_bits_and_back_are_as_on_the_host(width: int) -> None:
    values = np.random.default_rng(1).integers(0, 2**width, (3, 20))
    bits = packing.unpack_bits(torch.from_numpy(values), width)
    np.testing.assert_array_equal(bits.numpy().ravel(), unpack_bits(values, width))
    back = packing.pack_bits(bits, width)
    np.testing.assert_array_equal(back.numpy().ravel(), pack_bits(bits.numpy(), width))
    labels = packing.repack(torch.from_numpy(values), width, 4)
    np.testing.assert_array_equal(labels.numpy().ravel(), repack(values, width, 4))


def test_bytes_to_bits_and_back_are_as_on_the_host() -> None:
    data = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (3, 9), dtype=np.uint8))
    bits = packing.from_bytes(data)
    np.testing.assert_array_equal(bits.numpy(), np.unpackbits(data.numpy(), axis=1))
    assert torch.equal(packing.to_bytes(bits), data)


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="0 to 7 to fit 3 bits"):
        packing.unpack_bits(torch.tensor([[8]]), 3)
    with pytest.raises(ValueError, match="27 bits are no whole number"):
        packing.repack(torch.zeros(2, 3, dtype=torch.int64), 9, 4)
    with pytest.raises(ValueError, match="width 33"):
        packing.pack_bits(torch.zeros(2, 33), 33)


@pytest.mark.parametrize(
    ("code", "width"),
    [("none", 2), ("polar:crc=6", 2), ("ldpc:rate=1/2", 2), ("nr:mcs=2", 2), ("nr:mcs=12", 4)],
)
def test_messages_to_blocks_and_back_are_as_on_the_host(code: str, width: int) -> None:
    plan = segment(CodeSpec.parse(code), 9001, width)
    bits = np.random.default_rng(1).integers(0, 2, (2, 9001), dtype=np.uint8)
    blocks = tensors.to_blocks(torch.from_numpy(bits), plan)
    np.testing.assert_array_equal(blocks.numpy(), to_blocks(bits, plan))
    np.testing.assert_array_equal(tensors.from_blocks(blocks, plan).numpy(), bits)
    blocks[1, 3] ^= 1
    for tell, told in ((tensors.blocks_pass, blocks_pass), (tensors.messages_pass, messages_pass)):
        np.testing.assert_array_equal(tell(blocks, plan).numpy(), told(blocks.numpy(), plan))
    np.testing.assert_array_equal(
        from_blocks(blocks.numpy(), plan), tensors.from_blocks(blocks, plan)
    )
