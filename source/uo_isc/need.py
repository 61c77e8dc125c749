"""Which tokens of a picture the question needs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from linksim.source.zoo.llava import Llava


def needed_tokens(
    llava: Llava, images: torch.Tensor, questions: Sequence[str], grid: int, most: int
) -> torch.Tensor:
    """Return the places of the tokens that a question needs most, ascending, int64 ``[B, most]``.

    A token is needed as far as the answer would be less sure without it: to first order, the
    gradient of the answer's log-likelihood times what greying its patch would change, summed
    without sign over the patch (gradient × input, Shrikumar et al. 2016).

    Args:
        llava: the model that the user asks.
        images: float32 ``[B, 3, H, W]`` in 0..1.
        questions: one for each picture.
        grid: tokens along one side of the picture.
        most: how many to return.
    """
    with torch.enable_grad():
        shown = images.detach().requires_grad_(True)
        sure = llava.confidence(shown, questions).sum()
        (slope,) = torch.autograd.grad(sure, shown)
    grey = images.mean(dim=(2, 3), keepdim=True)
    need = (slope * (images - grey)).abs().sum(dim=1, keepdim=True)
    by_token = F.interpolate(need, (grid, grid), mode="area").flatten(1)
    return by_token.topk(most, dim=1).indices.sort(dim=1).values
