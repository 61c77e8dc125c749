"""The transforms of ELIC, between a picture, its latent y, the side information z, and z_c.

He et al., "ELIC: Efficient learned image compression with unevenly grouped space-channel
contextual adaptive coding", CVPR 2022. DISCOVER leaves out the synthesis' last layers: what it
gives is the latent of a diffusion model.
"""

from __future__ import annotations

import torch
from torch import nn

from linksim.source.discover.config import DiscoverConfig
from linksim.source.discover.layout import PLACES


class _Bottleneck(nn.Module):
    """1×1, 3×3 and 1×1 convolutions around half the channels, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.body = nn.Sequential(
            nn.Conv2d(channels, half, 1),
            nn.ReLU(),
            nn.Conv2d(half, half, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(half, channels, 1),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = x + self.body(x)
        return added


class _Attention(nn.Module):
    """A trunk, gated place by place (Cheng et al. 2020, simplified), added to the input."""

    def __init__(self, channels: int, blocks: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(*(_Bottleneck(channels) for _ in range(blocks)))
        self.gate = nn.Sequential(
            *(_Bottleneck(channels) for _ in range(blocks)), nn.Conv2d(channels, channels, 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = x + self.trunk(x) * torch.sigmoid(self.gate(x))
        return added


def _down(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 5, stride=2, padding=2)


def _up(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 5, stride=2, padding=2, output_padding=1)


class Analysis(nn.Sequential):
    """g_a: pictures ``[B, 3, side, side]`` in 0..1 to y ``[B, latent, grid, grid]``."""

    def __init__(self, config: DiscoverConfig) -> None:
        width = config.channels
        layers: list[nn.Module] = []
        for number in range(config.halvings - 1):
            layers += [_down(3 if number == 0 else width, width)]
            layers += [_Bottleneck(width) for _ in range(config.blocks)]
        layers += [_Attention(width, config.blocks), _down(width, config.latent)]
        super().__init__(*layers, _Attention(config.latent, config.blocks))


class HyperAnalysis(nn.Sequential):
    """h_a: y to z ``[B, hyper, grid / 4, grid / 4]``."""

    def __init__(self, config: DiscoverConfig) -> None:
        width = config.channels
        super().__init__(
            nn.Conv2d(config.latent, width, 3, padding=1),
            nn.ReLU(),
            _down(width, width),
            nn.ReLU(),
            _down(width, config.hyper),
        )


class Synthesis(nn.Module):
    """g_s with M: what arrived of ŷ, ẑ, and the objects' layout, to the diffusion latent ẑ_c.

    M, two transposed convolutions and a convolution, lifts ẑ to coarse features of the whole
    picture, which stand in where ŷ is missing. Beyond the paper, labels and boxes of the objects
    (`linksim.source.discover.layout`) take part.
    """

    def __init__(self, config: DiscoverConfig) -> None:
        super().__init__()
        width, blocks = config.channels, config.blocks
        self.lift = nn.Sequential(
            _up(config.hyper, width),
            nn.ReLU(),
            _up(width, width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )
        wide = 2 * width
        layers: list[nn.Module] = [
            nn.Conv2d(config.latent + width, wide, 3, padding=1),
            _Attention(wide, blocks),
        ]
        for _ in range(config.doublings):
            layers += [_up(wide, wide)]
            layers += [_Bottleneck(wide) for _ in range(blocks)]
        self.merge = nn.Sequential(*layers)
        self.draw = nn.Sequential(
            nn.Conv2d(config.text + PLACES, wide, 1),
            nn.ReLU(),
            _Bottleneck(wide),
            nn.Conv2d(wide, wide, 1),
        )
        finish = [_Bottleneck(wide) for _ in range(blocks + 1)]
        self.finish = nn.Sequential(*finish, nn.Conv2d(wide, config.diffusion, 3, padding=1))

    def forward(self, y: torch.Tensor, z: torch.Tensor, layout: torch.Tensor) -> torch.Tensor:
        """Return ẑ_c, float32 ``[B, diffusion, rows, rows]``.

        Args:
            y: ŷ, zero where it is missing, float32 ``[B, latent, grid, grid]``.
            z: ẑ, float32 ``[B, hyper, grid / 4, grid / 4]``.
            layout: of the objects that arrived, float32 ``[B, text + PLACES, rows, rows]``; zero
                without any.
        """
        merged = self.merge(torch.cat([y, self.lift(z)], dim=1))
        reconstructed: torch.Tensor = self.finish(merged + self.draw(layout))
        return reconstructed
