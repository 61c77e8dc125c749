"""UO-ISC: of a picture, send the CLIP features that matter to a question, as codeword indices.

After "Generalized User-Oriented Image Semantic Coding Empowered by Large Vision-Language Model".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import nn

from linksim.source.refused import Refused
from linksim.source.uo_isc.alignment import Alignment, TokenAlignment
from linksim.source.uo_isc.decoder import Decoder
from linksim.source.uo_isc.prior import IndexPrior
from linksim.source.uo_isc.quantizer import SegmentQuantizer
from linksim.source.zoo.clip import TextTokens

PAIRINGS = ("pooled", "tokens")
"""How a question's text may meet image tokens."""


@dataclass(frozen=True)
class UoIscConfig:
    """Sizes of a UO-ISC codec.

    Attributes:
        layers: the M visual layers of CLIP whose features are sent, shallowest first.
        grid: tokens along one side of the picture.
        image_width, text_width: of CLIP's visual tokens and of what it makes of a text;
            ``text_width`` is None for a codec that does not read the question.
        width: D, of the shared space.
        segment_length: L.
        codewords: K, a power of two.
        channels: M + 1 or more widths of the decoder, which doubles its resolution between two.
        pairing: how a text meets image tokens: ``pooled``, one embedding with all of them alike,
            or ``tokens``, each image token with each of the text's.

    Raises:
        Refused: if sizes do not fit together.
    """

    layers: tuple[int, ...]
    grid: int
    image_width: int
    text_width: int | None
    width: int
    segment_length: int
    codewords: int
    channels: tuple[int, ...]
    pairing: str = PAIRINGS[0]

    def __post_init__(self) -> None:
        if list(self.layers) != sorted(set(self.layers)) or not self.layers or self.layers[0] < 0:
            raise Refused(f"layers = {list(self.layers)}: give numbers from 0, ascending")
        if len(self.channels) <= len(self.layers) or min(self.channels) < 1:
            raise Refused(f"channels = {list(self.channels)}: give one more than layers, at least")
        if min(self.width, self.segment_length) < 1 or self.width % self.segment_length:
            raise Refused(
                f"segment_length = {self.segment_length}: does not divide width {self.width}"
            )
        if self.codewords < 2 or self.codewords & (self.codewords - 1):
            raise Refused(f"codewords = {self.codewords}: give a power of two")
        if self.pairing not in PAIRINGS:
            raise Refused(f"pairing = {self.pairing!r:.40}: give {' or '.join(PAIRINGS)}")

    @property
    def side(self) -> int:
        """Pixels along one side of the picture."""
        return int(self.grid * 2 ** (len(self.channels) - 1))

    @property
    def index_bits(self) -> int:
        """Bits of one codeword index."""
        return (self.codewords - 1).bit_length()

    @property
    def groups(self) -> int:
        """Groups of codeword indices: segments of layers."""
        return len(self.layers) * self.width // self.segment_length

    @property
    def indices(self) -> int:
        """Codeword indices per picture, all tokens sent."""
        return self.groups * self.grid**2


Text = torch.Tensor | TextTokens | None
"""What CLIP makes of texts: for `PAIRINGS` an embedding each ``[B, width]``, or their tokens."""


def _alignment(config: UoIscConfig) -> Alignment | TokenAlignment:
    if config.text_width is not None and config.pairing == "tokens":
        return TokenAlignment(config.image_width, config.text_width, config.width)
    return Alignment(config.image_width, config.text_width, config.width)


class UoIsc(nn.Module):
    """Encoder and decoder around a CLIP, whose features come from outside.

    ``forward`` is the training pass; at work the sender calls `encode`, the receiver `decode`.
    """

    order: torch.Tensor

    def __init__(self, config: UoIscConfig) -> None:
        super().__init__()
        self.config = config
        count = len(config.layers)
        self.alignments = nn.ModuleList(_alignment(config) for _ in range(count))
        self.quantizers = nn.ModuleList(
            SegmentQuantizer(config.width, config.segment_length, config.codewords)
            for _ in range(count)
        )
        self.decoder = Decoder(config.width, config.channels, count)
        # The groups of indices, the most important first, as measured after training.
        self.register_buffer("order", torch.arange(config.groups))

    def align(self, image: Sequence[torch.Tensor], text: Text) -> list[torch.Tensor]:
        """Return each layer's features in the shared space, steered by any text, ``[B, N, D]``."""
        return [align(tokens, text) for align, tokens in zip(self.alignments, image, strict=True)]

    def forward(
        self,
        image: Sequence[torch.Tensor],
        text: Text,
        sent: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor, list[torch.Tensor], float]:
        """Return reconstruction, quantisation loss, aligned features and mean perplexity.

        Args:
            image, text: see `align`.
            sent: which tokens the receiver gets, see `fill_in`; None for all.
        """
        aligned = self.align(image, text)
        quantized = [q(features) for q, features in zip(self.quantizers, aligned, strict=True)]
        vectors = [q.vectors for q in quantized]
        picture = self.reconstruct(vectors if sent is None else self.fill_in(vectors, sent))
        loss = torch.stack([q.loss for q in quantized]).mean()
        perplexity = sum(q.perplexity for q in quantized) / len(quantized)
        return picture, loss, aligned, perplexity

    @torch.no_grad()
    def encode(self, image: Sequence[torch.Tensor], text: Text) -> torch.Tensor:
        """Return the codeword indices of each picture, int64 ``[B, groups, N]``.

        A group is a segment of a layer: layer by layer, shallowest first, in it segment by segment.
        """
        aligned = self.align(image, text)
        chosen = [q.indices(x) for q, x in zip(self.each_quantizer(), aligned, strict=True)]
        return torch.stack(chosen, dim=1).transpose(2, 3).flatten(1, 2)

    @torch.no_grad()
    def decode(self, indices: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Return pictures ``[B, 3, H, W]`` in 0..1 from what was sent of them.

        Args:
            indices: int64 ``[B, groups, sent]``, groups as `encode` orders them.
            places: of the tokens that were sent, int64 ``[B, sent]``.
        """
        each = zip(self.each_quantizer(), self._by_layer(indices), strict=True)
        return self._receive([q.look_up(chosen) for q, chosen in each], places)

    @torch.no_grad()
    def decode_soft(
        self, llr: torch.Tensor, places: torch.Tensor, prior: IndexPrior | None = None
    ) -> torch.Tensor:
        """Return pictures as `decode` does, from each index's posterior mean.

        Args:
            llr: log p(1)/p(0) of the bits of the indices, float32 ``[B, groups, sent, bits]``.
            places: as for `decode`.
            prior: of what indices say of one another; None to weigh each alone.
        """
        each = zip(self.each_quantizer(), self._by_layer(llr), strict=True)
        evidence = [q.evidence(x) for q, x in each]
        if prior:
            evidence = self._joint(evidence, places, prior)
        each = zip(self.each_quantizer(), evidence, strict=True)
        return self._receive([q.mean(x) for q, x in each], places)

    def _joint(
        self, evidence: Sequence[torch.Tensor], places: torch.Tensor, prior: IndexPrior
    ) -> list[torch.Tensor]:
        """Return the evidence ``[B, sent, segments, K]`` with the prior of whole pictures in it."""
        whole = []
        for quantizer, x in zip(self.each_quantizer(), evidence, strict=True):
            where = places[..., None, None].expand_as(x)
            nothing = quantizer.log_prior().expand(len(x), self.config.grid**2, -1, -1)
            whole.append(nothing.scatter(1, where, x))
        each = zip(self.each_quantizer(), whole, strict=True)
        joint = prior(whole, [q.mean(x) for q, x in each])
        return [x.gather(1, places[..., None, None].expand(-1, -1, *x.shape[2:])) for x in joint]

    def _by_layer(self, sent: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return each layer's ``[B, sent, segments, …]`` of ``[B, groups, sent, …]``."""
        by_layer = sent.reshape(len(sent), len(self.quantizers), -1, *sent.shape[2:])
        return by_layer.transpose(2, 3).unbind(dim=1)

    def _receive(self, vectors: Sequence[torch.Tensor], places: torch.Tensor) -> torch.Tensor:
        """Return the pictures of each layer's vectors ``[B, sent, D]`` at their places."""
        tokens = self.config.grid**2
        if places.shape[1] == tokens:
            return self.reconstruct(vectors)
        means = [q.mean().expand(len(places), tokens, -1) for q in self.each_quantizer()]
        where = places[..., None].expand(-1, -1, self.config.width)
        each = zip(means, vectors, strict=True)
        return self.reconstruct([mean.scatter(1, where, x) for mean, x in each])

    def fill_in(self, vectors: Sequence[torch.Tensor], sent: torch.Tensor) -> list[torch.Tensor]:
        """Put the mean codeword in the place of tokens that were not sent.

        Args:
            vectors: of each layer, ``[B, N, D]``.
            sent: 1 for those that were, else 0, ``[B, N]``; a choice that is learnt gets gradients
                through it.
        """
        kept = sent[..., None].to(vectors[0].dtype)
        means = [q.mean().detach() for q in self.each_quantizer()]
        return [mean + kept * (x - mean) for mean, x in zip(means, vectors, strict=True)]

    def each_quantizer(self) -> Iterable[SegmentQuantizer]:
        """Return the quantisers, that of the shallowest layer first."""
        return cast(Iterable[SegmentQuantizer], self.quantizers)

    def reconstruct(self, vectors: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return the picture of each layer's vectors ``[B, N, D]``."""
        grid = self.config.grid
        maps = [x.transpose(1, 2).reshape(len(x), -1, grid, grid) for x in vectors]
        picture: torch.Tensor = self.decoder(maps)
        return picture
