"""Training of UO-ISC, phase I: reconstruct what matters to the question.

Loss: user-intent relevance + λ1 L1 + λ2 vector quantisation. The relevance term looks through the
frozen LLaVA, which costs more than all the rest; it joins once pictures have shape, and looks at
half of each batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from linksim.experiments.training.scene_batches import draw_batch, images_of
from linksim.source.scenes import ask
from linksim.source.uo_isc.model import UoIsc, UoIscConfig
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.llava import Llava, relevance_loss

LAMBDA_L1 = 1.0
LAMBDA_VQ = 0.1

_REVIVE_EVERY = 25  # steps
_REVIVE_UNTIL = 0.75  # of the training, so that codebooks settle


@dataclass(frozen=True)
class UoIscBatch:
    """Pictures float32 ``[B, 3, H, W]`` in 0..1, each with a question."""

    images: torch.Tensor
    questions: list[str]


class UoIscRecipe:
    """Phase I of Algorithm 1; ``relevance_from`` is the share of steps before relevance joins."""

    learning_rate = 2e-3

    def __init__(
        self,
        config: UoIscConfig,
        clip: Clip,
        llava: Llava,
        steps: int,
        seed: int,
        batch_size: int = 32,
        relevance_from: float = 0.2,
    ) -> None:
        torch.manual_seed(seed)
        self.model = UoIsc(config).to(clip.device).to(memory_format=torch.channels_last)
        self._clip, self._llava = clip, llava
        self._steps, self._relevance_from = steps, relevance_from
        self._seed, self._batch_size = seed, batch_size

    def draw(self, step: int) -> UoIscBatch:
        scenes = draw_batch(self._seed, step, self._batch_size)
        rng = np.random.Generator(np.random.Philox(key=[self._seed, 1], counter=[0, 0, step, 0]))
        return UoIscBatch(images_of(scenes), [ask(scene, rng).text for scene in scenes])

    def loss(self, batch: UoIscBatch, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        images = batch.images.to(self._clip.device)
        features = self._clip.layer_features(images, self.model.config.layers)
        text = self._clip.embed_texts(batch.questions)
        received, vq, aligned, perplexity = self.model(features, text)
        difference = received - images
        l1 = difference.abs().mean()
        loss = LAMBDA_L1 * l1 + LAMBDA_VQ * vq
        figures = {"l1": l1.item(), "vq": vq.item(), "perplexity": perplexity}
        figures["psnr"] = -10 * difference.square().mean().log10().item()
        if step >= self._relevance_from * self._steps:
            half = slice(len(images) // 2)
            with torch.no_grad():
                wanted = self._llava.states(images[half], batch.questions[half])
            seen = self._llava.states(received[half], batch.questions[half])
            relevance = relevance_loss(wanted, seen).mean()
            loss = loss + relevance
            figures["relevance"] = relevance.item()
        if step % _REVIVE_EVERY == 0 and step < _REVIVE_UNTIL * self._steps:
            figures["revived"] = float(
                sum(q.revive(x) for q, x in zip(self.model.each_quantizer(), aligned, strict=True))
            )
        return loss, figures
