"""Numbers of tensors to bits, to symbols' labels and to bytes, and back, where they are.

On a GPU CUDA's kernels do it, on the host those of `linksim.phy.bits`, which share a tensor's
memory. Tensors of other devices, and of a GPU without a compiler for it, pay the host a visit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from linksim.phy import bits, tensors
from linksim.phy.checks import whole_number
from linksim.phy.cuda.tensor_kernels import kernels_for
from linksim.phy.reception import PackedReception
from linksim.phy.segmentation import Segmentation

_BYTE = 8


def unpack_bits(values: Tensor, width: int) -> Tensor:
    """Spread each number over ``width`` bits, the most significant first.

    Args:
        values: integers ``[B, count]``. What does not fit is refused on the host; on a GPU, which
            is not waited for, it loses its upper bits.
        width: bits per number, 1 to 32.

    Returns:
        uint8 ``[B, count · width]``.

    Raises:
        TypeError, ValueError: as `linksim.phy.bits.unpack_bits`.
    """
    return _recut(values, width, 1, torch.uint8, partial(bits.unpack_bits, width=width))


def pack_bits(ones: Tensor, width: int) -> Tensor:
    """Gather groups of ``width`` bits into numbers; the inverse of `unpack_bits`.

    Args:
        ones: zeros and ones ``[B, count · width]``.
        width: bits per number, 1 to 32.

    Returns:
        int64 ``[B, count]``.

    Raises:
        TypeError, ValueError: as `linksim.phy.bits.pack_bits`.
    """
    return _recut(ones, 1, width, torch.int64, partial(bits.pack_bits, width=width))


def repack(values: Tensor, width: int, new_width: int) -> Tensor:
    """Cut rows of numbers into rows of numbers of another width: indices into symbols' labels.

    Args:
        values: integers ``[B, count]``, of whose bits a row has a whole number of new groups.
        width, new_width: bits per number, 1 to 32.

    Returns:
        int64 ``[B, count · width / new_width]``.

    Raises:
        TypeError, ValueError: as `linksim.phy.bits.repack`.
    """
    by_host = partial(bits.repack, width=width, new_width=new_width)
    return _recut(values, width, new_width, torch.int64, by_host)


def to_bytes(ones: Tensor) -> Tensor:
    """Gather zeros and ones ``[B, 8 · count]`` into bytes, uint8 ``[B, count]``."""
    by_host = partial(bits.pack_bits, width=_BYTE)
    return _recut(ones, 1, _BYTE, torch.uint8, by_host)


def from_bytes(data: Tensor) -> Tensor:
    """Spread bytes, uint8 ``[B, count]``, over zeros and ones, uint8 ``[B, 8 · count]``."""
    return unpack_bits(data, _BYTE)


def packed_reception_of(
    sent: Tensor, llr: Tensor, raw_errors: Tensor, plan: Segmentation
) -> PackedReception:
    """Join blocks to messages of whole bytes; these and counts come to the host, LLRs do not.

    Args:
        sent, llr, raw_errors: as of `linksim.phy.reception.reception_of_tensors`.
        plan: how messages were cut.
    """
    messages, decided = len(sent) // plan.blocks, (llr > 0).byte()
    wrong = (decided[:, : plan.payload_bits] != sent[:, : plan.payload_bits]).any(dim=1)
    passed = tensors.blocks_pass(decided, plan)
    found = [each.reshape(messages, plan.blocks) for each in (passed, wrong, raw_errors)]
    passed_all, errors, raw = torch.stack(
        [found[0].all(dim=1).long(), *(each.sum(dim=1) for each in found[1:])]
    ).cpu()
    return PackedReception(
        to_bytes(tensors.from_blocks(decided, plan)).cpu().numpy(),
        passed_all.bool().numpy(),
        errors.numpy(),
        raw.numpy(),
        np.ones(messages, np.int64),
    )


def _recut(
    values: Tensor,
    width: int,
    new_width: int,
    dtype: torch.dtype,
    by_host: Callable[[np.ndarray], np.ndarray],
) -> Tensor:
    """Cut rows of numbers anew, on the device or by a function of arrays on the host."""
    old, new = (whole_number(each, "width", 1, bits.MAX_WIDTH) for each in (width, new_width))
    columns = values.shape[1] * old
    if columns % new:
        raise ValueError(f"width {new}: {columns} bits are no whole number of such values")
    if (kernels := kernels_for(values)) is not None:
        found = kernels.recut(values, old, new, dtype)
    else:
        array = by_host(values.cpu().numpy()).astype(np.dtype(str(dtype).removeprefix("torch.")))
        found = torch.from_numpy(array).to(values.device)
    return found.reshape(len(values), columns // new)
