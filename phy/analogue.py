"""Symbols over a channel as they are: no bits, no code, no constellation.

Noise, fading, pilots and the SNR are those of `linksim.phy.channel`, draw by draw: symbol s of a
frame meets here what symbol s of a coded frame with this number meets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksim.phy.channel import ChannelSpec, ChannelUse
from linksim.phy.checks import (
    frame_numbers,
    instance_of,
    rows_of,
    seed_number,
    whole_number,
)
from linksim.phy.refused import Refused

ENERGY_TOLERANCE = 1e-3
"""By how much a frame's mean energy may differ from one."""

LEAST_GAIN = 1e-12
"""Power of the known gain below which it is not divided by: such a symbol is lost in any case."""


@dataclass(frozen=True)
class AnalogueReception:
    """What arrived of B frames.

    Attributes:
        values: y/h', the symbols in noise, complex64 ``[B, symbols]``.
        n0: variance of that noise, N0'/|h'|², float32 ``[B, symbols]``.
    """

    values: np.ndarray
    n0: np.ndarray


class AnalogueLayer:
    """A channel for frames of so many symbols each, any complex numbers of mean energy one.

    A coherence of `linksim.phy.channel.BLOCK` is the whole frame: there is but one block.

    Args:
        data_symbols: of a frame, pilots not among them.
        channel: what the symbols meet.
        seed: as of `linksim.phy.PhysicalLayer`.

    Raises:
        TypeError: if an argument is of another kind, saying what to give.
        ValueError: for a number out of range.
        Refused: if a frame is too short for a pilot.
    """

    def __init__(self, data_symbols: int, channel: ChannelSpec, seed: int = 0) -> None:
        whole_number(data_symbols, "data_symbols", 1)
        instance_of(ChannelSpec, channel, "channel", "ChannelSpec.parse('awgn')")
        if channel.pilot_every > data_symbols:
            problem = f"a picture has {data_symbols} symbols; send pilots at least as often"
            raise Refused("csi", problem, f"pilot:every={channel.pilot_every}")
        self.data_symbols, self.channel, self.seed = data_symbols, channel, seed_number(seed)

    @property
    def symbols(self) -> int:
        """Channel symbols of one frame, pilots among them."""
        return self.data_symbols + self.channel.pilots(self.data_symbols)

    def transmit(
        self, values: np.ndarray, snr_db: float, frames: Sequence[int] | np.ndarray | None = None
    ) -> AnalogueReception:
        """Send one frame per row.

        Args:
            values: complex ``[B, data_symbols]``, taken as complex64; each row's mean energy is
                one.
            snr_db: Es/N0 in dB, from -200 to 200.
            frames: number of each row, below 2**64; equal numbers meet equal noise and fading.
                None is 0 … B − 1.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if the values are no rows of this length, there is not one frame's number
                for each, or a row's energy is another: the SNR would not be what it says.
        """
        values = rows_of(values, "values", "c", self.data_symbols).astype(np.complex64, copy=False)
        numbers = frame_numbers(frames, len(values))
        energy = np.square(np.abs(values)).mean(axis=1)
        if not (np.abs(energy - 1) < ENERGY_TOLERANCE).all():
            raise ValueError("a frame's symbols must have mean energy one")
        use = ChannelUse(self.channel, self.seed, snr_db, numbers, 1, self.data_symbols)
        if self.channel.own is not None:
            matched, energy, weight = use.through_own(values)
            gain = np.maximum(energy, np.float32(LEAST_GAIN))
            return AnalogueReception(matched / gain, 1 / (weight * gain))
        true, known, n0 = use.gains()
        received = true * values + np.float32(np.sqrt(use.n0)) * use.noise()
        gain = np.maximum(np.square(np.abs(known)), np.float32(LEAST_GAIN))
        return AnalogueReception(received * known.conj() / gain, n0 / gain)
