"""The channel as a PyTorch module that gradients pass: to train through what is measured later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from linksim.link.bridge import to_torch
from linksim.phy import ChannelSpec, Refused
from linksim.phy.analogue import ENERGY_TOLERANCE, LEAST_GAIN, AnalogueLayer
from linksim.phy.channel import ChannelUse
from linksim.phy.checks import frame_numbers
from linksim.source import ReceivedSymbols


class TorchChannel(nn.Module):
    """`linksim.phy.analogue.AnalogueLayer` for tensors on any device, gradients included.

    Noise, fading and errors of estimates are the layer's, draw by draw; the arithmetic on them may
    round otherwise in the last digit. They are constants to the gradient: with h the gain and h'
    what the receiver takes it for, d(output)/d(input) is h/h'. There are no parameters.

    Args:
        data_symbols: of a frame, pilots not among them.
        channel: what the symbols meet.
        seed: of noise and fading, below 2**64.

    Raises:
        TypeError: if an argument is of another kind, saying what to give.
        Refused: if a frame is too short for a pilot, or the channel is a user's own.

    >>> channel = TorchChannel(4, ChannelSpec("rayleigh"), seed=1)
    >>> sent = torch.ones(2, 4, dtype=torch.complex64, requires_grad=True)
    >>> received = channel(sent, snr_db=10.0, frames=[7, 8])
    >>> received.values.abs().square().sum().backward()
    >>> sent.grad.shape
    torch.Size([2, 4])
    """

    def __init__(self, data_symbols: int, channel: ChannelSpec, seed: int = 0) -> None:
        super().__init__()
        if isinstance(channel, ChannelSpec) and channel.own is not None:
            problem = "is no module that passes gradients; train through one of linksim's channels"
            raise Refused("channel", problem, channel.name)
        self._layer = AnalogueLayer(data_symbols, channel, seed)

    def forward(
        self,
        values: Tensor,
        snr_db: float | Sequence[float] | np.ndarray,
        frames: Sequence[int] | np.ndarray | None = None,
    ) -> ReceivedSymbols:
        """Send one frame per row.

        Args:
            values: complex64 ``[B, data_symbols]``; each row's mean energy is one.
            snr_db: Es/N0 in dB, from -200 to 200: of all rows, or one for each.
            frames: number of each row, below 2**64; equal numbers meet equal noise and fading.
                None is 0 … B − 1. In training give other ones at each step.

        Returns:
            y/h', complex64, and the variance of its noise, float32, both ``[B, data_symbols]``, on
            the device of ``values``.

        Raises:
            TypeError: if an argument is of another kind.
            ValueError: if the values are no rows of this length, there is not one frame's number
                for each, or not one SNR, or a row's energy is another.
        """
        self._check(values)
        numbers = frame_numbers(frames, len(values))
        meetings = self._meetings(snr_db, numbers)
        parts = [_draws(use, values.device) for use in meetings]
        noise, true, known, n0 = (torch.cat(each) for each in zip(*parts, strict=True))
        received = true * values + noise
        gain = (known.real.square() + known.imag.square()).clamp(min=LEAST_GAIN)
        return ReceivedSymbols(received * known.conj() / gain, n0 / gain)

    def _meetings(self, snr_db: Any, numbers: np.ndarray) -> list[ChannelUse]:
        """Return rows as they meet the channel: all at once, or each at an SNR of its own."""
        layer, symbols = self._layer, self._layer.data_symbols
        if not isinstance(snr_db, (Sequence, np.ndarray)) or isinstance(snr_db, str):
            one_snr: Any = snr_db
            return [ChannelUse(layer.channel, layer.seed, one_snr, numbers, 1, symbols)]
        if len(snr_db) != len(numbers):
            raise ValueError(f"snr_db: {len(snr_db)} for {len(numbers)} rows; give one for each")
        return [
            ChannelUse(layer.channel, layer.seed, one, numbers[row : row + 1], 1, symbols)
            for row, one in enumerate(snr_db)
        ]

    def _check(self, values: Tensor) -> None:
        if not isinstance(values, Tensor) or values.dtype != torch.complex64:
            raise TypeError("values: give a tensor of complex64")
        if values.ndim != 2 or values.shape[1] != self._layer.data_symbols:
            raise ValueError(
                f"values: have the shape {tuple(values.shape)}; give B rows of "
                f"{self._layer.data_symbols}"
            )
        energy = values.detach().abs().square().mean(dim=1)
        if not bool(((energy - 1).abs() < ENERGY_TOLERANCE).all()):
            raise ValueError("a frame's symbols must have mean energy one")


def _draws(use: ChannelUse, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return sqrt(N0) w, h, h' and N0', each ``[B, data_symbols]``: drawn on a GPU, or brought."""
    sigma = float(np.sqrt(use.n0))
    if device.type == "cuda":
        from linksim.phy.sionna import torch_draws

        noise = torch_draws.noise(use, str(device))
        return sigma * noise, *torch_draws.gains(use, str(device))
    noise, true, known, n0 = (to_torch(part, device) for part in (use.noise(), *use.gains()))
    return sigma * noise, true, known, n0
