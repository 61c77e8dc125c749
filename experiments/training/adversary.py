"""The light discriminator of UO-ISC's phase II, and both sides' losses."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


class Discriminator(nn.Sequential):
    """Judges patches of a picture (Isola et al. 2017): logits of being an original.

    ``[B, 3, H, W]`` in 0..1 becomes ``[B, 1, H/8, W/8]``; a logit sees 38 × 38 pixels.
    """

    def __init__(self, widths: tuple[int, int, int] = (32, 64, 96)) -> None:
        layers: list[nn.Module] = []
        for inputs, outputs in zip((3, *widths), widths, strict=False):
            layers += [nn.Conv2d(inputs, outputs, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        super().__init__(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))


def fooling_loss(fake: torch.Tensor) -> torch.Tensor:
    """Return −log D(x̂), the generator's loss, of the logits of D(x̂); mean over all."""
    return F.softplus(-fake).mean()


def judging_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Return −log D(x) − log(1 − D(x̂)), the discriminator's loss, of the logits; means."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()
