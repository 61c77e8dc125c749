"""The receiver's network: spatial maps of codewords become a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn


class _Block(nn.Sequential):
    """Two 3×3 convolutions with instance norm and leaky ReLU, then a ×2 transposed convolution."""

    def __init__(self, inputs: int, outputs: int) -> None:
        layers: list[nn.Module] = []
        for _ in range(2):
            layers += [
                nn.Conv2d(inputs, inputs, 3, padding=1),
                # Instance norm. InstanceNorm2d is slower by far and gives up channels_last.
                nn.GroupNorm(inputs, inputs),
                nn.LeakyReLU(0.2),
            ]
        super().__init__(*layers, nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1))


class _Fusion(nn.Module):
    """Brings a layer's map to the size of what is decoded so far and merges the two by an MLP."""

    def __init__(self, map_width: int, channels: int, scale: int) -> None:
        super().__init__()
        self.upsample = nn.ConvTranspose2d(map_width, channels, scale, stride=scale)
        self.merge = nn.Sequential(
            nn.Conv2d(2 * channels, channels, 1), nn.GELU(), nn.Conv2d(channels, channels, 1)
        )

    def forward(self, decoded: torch.Tensor, layer: torch.Tensor) -> torch.Tensor:
        merged: torch.Tensor = self.merge(torch.cat([decoded, self.upsample(layer)], dim=1))
        return decoded + merged


class Decoder(nn.Module):
    """Blocks that double the resolution; each of the first takes in a layer, the deepest first.

    Args:
        width: D, channels of every map.
        channels: widths between blocks, from the deepest one's input to the head's input; one more
            than there are blocks.
        maps: M, how many layers are taken in, no more than there are blocks.
    """

    def __init__(self, width: int, channels: Sequence[int], maps: int) -> None:
        super().__init__()
        pairs = list(pairwise(channels))
        self.enter = nn.Conv2d(width, channels[0], 1)
        self.blocks = nn.ModuleList(_Block(*pair) for pair in pairs)
        self.fusions = nn.ModuleList(
            _Fusion(width, outputs, 2**depth)
            for depth, (_, outputs) in enumerate(pairs[: maps - 1], start=1)
        )
        self.head = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(channels[-1], 3, 3, padding=1))

    def forward(self, maps: Sequence[torch.Tensor]) -> torch.Tensor:
        """Decode M maps ``[B, D, h, w]``, shallowest first, to pictures in 0..1.

        Returns:
            ``[B, 3, h·2^b, w·2^b]`` of b blocks.
        """
        deepest, *rest = reversed(maps)
        decoded = self.blocks[0](self.enter(deepest))
        for fusion, block, layer in zip(
            self.fusions, self.blocks[1 : len(maps)], rest, strict=True
        ):
            decoded = block(fusion(decoded, layer))
        for block in self.blocks[len(maps) :]:
            decoded = block(decoded)
        return torch.sigmoid(self.head(decoded))
