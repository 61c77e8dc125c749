"""User intent: the question's text steers the picture's features by scale and shift."""

from __future__ import annotations

import torch
from torch import nn


def _mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs))


class Alignment(nn.Module):
    """Projects image and text features into one space and lets the text modulate the image there.

    FiLM (Perez et al. 2018): x ↦ (1 + γ(t)) ⊙ x + β(t), with γ and β zero at the start of training,
    followed by a normalisation of each vector that keeps codebooks in a known range.

    Without text the image features are only projected and normalised.

    Args:
        image_width, text_width: of the CLIP features; ``text_width`` is None to do without text.
        width: D, of the shared space.
    """

    def __init__(self, image_width: int, text_width: int | None, width: int) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.LayerNorm(image_width), _mlp(image_width, 2 * width, width))
        if text_width is not None:
            self.text = nn.Sequential(nn.LayerNorm(text_width), _mlp(text_width, 2 * width, width))
            self.film = nn.Linear(width, 2 * width)
            nn.init.zeros_(self.film.weight)
            nn.init.zeros_(self.film.bias)
        self.normalise = nn.LayerNorm(width, elementwise_affine=False)

    def forward(self, image: torch.Tensor, text: torch.Tensor | None) -> torch.Tensor:
        """Align ``image`` tokens ``[B, N, image_width]`` with ``text`` ``[B, text_width]``.

        Returns:
            ``[B, N, width]``.
        """
        features = self.image(image)
        if text is not None:
            scale, shift = self.film(self.text(text))[:, None].chunk(2, dim=-1)
            features = (1 + scale) * features + shift
        aligned: torch.Tensor = self.normalise(features)
        return aligned
