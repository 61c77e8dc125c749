"""The networks of DeepJSCC: Bourtsoulatze, Kurka and Gündüz, "Deep joint source-channel coding for
wireless image transmission", IEEE Trans. Cogn. Commun. Netw. 5(3), 2019, Fig. 2.

Five 5×5 convolutions with PReLU either way, two of which change the resolution. In the paper a
network is trained for one SNR; here one serves all, because its receiver is told how noisy each
symbol is, which a receiver knows.
"""

from __future__ import annotations

import torch
from torch import nn

from linksim.source.sizes import Size

STRIDE = 4
"""A map has so many times fewer rows and columns than the picture."""

CHANNELS = 32
"""Real numbers at each place of the map: a picture of n numbers becomes n/3 complex symbols · 2."""

_WIDTHS = (16, 32, 32, 32)


class DeepJscc(nn.Module):
    """Encoder and decoder, for pictures of any size that `STRIDE` divides."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d = _WIDTHS
        self.encoder = nn.Sequential(
            *_down(3, a, stride=2),
            *_down(a, b, stride=2),
            *_down(b, c),
            *_down(c, d),
            *_down(d, CHANNELS),
        )
        self.decoder = nn.Sequential(
            *_up(CHANNELS + CHANNELS // 2, d),
            *_up(d, c),
            *_up(c, b),
            *_up(b, a, stride=2),
            nn.ConvTranspose2d(a, 3, 5, stride=2, padding=2, output_padding=1),
            nn.Sigmoid(),
        )

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Return each picture's channel symbols, whose mean energy is one.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.

        Returns:
            complex64 ``[B, symbols]``, `symbols_of` their size.
        """
        real, imaginary = self.encoder(images).flatten(2).chunk(2, dim=1)
        symbols = torch.complex(real, imaginary).flatten(1)
        energy = symbols.abs().square().mean(dim=1, keepdim=True)
        return symbols / energy.clamp(min=1e-12).sqrt()

    def decode(self, values: torch.Tensor, n0: torch.Tensor, size: Size) -> torch.Tensor:
        """Return the pictures that received symbols show.

        Args:
            values: the symbols in noise, complex64 ``[B, symbols]``.
            n0: variance of each one's noise, float32 ``[B, symbols]``.
            size: height and width of the pictures.

        Returns:
            float32 ``[B, 3, H, W]`` in 0..1.
        """
        trust = 1 / (1 + n0)  # of a symbol of energy one: the linear MMSE estimate's factor
        shape = (len(values), CHANNELS // 2, *(side // STRIDE for side in size))
        parts = (values.real * trust, values.imag * trust, trust)
        picture: torch.Tensor = self.decoder(torch.cat([p.view(shape) for p in parts], dim=1))
        return picture


def symbols_of(size: Size) -> int:
    """Return the channel symbols of a picture: one for each pixel, CBR 1/3.

    >>> symbols_of((64, 64))
    4096
    """
    height, width = size
    return (height // STRIDE) * (width // STRIDE) * CHANNELS // 2


def _down(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 5, stride=stride, padding=2), nn.PReLU(outputs)


def _up(inputs: int, outputs: int, stride: int = 1) -> tuple[nn.Module, nn.Module]:
    transposed = nn.ConvTranspose2d(
        inputs, outputs, 5, stride=stride, padding=2, output_padding=stride - 1
    )
    return transposed, nn.PReLU(outputs)
