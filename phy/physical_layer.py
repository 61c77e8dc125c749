"""Messages of any length over a channel: segmentation, CRC, an engine, counting of errors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import Any

import numpy as np

from linksim.phy.blocks import to_blocks
from linksim.phy.channel import BLOCK, ChannelUse
from linksim.phy.checks import frame_numbers, instance_of, rows_of, seed_number
from linksim.phy.engine import ENGINES, BlockCounts, BlockFormat, Engine, TensorEngine
from linksim.phy.engines import load_engine
from linksim.phy.reception import (
    Array,
    PackedReception,
    Reception,
    packed,
    reception_of,
    reception_of_tensors,
)
from linksim.phy.refused import Refused
from linksim.phy.segmentation import Segmentation, segment
from linksim.phy.spec import PhySpec

AS_SPEC = "PhySpec(CodeSpec.parse('ldpc:rate=1/2'), Modulation.named('8psk'))"
"""How a `PhySpec` is made."""


class PhysicalLayer:
    """A channel code, a modulation and a channel, for messages of one length.

    Args:
        message_bits: length of every message.
        spec: what it is made of.
        seed: of noise and fading, below 2**64; with the SNR (to a thousandth of a dB) and a
            frame's number it decides every draw.
        engine: which engine runs it, see `linksim.phy.engines.load_engine`.
        threads: cores to use, 0 for all that this process may use.

    Raises:
        TypeError: if an argument is of another kind, saying what to give.
        ValueError: for a seed out of range.
        Refused: if the code cannot carry such messages, or the engine not this code, or what the
            engine needs is not installed.
    """

    def __init__(
        self,
        message_bits: int,
        spec: PhySpec,
        seed: int = 0,
        engine: str = "auto",
        threads: int = 0,
    ) -> None:
        self.spec, self.seed = instance_of(PhySpec, spec, "spec", AS_SPEC), seed_number(seed)
        self.segmentation: Segmentation = segment(
            spec.code, message_bits, spec.modulation.bits_per_symbol
        )
        check_pilots(spec, self.segmentation)
        engine = _with_doppler(engine, spec)
        block = BlockFormat(spec.code, spec.modulation, spec.demapper, self.segmentation)
        self._engine: Engine = load_engine(
            engine, block, threads, own_channel=spec.channel.own is not None
        )
        shared = self._engine.shared
        self._turn: AbstractContextManager[object] = nullcontext() if shared else Lock()

    @property
    def engine(self) -> str:
        """Name of the engine at work."""
        return self._engine.name

    @property
    def symbols(self) -> int:
        """Channel symbols of one message, pilots among them."""
        return self.segmentation.symbols + self.spec.channel.pilots(self.segmentation.symbols)

    @property
    def information_bits_per_symbol(self) -> float:
        """Message bits per channel symbol, all padding, parity and pilots paid for."""
        return self.segmentation.message_bits / self.symbols

    @property
    def takes_tensors(self) -> bool:
        """Whether the engine sends what is on a device without a visit to the host."""
        return isinstance(self._engine, TensorEngine)

    def transmit(
        self, bits: Array, snr_db: float, frames: Sequence[int] | np.ndarray | None = None
    ) -> Reception[Array]:
        """Send one message per row; threads may do so at a time.

        Args:
            bits: zeros and ones ``[B, message_bits]``, bool or any integer dtype: of NumPy, of
                PyTorch, or any array that speaks DLPack. What comes back is of the same kind and
                on the same device (of an array without ``__array_namespace__``: a tensor).
            snr_db: Es/N0 in dB, from -200 to 200.
            frames: number of each message, below 2**64; equal numbers meet equal noise and fading.
                None is 0 … B − 1.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if the bits are no rows of this length, or (in NumPy's arrays, which can be
                looked at) no bits, or there is not one frame's number for each row.
        """
        if not isinstance(bits, np.ndarray) and hasattr(bits, "__dlpack__"):
            return self._transmit_elsewhere(bits, snr_db, frames)
        sent = to_blocks(np.asarray(bits), self.segmentation)
        numbers = frame_numbers(frames, len(sent) // self.segmentation.blocks)
        with self._turn:
            received = self._engine.transmit(sent, self._use(snr_db, numbers))
        found: Reception[Any] = reception_of(sent, received, self.segmentation)
        return found

    def _transmit_elsewhere(
        self, bits: Any, snr_db: float, frames: Sequence[int] | np.ndarray | None
    ) -> Reception[Any]:
        """Send what PyTorch can take; on the host alone if the engine knows nothing else."""
        from linksim.phy import tensors  # PyTorch is slow to load

        plan, rows = self.segmentation, tensors.bit_rows(bits, self.segmentation.message_bits)
        found: Reception[Any]
        if isinstance(self._engine, TensorEngine):
            sent = tensors.to_blocks(rows, plan)
            use = self._use(snr_db, frame_numbers(frames, len(rows)))
            with self._turn:
                llr, raw_errors = self._engine.transmit_tensors(sent, use)
            found = reception_of_tensors(sent.to(llr.device), llr, raw_errors, plan)
        else:
            found = self.transmit(rows.cpu().numpy(), snr_db, frames)
        parts = {name: tensors.as_tensor(part) for name, part in vars(found).items()}
        return Reception(**{name: tensors.like(bits, part) for name, part in parts.items()})

    def transmit_packed(
        self, data: np.ndarray, snr_db: float, frames: Sequence[int] | np.ndarray | None = None
    ) -> PackedReception:
        """Send one message of whole bytes per row, as streams do, which ask for no LLRs.

        Where the engine has a device, bytes alone go there and come back.

        Args:
            data: uint8 ``[B, message_bits / 8]``.
            snr_db, frames: as for `transmit`.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if messages are no whole bytes, these are no rows of this length, or there
                is not one frame's number for each row.
        """
        rows = byte_rows(data, self.segmentation)
        if not isinstance(self._engine, TensorEngine):
            return packed(self.transmit(np.unpackbits(rows, axis=1), snr_db, frames))
        from linksim.phy import packing, tensors  # PyTorch is slow to load

        plan, use = self.segmentation, self._use(snr_db, frame_numbers(frames, len(rows)))
        given = tensors.as_tensor(np.require(rows, requirements=("C", "W")))
        there = packing.from_bytes(given.to(self._engine.device_for(use)))
        sent = tensors.to_blocks(there, plan)
        with self._turn:
            llr, raw_errors = self._engine.transmit_tensors(sent, use)
        return packing.packed_reception_of(sent.to(llr.device), llr, raw_errors, plan)

    def count(self, snr_db: float, frames: Sequence[int] | np.ndarray) -> BlockCounts:
        """Send messages of random bits and count what goes wrong, block by block.

        All blocks are full, also the last one of a message. Arguments as for `transmit`.
        """
        return self._engine.count(self._use(snr_db, frames))

    def _use(self, snr_db: float, frames: Sequence[int] | np.ndarray) -> ChannelUse:
        plan = self.segmentation
        return ChannelUse(
            self.spec.channel, self.seed, snr_db, frames, plan.blocks, plan.block_symbols
        )


def byte_rows(data: np.ndarray, plan: Segmentation) -> np.ndarray:
    """Return messages of whole bytes, uint8 ``[B, message_bits / 8]``.

    Raises:
        TypeError: if they are no bytes.
        ValueError: if they are no rows of this length, or a message is no whole number of bytes.
    """
    size, rest = divmod(plan.message_bits, 8)
    rows = rows_of(data, "data", "u", size)
    if rows.dtype != np.uint8:
        raise TypeError(f"data: give bytes (uint8), not {rows.dtype}")
    if rest:
        raise ValueError(f"data: messages of {plan.message_bits} bits are no whole bytes")
    return rows


def check_pilots(spec: PhySpec, plan: Segmentation) -> None:
    """Make sure that every span of the fading has a pilot.

    Raises:
        Refused: if it has not.
    """
    channel = spec.channel
    if channel.coherence == BLOCK and channel.pilot_every > plan.block_symbols:
        problem = f"a code block has {plan.block_symbols} symbols; send pilots at least as often"
        raise Refused("csi", problem, f"pilot:every={channel.pilot_every}")


def _with_doppler(engine: str, spec: PhySpec) -> str:
    """Return the engine for a channel: fading that is correlated in time is native alone.

    Raises:
        Refused: for another one.
    """
    if not spec.channel.doppler or engine not in ENGINES:
        return engine
    if engine not in ("auto", "native"):
        raise Refused("engine", "has no Doppler; use native", engine)
    return "native"
