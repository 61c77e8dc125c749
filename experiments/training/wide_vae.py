"""Training of the wide world's VAE: as the small one's, in bfloat16, with larger strides.

A latent stands for 8×8 pixels, so that the U-Net paints on a grid of 16×16. Its 24 numbers are
those with which the best linear code of such blocks keeps 28.8 dB (with 16 it keeps 26.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from linksim.experiments.data.samples import HELD_OUT
from linksim.experiments.data.scenes import Drawn, images_of
from linksim.experiments.sweeps.similarity import psnr, ssim
from linksim.experiments.text_out import align
from linksim.experiments.training.vae import (
    VaeBatch,
    VaeRecipe,
    VaeSize,
    fidelity_rows,
    through,
)
from linksim.experiments.training.wide_batches import draw_wide
from linksim.source.world import SIDE

WIDE_VAE = VaeSize(SIDE, 24, (16, 32, 64, 96))

_SEED = HELD_OUT + 1_000_000  # apart from the scenes of sweeps
_AT_ONCE = 16


class WideVaeRecipe(VaeRecipe):
    """Squared error and KL divergence over the wide world."""

    averaging = 0.9995
    kl_weight = 3e-8
    size = WIDE_VAE
    memory_format = torch.contiguous_format  # channels last, group norms go back slowly

    def _scenes(self, first: int) -> Sequence[Drawn]:
        return draw_wide(self._seed, first, self.batch_size)

    def loss(self, batch: VaeBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        with torch.autocast(self._device.type, torch.bfloat16):
            return super().loss(batch, step)


def wide_fidelity(vae: Any, scenes: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Return PSNR in dB and SSIM of held-out pictures on their way through the VAE."""
    found = []
    for first in range(0, scenes, _AT_ONCE):
        images = images_of(draw_wide(_SEED, first, _AT_ONCE)).to(vae.device)
        decoded = through(vae, images).clamp(0, 1)
        found.append(torch.stack([psnr(images, decoded), ssim(images, decoded)]).cpu())
    psnrs, ssims = torch.cat(found, dim=1).numpy()
    return psnrs, ssims


def score_wide_vae(vae: Any, scenes: int = 512) -> str:
    """Return what pictures lose on their way through the VAE, PSNR and SSIM, as a table."""
    return align(fidelity_rows(*wide_fidelity(vae, scenes)))
