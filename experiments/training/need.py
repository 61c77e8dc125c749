"""Training of the head that tells, without a LLaVA, which tokens of a picture a question needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from linksim.experiments.training.asked_batches import Batch, Batches
from linksim.experiments.training.phases import PhasedRecipe
from linksim.experiments.training.schedule import Phase
from linksim.source.judge import relevance_loss
from linksim.source.uo_isc.codec import UoIscCodec
from linksim.source.uo_isc.need import NeedHead, token_need
from linksim.source.zoo.llava import Llava

_FEWEST, _MOST = 1 / 8, 1 / 2  # shares of the tokens that are sent in training


@dataclass(eq=False)
class NeedRecipe(PhasedRecipe):
    """The head learns where LLaVA looks, and then from what pictures of its choice keep.

    At first it learns the share of each token in what LLaVA's answer depends on, by cross-entropy.
    Relevance joins later: the tokens of its choice are sent, as many as chance says, and the choice
    gets gradients as if it were soft (straight through, Bengio et al. 2013).

    Attributes:
        codec: trained, frozen but for its head.
        llava: frozen.
        phase: of the schedule; ``relevance_share`` of each batch is sent.
        batches: of pictures and questions; their seed is the training's.
        first: number of the first sample.
    """

    codec: UoIscCodec
    llava: Llava
    phase: Phase
    batches: Batches
    first: int = 0

    @property
    def model(self) -> NeedHead:
        """The head."""
        assert self.codec.need
        return self.codec.need

    def loss(self, batch: Batch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the loss of a step, and the share of LLaVA's eight neediest tokens found."""
        codec, device = self.codec, self.codec.clip.device
        images, questions = batch.images.to(device), batch.questions
        with torch.no_grad():
            features, text = codec.observe(images, questions)
            words = codec.words(questions, text)
        scores = self.model(features[-1], words)
        wanted = token_need(self.llava, images, questions, codec.model.config.grid)
        shares = wanted / wanted.sum(1, keepdim=True).clamp(min=1e-12)
        loss = -(shares * scores.log_softmax(1)).sum(1).mean()
        figures = {"cross-entropy": loss.item(), "found": _overlap(scores, wanted)}
        if self.phase.relevance and step >= self.phase.relevance_from * self.phase.steps:
            part = slice(max(1, round(self.phase.relevance_share * len(images))))
            with torch.no_grad():
                aligned = codec.model.align(features, text)
                each = zip(codec.model.each_quantizer(), aligned, strict=True)
                vectors = [quantizer(x[part]).vectors for quantizer, x in each]
                kept = self.llava.states(images[part], questions[part])
            sent = chosen(scores[part], self._count(step, scores.shape[1]))
            received = codec.model.reconstruct(codec.model.fill_in(vectors, sent))
            relevance = relevance_loss(kept, self.llava.states(received, questions[part])).mean()
            loss = loss + self.phase.relevance * relevance
            figures["relevance"] = relevance.item()
        return loss, figures

    def _count(self, step: int, tokens: int) -> int:
        rng = np.random.Generator(
            np.random.Philox(key=[self.batches.seed, 4], counter=[0, 0, step, 0])
        )
        return max(1, round(tokens * rng.uniform(_FEWEST, _MOST)))


def chosen(scores: torch.Tensor, count: int) -> torch.Tensor:
    """Return 1 for the ``count`` tokens of the highest score, else 0, with a gradient: ``[B, N]``.

    Gradients are those of a logistic function of how far a score is from the last one chosen.
    """
    ranked = scores.detach().sort(dim=1, descending=True).values
    edge = ranked[:, count - 1 : count + 1].mean(dim=1, keepdim=True)
    soft = (scores - edge).sigmoid()
    hard = torch.zeros_like(scores).scatter(1, scores.topk(count, dim=1).indices, 1.0)
    return hard + soft - soft.detach()


def _overlap(scores: torch.Tensor, wanted: torch.Tensor, count: int = 8) -> float:
    found = scores.topk(count, dim=1).indices[:, :, None] == wanted.topk(count, 1).indices[:, None]
    return found.any(2).float().mean().item()
