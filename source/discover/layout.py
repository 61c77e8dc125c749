"""What labels and boxes tell of a picture: a map that the synthesis draws from.

Labels and boxes arrive with the objects that they belong to, so the receiver need not wait for ŷ to
say what an object is and where: ŷ is left with what is particular to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F

from linksim.source.discover.elements import Box, Found, coverage
from linksim.source.zoo.diffusion import Diffusion

PLACES = 5
"""Channels beside the labels' embeddings: see `layout`."""


@torch.no_grad()
def embed_labels(diffusion: Diffusion, labels: Sequence[str]) -> torch.Tensor:
    """Return labels as the diffusion model's text encoder sums them up, float32 ``[L, text]``.

    Each has mean 0 and variance 1.
    """
    summed = diffusion.summarise(labels)
    return F.layer_norm(summed, summed.shape[-1:]).cpu()


def layout(found: Sequence[Found], embeddings: torch.Tensor, rows: int) -> torch.Tensor:
    """Return the map of a picture, float32 ``[text + PLACES, rows, rows]``.

    In each cell, for each object: how much of the cell its box covers, times its label's embedding,
    one, the cell's place in the box (left to right and top to bottom, -1 to 1), and the box's width
    and height as shares of the picture. Objects that share a cell add up.

    Args:
        found: the objects.
        embeddings: of all labels, float32 ``[L, text]``.
        rows: of the map.
    """
    drawn = torch.zeros(embeddings.shape[1] + PLACES, rows, rows)
    for one in found:
        drawn += _drawn(one.box, embeddings[one.label], rows)
    return drawn


def _drawn(box: Box, embedding: torch.Tensor, rows: int) -> torch.Tensor:
    left, top, right, bottom = box
    middles = (torch.arange(rows) + 0.5) / rows
    width, height = max(right - left, 1 / rows), max(bottom - top, 1 / rows)
    across = ((middles - (left + right) / 2) * 2 / width).clamp(-1, 1).expand(rows, rows)
    down = ((middles - (top + bottom) / 2) * 2 / height).clamp(-1, 1).expand(rows, rows).T
    one = torch.ones(rows, rows)
    places = torch.stack([one, across, down, width * one, height * one])
    told = torch.cat([embedding[:, None, None].expand(-1, rows, rows), places])
    return told * coverage(box, rows).float()
