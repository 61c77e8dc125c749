"""The cosine transform by which networks begin: linear analogue transmission of pictures."""

from __future__ import annotations

import math

import torch

_COLOURS = ((1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 2.0, -1.0))
"""Directions in RGB that natural pictures vary in, the most first (Ohta et al., Computer Graphics
and Image Processing 13, 1980)."""

_VARIANCES = (3.0, 0.3, 0.2)  # of their lowest frequencies, pixels in 0..1


def cosines(side: int, channels: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the strongest functions of a cosine transform of blocks, and how to undo it.

    A coefficient's variance is taken to fall with the square of its frequency. Each is scaled by
    the fourth root of one over its variance, the best for noise that is the same for all (Lee and
    Petersen, IEEE Trans. Commun. 24(12), 1976), and scaled back.

    Args:
        side: of a block, in pixels.
        channels: how many functions, at most 3·side².

    Returns:
        weights of a convolution and of its transpose, float32 ``[channels, 3, side, side]`` both,
        and the mean energy that each is sent with, ``[channels]``.
    """
    steps = torch.arange(side)
    waves = torch.cos(math.pi / side * (steps[None] + 0.5) * steps[:, None]) * (2 / side) ** 0.5
    waves[0] /= 2**0.5
    functions = torch.einsum("ui,vj->uvij", waves, waves)
    power = 1 / (0.25 + steps[:, None] ** 2 + steps[None] ** 2)
    colours = torch.nn.functional.normalize(torch.tensor(_COLOURS), dim=1)
    every = torch.einsum("kc,uvij->kuvcij", colours, functions).flatten(0, 2)
    variance = (torch.tensor(_VARIANCES)[:, None, None] * power).flatten()
    strongest = variance.argsort(descending=True, stable=True)[:channels]
    scale = variance[strongest, None, None, None] ** -0.25
    return every[strongest] * scale, every[strongest] / scale, variance[strongest].sqrt()
