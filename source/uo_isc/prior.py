"""What codeword indices say of one another: a receiver's prior beyond how often each is used."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

_WIDTH, _LAYERS, _HEADS = 128, 3, 4


class IndexPrior(nn.Module):
    """Weighs what the channel says of a picture's indices by what its other indices make likely.

    Each token's belief, the mean of its codewords and how sure each is, attends to those of all
    other tokens; what comes out is added to the logarithm of the probability of each codeword. As
    the receiver's own knowledge it costs no bits.

    Args:
        layers: M, of which features are sent.
        segments, codewords: of each layer's quantiser.
        width: D, of a layer's vectors.
        tokens: of a picture.
    """

    def __init__(self, layers: int, segments: int, codewords: int, width: int, tokens: int) -> None:
        super().__init__()
        self.shape = layers, segments, codewords
        self.enter = nn.Linear(layers * (width + segments), _WIDTH)
        self.places = nn.Parameter(0.02 * torch.randn(tokens, _WIDTH))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                _WIDTH,
                _HEADS,
                2 * _WIDTH,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(_LAYERS)
        )
        self.norm = nn.LayerNorm(_WIDTH)
        self.leave = nn.Linear(_WIDTH, layers * segments * codewords)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(
        self, evidence: Sequence[torch.Tensor], vectors: Sequence[torch.Tensor]
    ) -> list[torch.Tensor]:
        """Return the evidence with the prior in it, each ``[B, N, segments, K]``.

        Args:
            evidence: of each layer, log p of each codeword but for a constant, float32
                ``[B, N, segments, K]``, N all of the picture's tokens.
            vectors: of each layer, the mean of its codewords by that, ``[B, N, D]``.
        """
        sure = [x.softmax(-1).amax(-1) for x in evidence]
        tokens = self.enter(torch.cat([*vectors, *sure], dim=-1)) + self.places
        for block in self.blocks:
            tokens = block(tokens)
        added = self.leave(self.norm(tokens)).unflatten(-1, self.shape).unbind(2)
        return [x + more for x, more in zip(evidence, added, strict=True)]
