"""A small base codec with random weights, the same in every run."""

from __future__ import annotations

import torch

from linksim.source.discover.config import DiscoverConfig
from linksim.source.discover.model import DiscoverModel

CONFIG = DiscoverConfig(
    side=32,
    halvings=2,
    channels=16,
    context=8,
    latent=12,
    hyper=6,
    groups=(2, 4, 6),
    blocks=1,
    diffusion=4,
    doublings=0,
    text=7,
    edge_bits=8,
)


def small_model(seed: int = 0) -> DiscoverModel:
    """Return a model whose numbers are of all sizes."""
    torch.manual_seed(seed)
    model = DiscoverModel(CONFIG).eval().requires_grad_(False)
    for weight in model.entropy.parameters():
        weight.mul_(1.5)
    return model


def small_latent(seed: int = 1) -> torch.Tensor:
    """Return a latent, float32 ``[latent, grid, grid]``."""
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(CONFIG.latent, CONFIG.grid, CONFIG.grid, generator=generator)


def small_side(seed: int = 2) -> torch.Tensor:
    """Return side information, float32 ``[hyper, grid / 4, grid / 4]``."""
    generator = torch.Generator().manual_seed(seed)
    rows = CONFIG.hyper_grid
    return 4 * torch.randn(CONFIG.hyper, rows, rows, generator=generator)
