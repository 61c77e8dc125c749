"""What arrived of messages, and how much of it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np

from linksim.phy.blocks import blocks_pass, from_blocks, messages_pass
from linksim.phy.engine import BlockReception
from linksim.phy.segmentation import Segmentation

if TYPE_CHECKING:
    from linksim.phy.tensors import Tensor

Array = TypeVar("Array")


@dataclass(frozen=True)
class Reception(Generic[Array]):
    """What arrived of B messages, and how much of it is wrong: arrays of the sent bits' type.

    Attributes:
        bits: decided message bits, uint8 ``[B, message_bits]``.
        llr: log p(1)/p(0) of the message bits, float32 ``[B, message_bits]``.
        block_passed: whether each block's CRC holds, bool ``[B, blocks]``; True where a code has
            no CRC. This the receiver knows; the counts below it cannot know.
        message_passed: whether all CRCs of a message hold, a transport block's own among them,
            bool ``[B]``.
        bit_errors: wrong message bits, int64 ``[B]``.
        block_errors: blocks with a wrong message bit, int64 ``[B]``.
        raw_errors: wrong coded bits before decoding, int64 ``[B]``.
    """

    bits: Array
    llr: Array
    block_passed: Array
    message_passed: Array
    bit_errors: Array
    block_errors: Array
    raw_errors: Array


@dataclass(frozen=True)
class PackedReception:
    """What arrived of B messages that were sent as bytes, on the host; nobody asks for LLRs.

    Attributes:
        data: decided bytes, uint8 ``[B, message_bits / 8]``.
        block_passed: whether the CRCs of all its blocks hold, bool ``[B]``.
        block_errors, raw_errors: as of a `Reception`, int64 ``[B]``.
        transmissions: of each message, int64 ``[B]``; one, unless it was sent again.
    """

    data: np.ndarray
    block_passed: np.ndarray
    block_errors: np.ndarray
    raw_errors: np.ndarray
    transmissions: np.ndarray


def packed(
    reception: Reception[np.ndarray], transmissions: np.ndarray | None = None
) -> PackedReception:
    """Return what arrived on the host, as bytes.

    Args:
        reception: of messages of whole bytes.
        transmissions: of each message; None for one.
    """
    return PackedReception(
        np.packbits(reception.bits, axis=1),
        np.asarray(reception.block_passed.all(axis=1)),
        reception.block_errors,
        reception.raw_errors,
        np.ones(len(reception.bits), np.int64) if transmissions is None else transmissions,
    )


def reception_of(
    sent: np.ndarray, received: BlockReception, plan: Segmentation
) -> Reception[np.ndarray]:
    """Join blocks to messages and count what is wrong.

    Args:
        sent: the blocks' bits, uint8 ``[B · blocks, information_bits]``.
        received: what an engine made of them.
        plan: how messages were cut.
    """
    messages = len(sent) // plan.blocks
    decided = (received.llr > 0).view(np.uint8)
    wrong = decided[:, : plan.payload_bits] != sent[:, : plan.payload_bits]
    wrong = wrong.reshape(messages, plan.blocks, plan.payload_bits)
    passed = blocks_pass(decided, plan)
    return Reception(
        bits=from_blocks(decided, plan),
        llr=from_blocks(received.llr, plan),
        block_passed=passed.reshape(messages, plan.blocks),
        message_passed=messages_pass(decided, plan, passed),
        bit_errors=wrong.sum(axis=(1, 2)),
        block_errors=wrong.any(axis=2).sum(axis=1),
        raw_errors=received.raw_errors.reshape(messages, plan.blocks).sum(axis=1),
    )


def reception_of_tensors(
    sent: Tensor, llr: Tensor, raw_errors: Tensor, plan: Segmentation
) -> Reception[Tensor]:
    """Join blocks to messages and count what is wrong, on the device where they are.

    Args:
        sent: the blocks' bits, uint8 ``[B · blocks, information_bits]``.
        llr: log p(1)/p(0) of them after decoding, float32, of the same shape.
        raw_errors: wrong coded bits of each block, int32 ``[B · blocks]``.
        plan: how messages were cut.
    """
    from linksim.phy import tensors  # PyTorch is slow to load

    messages = len(sent) // plan.blocks
    decided = (llr > 0).byte()
    wrong = decided[:, : plan.payload_bits] != sent[:, : plan.payload_bits]
    wrong = wrong.reshape(messages, plan.blocks, plan.payload_bits)
    passed = tensors.blocks_pass(decided, plan)
    return Reception(
        bits=tensors.from_blocks(decided, plan),
        llr=tensors.from_blocks(llr, plan),
        block_passed=passed.reshape(messages, plan.blocks),
        message_passed=tensors.messages_pass(decided, plan, passed),
        bit_errors=wrong.sum(dim=(1, 2)),
        block_errors=wrong.any(dim=2).sum(dim=1),
        raw_errors=raw_errors.reshape(messages, plan.blocks).sum(dim=1),
    )
