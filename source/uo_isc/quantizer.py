"""Segment-wise vector quantisation: every segment of a feature vector has a codebook of its own."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from linksim.source.uo_isc.assignment import assign_indices

_USAGE_MEMORY = 0.98  # of the running count of how often a codeword is chosen
_SURE = 50.0  # magnitude at which an LLR is as good as certain
_SMOOTHING = 1e-3  # of the mean codeword's use, added to each
_DEAD = 0.02  # running count below which a codeword is replaced


@dataclass(frozen=True)
class Quantized:
    """Result of quantising a batch.

    Attributes:
        vectors: codewords in place of features, ``[B, N, D]``; gradients pass straight through.
        loss: codebook term + β × commitment term, scalar.
        perplexity: effective number of codewords in use, averaged over segments.
    """

    vectors: torch.Tensor
    loss: torch.Tensor
    perplexity: float


class SegmentQuantizer(nn.Module):
    """Cuts vectors of D numbers into segments of length L and replaces each by a codeword.

    A codeword has a number, its place in the codebook, and an index, the number that is sent in its
    place: the two are the same until `assign_indices` chooses better ones.

    Args:
        width: D, a multiple of ``segment_length``.
        segment_length: L.
        codewords: K, of each segment's codebook.
        commitment: β, weight of the term that ties features to their codewords.

    Raises:
        ValueError: if L does not divide D.
    """

    usage: torch.Tensor
    index_of: torch.Tensor
    """The index of each codeword, int64 ``[segments, K]``, each row a permutation."""

    def __init__(
        self, width: int, segment_length: int, codewords: int, commitment: float = 0.25
    ) -> None:
        super().__init__()
        if width % segment_length:
            raise ValueError(f"segment length {segment_length} does not divide width {width}")
        self.segments = width // segment_length
        self.segment_length = segment_length
        self.codewords = codewords
        self.commitment = commitment
        self.codebooks = nn.Parameter(0.5 * torch.randn(self.segments, codewords, segment_length))
        # Nothing is in use yet: the first revival moves codewords onto the first features.
        self.register_buffer("usage", torch.zeros(self.segments, codewords))
        self.register_buffer("index_of", torch.arange(codewords).repeat(self.segments, 1))

    def forward(self, features: torch.Tensor) -> Quantized:
        """Quantise ``[B, N, D]``; in training also count how often each codeword is chosen."""
        numbers = self._nearest(features)
        vectors = self._codewords(numbers)
        codebook_term = F.mse_loss(vectors, features.detach())
        commitment_term = F.mse_loss(features, vectors.detach())
        chosen = self._count(numbers)
        if self.training:
            self.usage.mul_(_USAGE_MEMORY).add_(chosen, alpha=1 - _USAGE_MEMORY)
        share = chosen / chosen.sum(dim=-1, keepdim=True)
        entropy = -(share * share.clamp(min=1e-12).log()).sum(dim=-1)
        return Quantized(
            # Straight through (van den Oord et al. 2017): codewords' values, features' gradient.
            vectors=features + (vectors - features).detach(),
            loss=codebook_term + self.commitment * commitment_term,
            perplexity=float(entropy.exp().mean()),
        )

    def indices(self, features: torch.Tensor) -> torch.Tensor:
        """Return the index of each segment's nearest codeword, int64 ``[B, N, segments]``."""
        return self.index_of[self._each_segment(), self._nearest(features)]

    def look_up(self, indices: torch.Tensor) -> torch.Tensor:
        """Return the codewords of ``[B, N, segments]`` indices, joined to ``[B, N, D]``."""
        return self._codewords(self.numbers(indices))

    def numbers(self, indices: torch.Tensor) -> torch.Tensor:
        """Return which codewords ``[B, N, segments]`` indices stand for, of the same shape."""
        number_of = self.index_of.argsort(dim=-1)
        return number_of[self._each_segment(), indices]

    def assign_indices(self) -> None:
        """Choose indices such that a wrong bit does little harm; see `assign_indices` there."""
        for row, codewords, usage in zip(self.index_of, self.codebooks, self.usage, strict=True):
            chosen = assign_indices(codewords.detach().cpu().numpy(), usage.cpu().numpy() + 1e-6)
            row.copy_(torch.from_numpy(chosen))

    def use_natural_indices(self) -> None:
        """Make each codeword's index its number, as training left them."""
        self.index_of.copy_(torch.arange(self.codewords).expand_as(self.index_of))

    def is_sound(self) -> bool:
        """Tell whether every codeword has an index of its own."""
        natural = torch.arange(self.codewords, device=self.index_of.device)
        return bool((self.index_of.sort(dim=-1).values == natural).all())

    def evidence(self, llr: torch.Tensor) -> torch.Tensor:
        """Return log p of each codeword but for a constant, float32 ``[B, N, segments, K]``.

        A codeword's prior is how often it was chosen in training.

        Args:
            llr: log p(1)/p(0) of the index bits, most significant first, float32
                ``[B, N, segments, bits]``.
        """
        bits = llr.shape[-1]
        place = torch.arange(bits - 1, -1, -1, device=llr.device)
        ones = ((self.index_of[..., None] >> place) & 1).to(llr.dtype)
        # log p(index) but for a constant: Σ llr over the bits that are 1
        told = torch.einsum("bnsw,skw->bnsk", llr.clamp(-_SURE, _SURE), ones)
        return told + self.log_prior()

    def mean(self, evidence: torch.Tensor | None = None) -> torch.Tensor:
        """Return the mean codeword by `evidence`, joined to ``[B, N, D]``: of least squared error.

        Without evidence it is the mean of the codewords as training used them, ``[D]``.
        """
        if evidence is None:
            evidence = self.log_prior()[None, None]
            return self.mean(evidence)[0, 0]
        return torch.einsum("bnsk,skl->bnsl", evidence.softmax(-1), self.codebooks).flatten(-2)

    def _each_segment(self) -> torch.Tensor:
        return torch.arange(self.segments, device=self.index_of.device)

    @torch.no_grad()
    def _nearest(self, features: torch.Tensor) -> torch.Tensor:
        """Return the number of each segment's nearest codeword, int64 ``[B, N, segments]``."""
        segments = self._segments(features)
        norms = self.codebooks.square().sum(-1)[:, None]
        distances = torch.baddbmm(norms, segments, self.codebooks.transpose(1, 2), alpha=-2)
        return distances.argmin(-1).T.reshape(*features.shape[:2], self.segments)

    def _codewords(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return the codewords of ``[B, N, segments]`` numbers, joined to ``[B, N, D]``."""
        return self.codebooks[self._each_segment(), numbers].flatten(-2)

    def log_prior(self) -> torch.Tensor:
        """Return log p(codeword) as used in training, ``[segments, K]``; none is impossible."""
        return (self.usage + _SMOOTHING * self.usage.mean(-1, keepdim=True) + 1e-12).log()

    def _count(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return how often each codeword was chosen, float32 ``[segments, K]``."""
        first = self._each_segment() * self.codewords
        counts = torch.bincount((numbers + first).flatten(), minlength=self.usage.numel())
        return counts.view_as(self.usage).float()

    @torch.no_grad()
    def revive(self, features: torch.Tensor) -> int:
        """Move codewords that are (almost) never chosen onto features of this batch.

        Returns:
            how many were moved.
        """
        segments = self._segments(features)
        moved = 0
        for segment, usage in enumerate(self.usage):
            dead = (usage < _DEAD).nonzero()[:, 0]
            picked = torch.randint(segments.shape[1], (len(dead),), device=features.device)
            self.codebooks.data[segment, dead] = segments[segment, picked]
            usage[dead] = 1.0
            moved += len(dead)
        return moved

    def _segments(self, features: torch.Tensor) -> torch.Tensor:
        """Return ``[segments, B·N, L]``."""
        return features.reshape(-1, self.segments, self.segment_length).transpose(0, 1)
