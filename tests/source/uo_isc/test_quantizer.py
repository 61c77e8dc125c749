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
    features = torch.randn(2, 5, 12)
    quantizer.index_of[:] = torch.randperm(8)
    received = quantizer.look_up(quantizer.indices(features))
    assert torch.allclose(received, quantizer(features).vectors, atol=1e-6)


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


def certain(indices: torch.Tensor, bits: int) -> torch.Tensor:
    """LLRs of indices that arrived beyond doubt, ``[..., bits]``, most significant first."""
    ones = (indices[..., None] >> torch.arange(bits - 1, -1, -1)) & 1
    return 40.0 * (2.0 * ones - 1)


def test_chosen_indices_make_a_wrong_bit_less_harmful(quantizer: SegmentQuantizer) -> None:
    features = torch.randn(1, 2000, 12)
    quantizer.train()(features)

    def harm() -> float:
        sent = quantizer.indices(features)
        wrong = sent ^ (1 << torch.randint(3, sent.shape))
        shift = quantizer.look_up(wrong) - quantizer.look_up(sent)
        return float(shift.detach().square().mean())

    natural = harm()
    quantizer.assign_indices()
    assert quantizer.is_sound()
    assert harm() < 0.95 * natural
    quantizer.use_natural_indices()
    assert torch.equal(quantizer.index_of, torch.arange(8).expand(3, 8))


def test_two_codewords_with_one_index_are_not_sound(quantizer: SegmentQuantizer) -> None:
    assert quantizer.is_sound()
    quantizer.index_of[1, 0] = 5
    assert not quantizer.is_sound()


@pytest.mark.parametrize("shuffled", [False, True])
def test_certain_bits_give_the_codewords_themselves(
    quantizer: SegmentQuantizer, shuffled: bool
) -> None:
    if shuffled:
        quantizer.index_of[:] = torch.randperm(8)
    indices = torch.randint(8, (2, 5, 3))
    expected = quantizer.look_up(indices)
    assert torch.allclose(
        quantizer.mean(quantizer.evidence(certain(indices, 3))), expected, atol=1e-5
    )


def test_without_a_channel_the_mean_is_that_of_training(quantizer: SegmentQuantizer) -> None:
    quantizer.usage[:] = torch.tensor([1.0, 0, 0, 3, 0, 0, 0, 0])
    mean = (quantizer.codebooks[:, 0] + 3 * quantizer.codebooks[:, 3]) / 4
    received = quantizer.mean(quantizer.evidence(torch.zeros(1, 1, 3, 3)))[0, 0]
    assert torch.allclose(received, mean.flatten(), atol=2e-2)


def test_the_mean_weighs_each_codeword_by_its_bits(quantizer: SegmentQuantizer) -> None:
    quantizer.usage[:] = 1
    llr = torch.randn(3, dtype=torch.float64)
    ones = torch.sigmoid(llr)
    mean = sum(
        (ones[0] if k & 4 else 1 - ones[0])
        * (ones[1] if k & 2 else 1 - ones[1])
        * (ones[2] if k & 1 else 1 - ones[2])
        * quantizer.codebooks[1, k].double()
        for k in range(8)
    )
    received = quantizer.mean(quantizer.evidence(llr.float().expand(1, 1, 3, 3)))[0, 0, 4:8]
    assert torch.allclose(received.double(), mean, atol=1e-5)


def test_the_mean_is_nearer_to_what_was_sent_than_a_decision(quantizer: SegmentQuantizer) -> None:
    quantizer.usage[:] = 1
    sent = torch.randint(8, (1, 4000, 3))
    ones = certain(sent, 3).sign()
    llr = 2 * (ones + torch.randn(ones.shape))  # of unit amplitude in unit noise
    decided = ((llr > 0).long() << torch.arange(2, -1, -1)).sum(-1)
    wanted = quantizer.look_up(sent)
    hard = (quantizer.look_up(decided) - wanted).square().mean()
    soft = (quantizer.mean(quantizer.evidence(llr)) - wanted).square().mean()
    assert soft < 0.7 * hard
