"""The prior of indices, against probabilities that can be counted."""

from dataclasses import replace

import pytest
import torch

from linksim.source.uo_isc.model import UoIsc, UoIscConfig
from linksim.source.uo_isc.prior import IndexPrior

CONFIG = UoIscConfig((0, 2), 4, 10, None, 8, 4, 16, (12, 10, 8))


@pytest.fixture
def model() -> UoIsc:
    torch.manual_seed(1)
    return UoIsc(CONFIG).eval()


def prior_of(config: UoIscConfig) -> IndexPrior:
    segments = config.width // config.segment_length
    return IndexPrior(
        len(config.layers), segments, config.codewords, config.width, config.grid**2
    ).eval()


def test_a_prior_that_has_learnt_nothing_changes_nothing(model: UoIsc) -> None:
    llr = torch.randn(2, 4, 16, 4)
    everywhere = torch.arange(16).expand(2, -1)
    alone = model.decode_soft(llr, everywhere)
    assert torch.allclose(model.decode_soft(llr, everywhere, prior_of(CONFIG)), alone, atol=1e-6)


def test_what_is_certain_stays_and_what_is_lost_is_told_by_the_others() -> None:
    """Two tokens always have the same codeword: the one that is lost is learnt from the other."""
    torch.manual_seed(0)
    config = replace(CONFIG, layers=(0,), channels=(12, 10), grid=2, width=4, codewords=4)
    prior, codebook = prior_of(config).train(), torch.randn(4, 4)
    optimizer = torch.optim.Adam(prior.parameters(), 2e-3)
    generator = torch.Generator().manual_seed(1)

    def drawn() -> tuple[torch.Tensor, torch.Tensor]:
        numbers = torch.randint(4, (64, 4), generator=generator)
        numbers[:, 1] = numbers[:, 0]
        evidence = 8.0 * torch.nn.functional.one_hot(numbers, 4).float()
        evidence[:, 1] = 0.0
        return numbers, evidence[:, :, None]

    for _ in range(150):
        numbers, evidence = drawn()
        (joint,) = prior([evidence], [evidence[:, :, 0].softmax(-1) @ codebook])
        loss = torch.nn.functional.cross_entropy(joint.flatten(0, 2), numbers.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    numbers, evidence = drawn()
    (joint,) = prior([evidence], [evidence[:, :, 0].softmax(-1) @ codebook])
    assert (joint[:, :, 0].argmax(-1) == numbers).float().mean() > 0.99


def test_tokens_that_were_not_sent_have_no_say_but_their_place(model: UoIsc) -> None:
    prior = prior_of(CONFIG)
    torch.nn.init.normal_(prior.leave.weight, std=0.1)
    places = torch.tensor([[0, 3, 9], [1, 2, 3]])
    llr = torch.randn(2, 4, 3, 4)
    some = model.decode_soft(llr, places, prior)
    spread = torch.zeros(2, 4, 16, 4).scatter(2, places[:, None, :, None].expand_as(llr), llr)
    means = [q.mean() for q in model.each_quantizer()]
    evidence = [
        q.evidence(x) for q, x in zip(model.each_quantizer(), by_layer(spread), strict=True)
    ]
    each = zip(model.each_quantizer(), evidence, strict=True)
    joint = prior(evidence, [q.mean(x) for q, x in each])
    sent = torch.zeros(2, 16, dtype=torch.bool).scatter(1, places, True)
    each = zip(model.each_quantizer(), joint, means, strict=True)
    vectors = [torch.where(sent[..., None], q.mean(x), mean) for q, x, mean in each]
    assert torch.allclose(some, model.reconstruct(vectors), atol=1e-5)


def by_layer(llr: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Return ``[B, N, segments, bits]`` of each of two layers of ``[B, groups, N, bits]``."""
    return tuple(x.transpose(1, 2) for x in llr.chunk(2, dim=1))
