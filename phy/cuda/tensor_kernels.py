"""Kernels for PyTorch's tensors on a device: numbers of another width, rows told apart."""

from __future__ import annotations

import ctypes
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import pad

from linksim.phy.cuda.device import Device, TensorMemory
from linksim.phy.cuda.gpu import first_gpu
from linksim.phy.cuda.source import Source
from linksim.phy.cuda.toolkit import Unavailable

DIGEST_BYTES = 16

_FIRST_GPU = torch.device("cuda", 0)

_THREADS = 128
_CUT_PER_CTA = 1024
_QUAD_BYTES = 16  # of a row, that a thread takes at a time
_QUADS_OF_THREAD = 8
_MOST_CTAS_OF_ROW = 64
_SIZES = {torch.uint8: 8, torch.int64: 64}


def tensor_source() -> Source:
    """Return the kernels, which are the same for all formats."""
    kernels = *(f"recut_{a}_to_{b}" for a in (8, 64) for b in (8, 64)), "sum_up_rows"
    return Source(("packing.cuh", "digests.cuh"), {"CUT_PER_CTA": _CUT_PER_CTA}, kernels)


class TensorKernels:
    """Kernels of one device; they are started, and not waited for.

    Args:
        device: where tensors are.

    Raises:
        linksim.phy.cuda.toolkit.Unavailable: if they cannot be compiled.
    """

    def __init__(self, device: Device) -> None:
        self._kernels = device.build(tensor_source())

    def recut(self, numbers: Tensor, width: int, new_width: int, dtype: torch.dtype) -> Tensor:
        """Cut a stream of ``width``-bit numbers into ``new_width``-bit numbers.

        Args:
            numbers: bool or integers of any shape, on the device; what does not fit the width loses
                its upper bits.
            width, new_width: 1 to 32.
            dtype: of the new numbers, uint8 or int64; the former for up to 8 bits.

        Returns:
            ``[ceil(numbers · width / new_width)]``, the last one filled up with zero bits.
        """
        if numbers.dtype not in _SIZES:
            numbers = numbers.to(torch.uint8 if numbers.dtype is torch.bool else torch.int64)
        count = -(-numbers.numel() * width // new_width)
        cut = torch.empty(count, dtype=dtype, device=numbers.device)
        kernel = self._kernels[f"recut_{_SIZES[numbers.dtype]}_to_{_SIZES[dtype]}"]
        given = TensorMemory(numbers), ctypes.c_uint64(numbers.numel()), ctypes.c_uint32(width)
        wanted = TensorMemory(cut), ctypes.c_uint64(count), ctypes.c_uint32(new_width)
        if count:
            kernel((-(-count // _CUT_PER_CTA), 1), _THREADS, 0, *given, *wanted)
        return cut

    def digests(self, *parts: Tensor) -> Tensor:
        """Tell rows apart by all that they hold.

        Args:
            parts: of one device and ``B`` rows each, of any dtype and any further shape.

        Returns:
            uint8 ``[B, 16]``, on the device: equal for rows whose bytes are equal in all parts.
        """
        rows = torch.cat([_bytes_of(part) for part in parts], dim=1)
        rows = pad(rows, (0, -rows.shape[1] % _QUAD_BYTES))
        quads = rows.shape[1] // _QUAD_BYTES
        sums = torch.zeros(len(rows), DIGEST_BYTES, dtype=torch.uint8, device=rows.device)
        ctas = min(max(-(-quads // (_THREADS * _QUADS_OF_THREAD)), 1), _MOST_CTAS_OF_ROW)
        arguments = TensorMemory(rows), ctypes.c_uint32(quads), TensorMemory(sums)
        if len(rows):
            self._kernels["sum_up_rows"]((len(rows), ctas), _THREADS, 0, *arguments)
        return sums


def _bytes_of(part: Tensor) -> Tensor:
    """Return rows as their bytes, uint8 ``[B, bytes]``."""
    plain = torch.view_as_real(part.resolve_conj()) if part.is_complex() else part.resolve_neg()
    rows = plain.flatten(1) if plain.ndim > 1 else plain[:, None]
    return rows.contiguous().view(torch.uint8)


def kernels_for(tensor: Tensor) -> TensorKernels | None:
    """Return the kernels for a tensor on the first GPU; None elsewhere, and without a compiler."""
    if tensor.device != _FIRST_GPU:
        return None
    try:
        return _kernels_of_gpu()
    except Unavailable:
        return None


@cache
def _kernels_of_gpu() -> TensorKernels:
    return TensorKernels(first_gpu())
