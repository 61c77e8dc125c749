"""User intent: the question's text steers the picture's features by scale and shift."""

from __future__ import annotations

import torch
from torch import nn

from linksim.source.zoo.clip import TextTokens

_HEAD = 32  # numbers of a head of attention


def _mlp(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.GELU(), nn.Linear(hidden, outputs))


def _begin_at_zero(layer: nn.Linear) -> None:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)


class Alignment(nn.Module):
    """Projects image and text features into one space and lets the text modulate the image there.

    FiLM (Perez et al. 2018): x ↦ (1 + γ(t)) ⊙ x + β(t), with γ and β zero at the start of training,
    followed by a normalisation of each vector that keeps codebooks in a known range. One embedding
    stands for all of a text, so that it modulates every image token alike.

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
            _begin_at_zero(self.film)
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


class TokenAlignment(nn.Module):
    """Pairs each image token with the text's tokens, and lets what it finds there modulate it.

    Both are projected into one space; an image token reads from the text by scaled dot products
    (Vaswani et al. 2017), so that a patch that shows what the question names may be treated unlike
    its neighbours. What is read gives γ and β of FiLM, by an MLP each; both are zero at the start.

    Args:
        image_width, text_width: of CLIP's image and text tokens.
        width: D, of the shared space.
    """

    def __init__(self, image_width: int, text_width: int, width: int) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.LayerNorm(image_width), _mlp(image_width, 2 * width, width))
        self.text = nn.Sequential(nn.LayerNorm(text_width), _mlp(text_width, 2 * width, width))
        heads = 1 if width % _HEAD else width // _HEAD
        self.reading = nn.MultiheadAttention(width, heads, batch_first=True)
        self.scale, self.shift = (_mlp(width, 2 * width, width) for _ in range(2))
        for last in (self.scale[-1], self.shift[-1]):
            assert isinstance(last, nn.Linear)
            _begin_at_zero(last)
        self.normalise = nn.LayerNorm(width, elementwise_affine=False)

    def forward(self, image: torch.Tensor, text: TextTokens) -> torch.Tensor:
        """Align ``image`` tokens ``[B, N, image_width]`` with texts; return ``[B, N, width]``."""
        features = self.image(image)
        words = self.text(text.features)
        padding = ~text.valid
        found, _ = self.reading(
            features, words, words, key_padding_mask=padding, need_weights=False
        )
        aligned: torch.Tensor = self.normalise(
            (1 + self.scale(found)) * features + self.shift(found)
        )
        return aligned
