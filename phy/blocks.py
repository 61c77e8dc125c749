"""Messages to code blocks, each with its CRC, and back."""

from __future__ import annotations

import numpy as np

from linksim.phy.checks import bit_rows, instance_of, rows_of
from linksim.phy.crc import crc, transport_crc
from linksim.phy.segmentation import Segmentation

_REMEDY = "segment(code, message_bits, bits_per_symbol)"


def to_blocks(bits: np.ndarray, plan: Segmentation) -> np.ndarray:
    """Cut messages into blocks, filled up with zeros, and end each with its CRC.

    A transport block's own CRC follows what it is filled up with.

    Args:
        bits: zeros and ones ``[B, message_bits]``, bool or any integer dtype.
        plan: how messages are cut.

    Returns:
        uint8 ``[B · blocks, information_bits]``.

    Raises:
        TypeError: for what is no plan, or no integers.
        ValueError: if the bits are no rows of this length, or no bits.

    >>> from linksim.phy import CodeSpec, segment
    >>> plan = segment(CodeSpec.parse("polar:crc=6"), 12, 2)
    >>> to_blocks(np.ones((1, 12), dtype=np.uint8), plan).tolist()
    [[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1]]
    """
    instance_of(Segmentation, plan, "plan", _REMEDY)
    rows = bit_rows(bits, "bits", plan.message_bits)
    filled = np.zeros((len(rows), plan.blocks * plan.payload_bits), dtype=np.uint8)
    filled[:, plan.message_part] = rows
    if plan.message_crc_bits:
        whole = transport_crc(filled[:, : plan.filled_bits], plan.message_crc_bits)
        filled[:, plan.filled_bits :] = whole
    payload = filled.reshape(-1, plan.payload_bits)
    return np.hstack([payload, crc(payload, plan.crc_bits, plan.crc_name)])


def from_blocks(blocks: np.ndarray, plan: Segmentation) -> np.ndarray:
    """Join blocks to messages, without what they were filled up with: the inverse of `to_blocks`.

    Args:
        blocks: bits or LLRs ``[B · blocks, information_bits]``.
        plan: how messages were cut.

    Returns:
        ``[B, message_bits]``, of the same dtype.

    Raises:
        TypeError: for what is no plan, or no numbers.
        ValueError: if they are no rows of this length, or no whole messages.
    """
    instance_of(Segmentation, plan, "plan", _REMEDY)
    rows = rows_of(blocks, "blocks", "buif", plan.information_bits)
    if len(rows) % plan.blocks:
        raise ValueError(f"blocks: {len(rows)} are no messages of {plan.blocks} blocks")
    payload = rows[:, : plan.payload_bits].reshape(-1, plan.blocks * plan.payload_bits)
    return np.ascontiguousarray(payload[:, plan.message_part])


def blocks_pass(decided: np.ndarray, plan: Segmentation) -> np.ndarray:
    """Tell which blocks' CRC holds, bool ``[N]``; where a code has no CRC, all do.

    The only block of a transport block has no CRC but that of the whole.

    Args:
        decided: zeros and ones ``[N, information_bits]``.
        plan: how messages were cut.

    Raises:
        TypeError, ValueError: as `to_blocks`.
    """
    instance_of(Segmentation, plan, "plan", _REMEDY)
    rows = bit_rows(decided, "decided", plan.information_bits)
    if plan.message_crc_bits and plan.blocks == 1:
        return _whole_passes(rows, plan)
    return np.asarray(~crc(rows, plan.crc_bits, plan.crc_name).any(axis=1))


def messages_pass(
    decided: np.ndarray, plan: Segmentation, by_block: np.ndarray | None = None
) -> np.ndarray:
    """Tell of which messages every CRC holds, bool ``[B]``: their blocks', and that of the whole.

    Args:
        decided: zeros and ones ``[B · blocks, information_bits]``.
        plan: how messages were cut.
        by_block: what `blocks_pass` says of them, where it was asked already.

    Raises:
        TypeError, ValueError: as `from_blocks`.
    """
    by_block = blocks_pass(decided, plan) if by_block is None else by_block
    if len(by_block) % plan.blocks:
        raise ValueError(f"decided: {len(by_block)} are no messages of {plan.blocks} blocks")
    passed = by_block.reshape(-1, plan.blocks).all(axis=1)
    if not plan.message_crc_bits or plan.blocks == 1:  # there is no other CRC
        return np.asarray(passed)
    return np.asarray(passed & _whole_passes(decided, plan))


def _whole_passes(decided: np.ndarray, plan: Segmentation) -> np.ndarray:
    """Tell of which transport blocks the CRC of the whole holds, bool ``[B]``."""
    payload = np.ascontiguousarray(decided[:, : plan.payload_bits])
    whole = payload.reshape(-1, plan.blocks * plan.payload_bits)
    return np.asarray(~transport_crc(whole, plan.message_crc_bits).any(axis=1))
