"""Training of UO-ISC by Algorithm 1, without animals.

Phase I: user-intent relevance + λ1 L1 + λ2 vector quantisation. The relevance term looks through
the frozen LLaVA, which costs more than all the rest; it joins once pictures have shape, and looks
at part of each batch. A variant without text has no user intent, and so no relevance term.

Phase II adds λ3 · (−log D(x̂)), in turns with a discriminator D.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from linksim.experiments.training.adversary import Discriminator, fooling_loss, judging_loss
from linksim.experiments.training.asked_batches import Batch, Batches
from linksim.experiments.training.phases import PhasedRecipe
from linksim.experiments.training.schedule import Phase
from linksim.experiments.training.warping import warp
from linksim.source.judge import relevance_loss
from linksim.source.uo_isc.codec import UoIscCodec
from linksim.source.zoo.llava import Llava

_CYCLE = 4  # pictures after which what is done to them repeats


@dataclass(eq=False)
class UoIscRecipe(PhasedRecipe):
    """Phase I.

    Attributes:
        codec: untrained, or as an earlier phase left it.
        llava: frozen; None to train without relevance.
        phase: of the schedule.
        batches: of pictures and questions; their seed is the training's.
        first: number of the first sample, for a phase that goes on after another.
    """

    codec: UoIscCodec
    llava: Llava | None
    phase: Phase
    batches: Batches
    first: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.codec.need = self.codec.prior = None  # learn from the codec as it will be, later
        self.model = nn.ModuleDict(self.codec.parts).requires_grad_(True)

    @property
    def seed(self) -> int:
        """The seed of everything drawn."""
        return self.batches.seed

    def loss(self, batch: Batch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the loss of a step; in training, unused codewords may be moved as well."""
        images = self._warped(batch.images, step).to(self.codec.clip.device)
        observed = self.codec.observe(images, batch.questions)
        received, vq, aligned, perplexity = self.codec.model(*observed, self._sent(step))
        difference = received - images
        l1 = difference.abs().mean()
        loss = self.phase.l1 * l1 + self.phase.vq * vq
        figures = {"l1": l1.item(), "vq": vq.item(), "perplexity": perplexity}
        figures["psnr"] = -10 * difference.square().mean().log10().item()
        if self.llava and step >= self.phase.relevance_from * self.phase.steps:
            relevance = self._relevance(self.llava, images, received, batch.questions)
            loss = loss + self.phase.relevance * relevance
            figures["relevance"] = relevance.item()
        settled = step >= self.phase.revive_until * self.phase.steps
        if step % self.phase.revive_every == 0 and not settled:
            torch.manual_seed(self.seed + step)  # so that a resumed training moves them alike
            quantizers = self.codec.model.each_quantizer()
            moved = [q.revive(x) for q, x in zip(quantizers, aligned, strict=True)]
            figures["revived"] = float(sum(moved))
        adversarial, judged = self._adversarial(images, received)
        return loss + adversarial, {**figures, **judged}

    def _warped(self, images: torch.Tensor, step: int) -> torch.Tensor:
        """Return the pictures, some of them warped: the last ones of every four."""
        chosen = torch.arange(len(images)) % _CYCLE >= _CYCLE * (1 - self.phase.warp)
        if not chosen.any():
            return images
        warped = images.clone()
        warped[chosen] = warp(images[chosen], self._rng(step, 3))
        return warped

    def _sent(self, step: int) -> torch.Tensor | None:
        """Return which tokens are sent: fewer of the second picture of every four."""
        if not self.phase.drop:
            return None
        size, rng = self.phase.batch_size, self._rng(step, 2)
        shares = rng.uniform(0, self.phase.drop, size) * (np.arange(size) % _CYCLE == 1)
        sent = rng.random((size, self.codec.model.config.grid**2)) >= shares[:, None]
        return torch.from_numpy(sent).to(self.codec.clip.device)

    def _rng(self, step: int, purpose: int) -> np.random.Generator:
        key = [self.seed, purpose]
        return np.random.Generator(np.random.Philox(key=key, counter=[0, 0, step, 0]))

    def _relevance(
        self, llava: Llava, images: torch.Tensor, received: torch.Tensor, questions: list[str]
    ) -> torch.Tensor:
        """Return the relevance loss of the part of the batch that is looked at."""
        part = slice(max(1, round(self.phase.relevance_share * len(images))))
        with torch.no_grad():
            wanted = llava.states(images[part], questions[part])
        return relevance_loss(wanted, llava.states(received[part], questions[part])).mean()

    def _adversarial(
        self, images: torch.Tensor, received: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, float]]:
        return received.new_zeros(()), {}


class AdversarialUoIscRecipe(UoIscRecipe):
    """Phase II: the codec also learns to fool a discriminator, which takes a step after each."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.opponent = Discriminator().to(self.codec.clip.device)
        self.opponent_learning_rate = self.phase.opponent_learning_rate
        self._shown: tuple[torch.Tensor, torch.Tensor] | None = None

    def _adversarial(
        self, images: torch.Tensor, received: torch.Tensor
    ) -> tuple[torch.Tensor, dict[str, float]]:
        self._shown = images, received.detach()
        fooling = fooling_loss(self.opponent(received))
        return self.phase.adversarial * fooling, {"fooling": fooling.item()}

    def opponent_loss(self) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the discriminator's loss over the pictures of the codec's last step."""
        if self._shown is None:
            raise RuntimeError("the discriminator's turn comes after the codec's")
        original, received = self._shown
        judging = judging_loss(self.opponent(original), self.opponent(received))
        return judging, {"judging": judging.item()}
