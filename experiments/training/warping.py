"""Pictures turned, mirrored, sheared and resized: shapes that the drawn world does not have.

A codec that is to send things which it never met must not learn the few shapes of those it meets.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F

_SCALE = 0.35  # of the logarithm, at most, either way
_SHEAR = 0.4


def warp(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Return each picture under an affine map of its own, mirrored where it ends.

    Args:
        images: float32 ``[B, 3, H, W]``.
    """
    count = len(images)
    angle = rng.uniform(-math.pi, math.pi, count)
    scale = np.exp(rng.uniform(-_SCALE, _SCALE, count))
    shear, mirror = rng.uniform(-_SHEAR, _SHEAR, count), rng.choice([-1.0, 1.0], count)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    rows = [[mirror * cosine, shear - sine, 0 * angle], [mirror * sine, cosine, 0 * angle]]
    maps = torch.from_numpy(np.array(rows, dtype=np.float32).transpose(2, 0, 1)).to(images.device)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
