import math

import pytest
import torch

from linksim.source.uo_isc.quantizer import SegmentQuantizer


@pytest.fixture
def quantizer() -> SegmentQuantizer:
    torch.manual_seed(0)
    return SegmentQuantizer(12, 4, 8)


def test_each_segment_gets_the_nearest_word_of_its_own_codebook(
    quantizer: SegmentQuantizer,
) -> None:
    features = torch.randn(2, 5, 12)
    indices = quantizer.indices(features)
    assert indices.shape == (2, 5, 3)
    for b in range(2):
        for n in range(5):
            for s in range(3):
                segment = features[b, n, 4 * s : 4 * s + 4]
                distance = (quantizer.codebooks[s] - segment).square().sum(-1)
                assert indices[b, n, s] == distance.argmin()


def test_look_up_gives_the_codewords_that_training_sees(quantizer: SegmentQuantizer) -> None:
    quantized = quantizer(torch.randn(2, 5, 12))
    assert torch.allclose(quantizer.look_up(quantized.indices), quantized.vectors, atol=1e-6)


def test_a_codeword_is_quantised_to_itself(quantizer: SegmentQuantizer) -> None:
    indices = torch.randint(8, (1, 6, 3))
    assert torch.equal(quantizer.indices(quantizer.look_up(indices)), indices)


def test_gradients_pass_straight_through(quantizer: SegmentQuantizer) -> None:
    features = torch.randn(1, 2, 12, requires_grad=True)
    weights = torch.randn(1, 2, 12)
    (quantizer(features).vectors * weights).sum().backward()
    assert torch.equal(features.grad, weights)


def test_the_loss_moves_codewords_and_features_towards_each_other(
    quantizer: SegmentQuantizer,
) -> None:
    features = torch.randn(1, 4, 12, requires_grad=True)
    quantized = quantizer(features)
    quantized.loss.backward()
    step = features - 0.1 * features.grad
    towards = (quantized.vectors - features).detach()
    assert ((step - features).detach() * towards).sum() > 0
    # The codebook term weighs 1, the commitment term β: gradients stand in that ratio.
    pulled = quantizer.codebooks.grad.sum(dim=(0, 1)).norm()
    given = features.grad.reshape(-1, 3, 4).sum(dim=(0, 1)).norm()
    assert given / pulled == pytest.approx(quantizer.commitment, rel=1e-3)


def test_perplexity_counts_the_codewords_in_use(quantizer: SegmentQuantizer) -> None:
    every = torch.arange(8)[:, None].expand(8, 3)[None]
    assert quantizer(quantizer.look_up(every)).perplexity == pytest.approx(8, rel=1e-4)
    one = torch.zeros(1, 8, 3, dtype=torch.long)
    assert quantizer(quantizer.look_up(one)).perplexity == pytest.approx(1, rel=1e-4)
    assert math.isfinite(quantizer(torch.zeros(1, 1, 12)).perplexity)


def test_codewords_that_are_never_chosen_are_revived_onto_features(
    quantizer: SegmentQuantizer,
) -> None:
    quantizer.train()
    cluster = torch.full((1, 50, 12), 9.0) + 0.01 * torch.randn(1, 50, 12)
    for _ in range(250):
        quantizer(cluster)
    assert quantizer.revive(cluster) >= 3 * 6
    assert (quantizer.codebooks.mean(dim=-1) > 8).sum() >= 3 * 6
    assert quantizer.revive(cluster) == 0


def test_a_segment_length_that_does_not_divide_is_refused() -> None:
    with pytest.raises(ValueError, match="does not divide"):
        SegmentQuantizer(12, 5, 8)
