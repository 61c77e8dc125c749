"""Messages of any length over a channel: segmentation, CRC, an engine, counting of errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksim.phy.channel import ChannelSpec
from linksim.phy.codes import CodeSpec, Segmentation, segment
from linksim.phy.crc import crc24b
from linksim.phy.engine import Engine, load_engine
from linksim.phy.modulation import Modulation
from linksim.phy.snr import n0_from_snr_db


@dataclass(frozen=True)
class Reception:
    """What arrived of B messages, and how much of it is wrong.

    Attributes:
        bits: decided message bits, uint8 ``[B, message_bits]``.
        llr: log p(1)/p(0) of the message bits, float32 ``[B, message_bits]``.
        block_passed: whether each block's CRC holds, bool ``[B, blocks]``; True where a code has
            no CRC. This the receiver knows; the counts below it cannot know.
        bit_errors: wrong message bits, int64 ``[B]``.
        block_errors: blocks with a wrong message bit, int64 ``[B]``.
        raw_errors: wrong coded bits before decoding, int64 ``[B]``.
    """

    bits: np.ndarray
    llr: np.ndarray
    block_passed: np.ndarray
    bit_errors: np.ndarray
    block_errors: np.ndarray
    raw_errors: np.ndarray


class PhysicalLayer:
    """A channel code, a modulation and a channel, for messages of one length.

    Args:
        message_bits: length of every message.
        code, modulation, channel: what it is made of.
        seed: of noise and fading; with the SNR and a frame's number it decides every draw.

    Raises:
        ValueError: if the code cannot carry such messages.
        RuntimeError: if no engine is installed.
    """

    def __init__(
        self,
        message_bits: int,
        code: CodeSpec,
        modulation: Modulation,
        channel: ChannelSpec,
        seed: int = 0,
    ) -> None:
        self.code, self.modulation, self.channel, self.seed = code, modulation, channel, seed
        self.segmentation: Segmentation = segment(code, message_bits, modulation.bits_per_symbol)
        self._engine: Engine = load_engine(code, modulation, self.segmentation)

    def transmit(self, bits: np.ndarray, snr_db: float, frames: Sequence[int]) -> Reception:
        """Send one message per row.

        Args:
            bits: uint8 ``[B, message_bits]`` of zeros and ones.
            snr_db: Es/N0 in dB.
            frames: number of each message; equal numbers meet equal noise and fading.
        """
        plan = self.segmentation
        sent = self._blocks(bits)
        shape = (len(frames) * plan.blocks, plan.symbols_per_block)
        gains = self.channel.fading(self.seed, snr_db, frames, plan.symbols).reshape(shape)
        noise = self.channel.noise(self.seed, snr_db, frames, plan.symbols).reshape(shape)
        received = self._engine.transmit(sent, gains, noise, n0_from_snr_db(snr_db))
        decided = (received.llr > 0).view(np.uint8)
        wrong = decided[:, : plan.payload_bits] != sent[:, : plan.payload_bits]
        by_message = (len(bits), plan.blocks, -1)
        return Reception(
            bits=self._message(decided),
            llr=self._message(received.llr),
            block_passed=self._passed(decided).reshape(by_message[:2]),
            bit_errors=wrong.reshape(by_message).sum(axis=(1, 2)),
            block_errors=wrong.any(axis=1).reshape(by_message).sum(axis=(1, 2)),
            raw_errors=received.raw_errors.reshape(by_message).sum(axis=(1, 2)),
        )

    def _blocks(self, bits: np.ndarray) -> np.ndarray:
        """Cut messages into blocks and end each with its CRC, uint8 ``[B·blocks, info bits]``."""
        plan = self.segmentation
        filled = np.zeros((len(bits), plan.blocks * plan.payload_bits), dtype=np.uint8)
        filled[:, : plan.message_bits] = bits
        payload = filled.reshape(-1, plan.payload_bits)
        return np.hstack([payload, crc24b(payload)]) if plan.crc_bits else payload

    def _message(self, blocks: np.ndarray) -> np.ndarray:
        """Join blocks to messages ``[B, message_bits]``; the inverse of `_blocks`."""
        plan = self.segmentation
        payload = blocks[:, : plan.payload_bits].reshape(-1, plan.blocks * plan.payload_bits)
        return np.ascontiguousarray(payload[:, : plan.message_bits])

    def _passed(self, decided: np.ndarray) -> np.ndarray:
        if not self.segmentation.crc_bits:
            return np.ones(len(decided), dtype=bool)
        return np.asarray(~crc24b(decided).any(axis=1))
