"""Arrays between torch and numpy, by DLPack: no copy on the CPU, memory shared.

What DLPack itself does not check is settled before a tensor leaves: it is detached, lazily
conjugated or negated views are resolved (they would arrive with silently wrong values), strides
are made contiguous, and it is brought to the host. Sharing means that an in-place change on one
side shows on the other.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.utils.dlpack

_DTYPES = {
    torch.bool,
    torch.uint8,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.float16,
    torch.float32,
    torch.float64,
    torch.complex64,
    torch.complex128,
}

_NUMPY_DTYPES = {np.dtype(str(dtype).removeprefix("torch.")) for dtype in _DTYPES}


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Return the tensor as an array that shares its memory where it can.

    Raises:
        TypeError: for what is no dense tensor, or has a dtype that numpy does not have (bfloat16,
            quantised …).
    """
    if not isinstance(tensor, torch.Tensor) or tensor.layout is not torch.strided:
        raise TypeError(f"give a dense tensor, not {type(tensor).__name__}")
    if tensor.dtype not in _DTYPES:
        raise TypeError(f"{tensor.dtype} does not cross the bridge: convert it first")
    settled = tensor.detach().resolve_conj().resolve_neg().contiguous().cpu()
    return np.from_dlpack(settled)


def to_torch(array: np.ndarray, device: torch.device | str = "cpu") -> torch.Tensor:
    """Return the array as a tensor that shares its memory where it can.

    A read-only array is copied: torch has no read-only tensors.

    Raises:
        TypeError: for what is no array, or has a dtype that torch does not have (text, objects,
            bytes in another order …).
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"give an array, not {type(array).__name__}")
    if array.dtype not in _NUMPY_DTYPES:
        raise TypeError(f"{array.dtype} does not cross the bridge: convert it first")
    if not (array.flags.writeable and array.flags.c_contiguous):
        array = np.array(array, order="C")
    return torch.utils.dlpack.from_dlpack(array).to(device)
