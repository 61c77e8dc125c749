"""What tells apart what arrived: digests of rows, made where they are."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch

from linksim.link.bridge import to_numpy
from linksim.source import AnyReceived, ReceivedStreams, ReceivedSymbols

if TYPE_CHECKING:
    from linksim.phy.cuda.tensor_kernels import TensorKernels

_DIGEST_BYTES = 16


def digests_of(received: AnyReceived, rows: int, soft: bool = False) -> list[bytes]:
    """Return digests of all that a decoder may read of the first pictures, 16 bytes each.

    Args:
        received: what arrived of pictures.
        rows: how many of them.
        soft: whether LLRs are decoded in place of decided numbers.
    """
    if isinstance(received, ReceivedStreams):
        return [_of_units(received, row) for row in range(rows)]
    if isinstance(received, ReceivedSymbols):
        return row_digests(received.values[:rows], received.n0[:rows])
    if soft:
        return row_digests(received.llr[:rows])
    return row_digests(received.values[:rows], received.erased[:rows])


def row_digests(*parts: torch.Tensor) -> list[bytes]:
    """Return a digest of each row of tensors, 16 bytes, of which alone a GPU's come to the host.

    Rows whose bytes are equal in all parts have the same, others another. It is no figure to be
    kept: that of a row on a GPU is not that of its copy on the host.

    Args:
        parts: of one device and ``B`` rows each, of any dtype and any further shape.
    """
    if (kernels := kernels_for(parts[0])) is not None:
        return [row.tobytes() for row in to_numpy(kernels.digests(*parts))]
    arrays = [to_numpy(part) for part in parts]
    return [_digest(*(array[row].tobytes() for array in arrays)) for row in range(len(arrays[0]))]


def kernels_for(tensor: torch.Tensor) -> TensorKernels | None:
    """Return the kernels of a tensor's GPU; None on the host, and where none can be compiled."""
    if not tensor.is_cuda:
        return None
    from linksim.phy.cuda import tensor_kernels  # Numba, which it takes, is slow to load

    return tensor_kernels.kernels_for(tensor)


def _of_units(received: ReceivedStreams, row: int) -> bytes:
    units = sorted(received.units[row].items())
    return _digest(*(f"{i} {u.complete} {len(u.data)} ".encode() + u.data for i, u in units))


def _digest(*parts: bytes) -> bytes:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return digest.digest()
