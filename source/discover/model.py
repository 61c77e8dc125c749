"""DISCOVER's base codec: ELIC's transforms and entropy model, and how training goes through."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from linksim.source.discover.config import DiscoverConfig
from linksim.source.discover.entropy_model import (
    MOST,
    EntropyModel,
    SidePrior,
    information,
    scale_table,
)
from linksim.source.discover.transforms import Analysis, HyperAnalysis, Synthesis


@dataclass(frozen=True)
class Rate:
    """What a batch costs, each in bits of one picture, float32 ``[B]``: of ŷ and of ẑ."""

    latent: torch.Tensor
    side: torch.Tensor

    @property
    def bits(self) -> torch.Tensor:
        return self.latent + self.side


@dataclass(frozen=True)
class Elements:
    """The elements of a batch of pictures, in a row.

    Attributes:
        cells: bool ``[E, grid, grid]``.
        owner: number of the picture that each belongs to, int64 ``[E]``.
    """

    cells: torch.Tensor
    owner: torch.Tensor


class DiscoverModel(nn.Module):
    """Everything of the base codec that is learnt."""

    def __init__(self, config: DiscoverConfig) -> None:
        super().__init__()
        self.config = config
        self.analysis = Analysis(config)
        self.hyper_analysis = HyperAnalysis(config)
        self.prior = SidePrior(config)
        self.entropy = EntropyModel(config)
        self.synthesis = Synthesis(config)
        self.register_buffer("table", scale_table().float(), persistent=False)

    def side_of(self, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ẑ and the bits of each picture's, with gradients as if nothing were rounded."""
        distance = self.hyper_analysis(y) - self.prior.mean
        noisy = distance + torch.rand_like(distance) - 0.5
        bits = information(noisy, self.prior.place.expand_as(noisy), self.get_buffer("table"))
        return _rounded(distance) + self.prior.mean, bits.sum(dim=(1, 2, 3))

    def latent_of(
        self, y: torch.Tensor, z: torch.Tensor, elements: Elements
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ŷ and the bits of each picture's elements, with gradients as `side_of`."""
        cells = elements.cells[:, None].to(y)
        psi = self.entropy.begin(z[elements.owner], elements.cells.to(y))
        wanted, decoded = y[elements.owner], torch.zeros_like(y[elements.owner])
        bits = torch.zeros(len(cells), device=y.device)
        for step in self.entropy.steps():
            means, places = self.entropy.predict(step, psi, decoded)
            here = cells * self.entropy.checkerboard(step.second).to(y)
            distance = wanted[:, step.channels] - means
            noisy = distance + torch.rand_like(distance) - 0.5
            cost = information(noisy, places, self.get_buffer("table")) * here
            bits = bits + cost.sum(dim=(1, 2, 3))
            known = (means + _rounded(distance)) * here
            decoded = torch.cat(
                [
                    decoded[:, : step.channels.start],
                    decoded[:, step.channels] + known,
                    decoded[:, step.channels.stop :],
                ],
                dim=1,
            )
        latent = torch.zeros_like(y).index_add(0, elements.owner, decoded)
        times = torch.zeros_like(y[:, :1]).index_add(0, elements.owner, cells)
        per_picture = torch.zeros(len(y), device=y.device).index_add(0, elements.owner, bits)
        return latent / times.clamp(min=1), per_picture

    def forward(
        self, images: torch.Tensor, elements: Elements
    ) -> tuple[torch.Tensor, torch.Tensor, Rate]:
        """Return ŷ, ẑ and what they cost.

        Args:
            images: float32 ``[B, 3, side, side]`` in 0..1.
            elements: that ŷ is coded in.
        """
        y = self.analysis(images - 0.5)
        z, side_bits = self.side_of(y)
        latent, latent_bits = self.latent_of(y, z, elements)
        return latent, z, Rate(latent_bits, side_bits)


def _rounded(values: torch.Tensor) -> torch.Tensor:
    """Round to whole numbers within reach, with the gradient of the identity."""
    return values + (values.detach().round().clamp(-MOST, MOST) - values.detach())
