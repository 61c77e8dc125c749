import numpy as np
import pytest
import torch

from linksim.link.bridge import to_numpy, to_torch

DTYPES = [torch.bool, torch.uint8, torch.int32, torch.int64, torch.float32, torch.complex64]


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_cross_both_ways_without_a_copy(dtype: torch.dtype) -> None:
    tensor = torch.tensor([[0, 1, 1], [1, 0, 1]]).to(dtype)
    array = to_numpy(tensor)
    assert array.tolist() == tensor.tolist()
    assert array.ctypes.data == tensor.data_ptr()
    back = to_torch(np.array(array))
    assert torch.equal(back, tensor)
    writable = np.array(array)
    assert to_torch(writable).data_ptr() == writable.ctypes.data


def test_lazily_conjugated_and_negated_views_arrive_as_their_values() -> None:
    z = torch.tensor([1 + 2j, 3 - 4j])
    assert to_numpy(z.conj()).tolist() == [1 - 2j, 3 + 4j]
    assert to_numpy(z.conj().imag).tolist() == [-2, 4]


def test_a_tensor_with_gradient_is_detached() -> None:
    weight = torch.ones(3, requires_grad=True)
    assert to_numpy(weight * 2).tolist() == [2, 2, 2]


def test_strides_are_settled() -> None:
    matrix = torch.arange(6).reshape(2, 3)
    assert to_numpy(matrix.T).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert to_torch(np.arange(6).reshape(2, 3).T).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_empty_tensors_cross() -> None:
    assert to_numpy(torch.empty(0, 3)).shape == (0, 3)
    assert to_torch(np.empty((0, 3), dtype=np.float32)).shape == (0, 3)


def test_a_read_only_array_is_copied_so_that_torch_cannot_change_it() -> None:
    array = np.arange(3)
    array.setflags(write=False)
    tensor = to_torch(array)
    tensor += 1
    assert array.tolist() == [0, 1, 2]


def test_dtypes_that_numpy_lacks_are_refused() -> None:
    with pytest.raises(TypeError, match="bfloat16"):
        to_numpy(torch.zeros(2, dtype=torch.bfloat16))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_tensor_on_a_gpu_comes_to_the_host() -> None:
    assert to_numpy(torch.ones(2, device="cuda")).tolist() == [1, 1]
