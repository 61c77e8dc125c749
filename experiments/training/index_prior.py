"""Training of a receiver's prior of UO-ISC's indices: from noisy ones to those that were sent."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from linksim.experiments.training.asked_batches import Batch, Batches
from linksim.experiments.training.phases import PhasedRecipe
from linksim.experiments.training.schedule import Phase
from linksim.source.uo_isc.codec import UoIscCodec
from linksim.source.uo_isc.prior import IndexPrior

_LOWEST, _HIGHEST = -8.0, 8.0
"""Range in dB of what a bit's LLR is worth: Es/N0 of antipodal signals."""


@dataclass(eq=False)
class IndexPriorRecipe(PhasedRecipe):
    """Learns, by cross-entropy, which codewords were sent, from LLRs of every quality.

    Bits arrive as over antipodal signals in white noise. Of each four pictures one has the same
    Es/N0 throughout, in one it differs from group to group of indices, as behind a code that some
    blocks do not survive, in one from token to token, and one meets Rayleigh fading, bit by bit.

    Attributes:
        codec: trained, frozen; its prior learns.
        phase: of the schedule.
        batches: of pictures and questions; their seed is the training's.
        first: number of the first sample.
    """

    codec: UoIscCodec
    phase: Phase
    batches: Batches
    first: int = 0

    @property
    def model(self) -> IndexPrior:
        """The prior."""
        assert self.codec.prior
        return self.codec.prior

    def loss(self, batch: Batch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the cross-entropy of an index in bits, and by how much the prior lowers it."""
        codec, device = self.codec, self.codec.clip.device
        config, quantizers = codec.model.config, list(codec.model.each_quantizer())
        draws = torch.Generator().manual_seed(self.batches.seed * 2**32 + step)
        with torch.no_grad():
            features, text = codec.observe(batch.images.to(device), batch.questions)
            aligned = codec.model.align(features, text)
            sent = torch.stack([q.indices(x) for q, x in zip(quantizers, aligned, strict=True)], 2)
            llr = received_llr(sent.cpu(), config.index_bits, draws).to(device)
            each = zip(quantizers, llr.unbind(2), strict=True)
            evidence = [q.evidence(x) for q, x in each]
            vectors = [q.mean(x) for q, x in zip(quantizers, evidence, strict=True)]
            numbers = [q.numbers(x) for q, x in zip(quantizers, sent.unbind(2), strict=True)]
        joint = self.model(evidence, vectors)
        alone, loss = (
            torch.stack(
                [
                    F.cross_entropy(x.flatten(0, 2), number.flatten())
                    for x, number in zip(every, numbers, strict=True)
                ]
            ).mean()
            / torch.log(torch.tensor(2.0))
            for every in (evidence, joint)
        )
        return loss, {"bits": loss.item(), "saved": (alone - loss).item()}


def received_llr(indices: torch.Tensor, bits: int, draws: torch.Generator) -> torch.Tensor:
    """Return LLRs log p(1)/p(0) of indices as `IndexPriorRecipe` says they arrive.

    Args:
        indices: int64 ``[B, N, layers, segments]``.
        bits: of an index, most significant first.
        draws: of Es/N0, fading and noise.

    Returns:
        float32 ``[B, N, layers, segments, bits]``.
    """
    pictures, tokens, *groups = indices.shape
    sent = ((indices[..., None] >> torch.arange(bits - 1, -1, -1)) & 1).float() * 2 - 1

    def decibels(*shape: int) -> torch.Tensor:
        drawn = torch.rand(*shape, generator=draws)
        return (_LOWEST + (_HIGHEST - _LOWEST) * drawn).expand(pictures, tokens, *groups, bits)

    kinds = (
        decibels(pictures, 1, 1, 1, 1),
        decibels(pictures, 1, *groups, 1),
        decibels(pictures, tokens, 1, 1, 1),
        decibels(pictures, 1, 1, 1, 1),
    )
    kind = torch.arange(pictures) % len(kinds)
    snr = 10 ** (torch.stack(kinds)[kind, torch.arange(pictures)] / 10)
    faded = -torch.log1p(-torch.rand(sent.shape, generator=draws))
    snr = torch.where((kind == len(kinds) - 1).view(-1, 1, 1, 1, 1), snr * faded, snr)
    # y = √snr · x + n of variance 1/2: LLR = 4 √snr · y
    noise = 0.5**0.5 * torch.randn(sent.shape, generator=draws)
    llr: torch.Tensor = 4 * snr.sqrt() * (snr.sqrt() * sent + noise)
    return llr
