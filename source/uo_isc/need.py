"""Which tokens of a picture a question needs: told by a LLaVA, or by a head that learnt it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from linksim.source.zoo.clip import TextTokens
from linksim.source.zoo.llava import Llava

_HEADS = 2  # of attention
_LAYERS = 2


def token_need(
    llava: Llava, images: torch.Tensor, questions: Sequence[str], grid: int
) -> torch.Tensor:
    """Return how much a LLaVA's answer depends on each token, float32 ``[B, grid²]`` from 0.

    To first order, how much less sure the answer would be if the token's patch were grey: the
    gradient of the answer's log-likelihood times what greying would change, summed without sign
    over the patch (gradient × input, Shrikumar et al. 2016).

    Args:
        llava: the model that the user asks.
        images: float32 ``[B, 3, H, W]`` in 0..1.
        questions: one for each picture.
        grid: tokens along one side of the picture.
    """
    with torch.enable_grad():
        shown = images.detach().requires_grad_(True)
        sure = llava.confidence(shown, questions).sum()
        (slope,) = torch.autograd.grad(sure, shown)
    grey = images.mean(dim=(2, 3), keepdim=True)
    need = (slope * (images - grey)).abs().sum(dim=1, keepdim=True)
    return F.interpolate(need, (grid, grid), mode="area").flatten(1)


def most_needed(need: torch.Tensor, most: int) -> torch.Tensor:
    """Return the places of the tokens of the greatest need, ascending, int64 ``[B, most]``.

    Args:
        need: of each token, ``[B, N]``.
        most: how many to return.
    """
    return need.topk(most, dim=1).indices.sort(dim=1).values


class NeedHead(nn.Module):
    """Tells from CLIP's features of a picture and a question which tokens the question needs.

    Image tokens attend to one another, so that a thing can be found beside another, and to the
    text's tokens. The sender needs no LLaVA with it.

    Args:
        image_width, text_width: of CLIP's image and text tokens.
        width: of the head, even.
    """

    def __init__(self, image_width: int, text_width: int, width: int) -> None:
        super().__init__()
        self.image = nn.Sequential(nn.LayerNorm(image_width), nn.Linear(image_width, width))
        self.text = nn.Sequential(nn.LayerNorm(text_width), nn.Linear(text_width, width))
        self.layers = nn.ModuleList(
            nn.TransformerDecoderLayer(
                width,
                _HEADS,
                2 * width,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(_LAYERS)
        )
        self.norm, self.score = nn.LayerNorm(width), nn.Linear(width, 1)

    def forward(self, image: torch.Tensor, text: TextTokens) -> torch.Tensor:
        """Return the logarithm of each token's share of the need, but for a constant.

        Args:
            image: tokens of the deepest layer that is sent, ``[B, N, image_width]``.
            text: the questions.

        Returns:
            float32 ``[B, N]``.
        """
        tokens, words = self.image(image), self.text(text.features)
        for layer in self.layers:
            tokens = layer(tokens, words, memory_key_padding_mask=~text.valid)
        scores: torch.Tensor = self.score(self.norm(tokens))
        return scores.squeeze(-1)
