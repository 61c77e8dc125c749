"""The discriminator of phase II and the losses of both sides."""

import math

import pytest
import torch

from linksim.experiments.training.adversary import Discriminator, fooling_loss, judging_loss


def test_losses_are_the_papers() -> None:
    real, fake = torch.tensor([0.3, 2.0]), torch.tensor([-1.0, 0.5])
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    assert fooling_loss(fake).item() == pytest.approx(-d_fake.log().mean().item(), rel=1e-5)
    judged = -d_real.log().mean() - (1 - d_fake).log().mean()
    assert judging_loss(real, fake).item() == pytest.approx(judged.item(), rel=1e-5)
    undecided = torch.zeros(4)
    assert judging_loss(undecided, undecided).item() == pytest.approx(2 * math.log(2))


def test_losses_stay_finite_when_one_side_has_won() -> None:
    sure = torch.tensor([-200.0])
    assert fooling_loss(sure).item() == pytest.approx(200)
    assert judging_loss(-sure, sure).item() == pytest.approx(0)


def test_patches_are_judged_and_it_is_light() -> None:
    discriminator = Discriminator()
    assert discriminator(torch.rand(2, 3, 64, 64)).shape == (2, 1, 8, 8)
    assert sum(p.numel() for p in discriminator.parameters()) < 200_000
