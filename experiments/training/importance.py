"""What matters most in a message of UO-ISC, measured: it leads, and may be protected better."""

from __future__ import annotations

import torch

from linksim.experiments.sweeps.measurement import GROUP
from linksim.experiments.training.asked_batches import Batches
from linksim.source.judge import relevance_loss
from linksim.source.uo_isc.codec import UoIscCodec
from linksim.source.zoo.llava import Llava

_PICTURES = 8 * GROUP
_FIRST = 2**30  # number of the first picture: training does not come so far


@torch.no_grad()
def damage_by_group(codec: UoIscCodec, llava: Llava, batches: Batches) -> torch.Tensor:
    """Return the mean relevance loss of pictures that arrive without one group of indices.

    A group is a segment of a layer; the receiver has its mean codeword instead. Pictures and
    questions are those of training, further on: no animals.

    Returns:
        float32 ``[groups]``, in the order of `UoIsc.encode`.
    """
    model, harm = codec.model, torch.zeros(codec.model.config.groups)
    for first in range(_FIRST, _FIRST + _PICTURES, GROUP):
        batch = batches.draw(first, GROUP)
        images, questions = batch.images.to(codec.clip.device), batch.questions
        wanted = llava.states(images, questions)
        aligned = model.align(*codec.observe(images, questions))
        vectors = [q(x).vectors for q, x in zip(model.each_quantizer(), aligned, strict=True)]
        means = [q.mean() for q in model.each_quantizer()]
        for group in range(len(harm)):
            layer, segment = divmod(group, len(harm) // len(vectors))
            part = slice(
                segment * model.config.segment_length, (segment + 1) * model.config.segment_length
            )
            damaged = list(vectors)
            damaged[layer] = vectors[layer].clone()
            damaged[layer][..., part] = means[layer][part]
            shown = llava.states(model.reconstruct(damaged), questions)
            harm[group] += relevance_loss(wanted, shown).mean().cpu() * GROUP / _PICTURES
    return harm
