import numpy as np
import pytest
import torch

from linksim.experiments.training.deepjscc import SNR_DB, DeepJsccRecipe


@pytest.fixture(scope="module")
def recipe() -> DeepJsccRecipe:
    return DeepJsccRecipe(1, "cpu", batch_size=8)


def test_a_batch_depends_on_its_step_and_loss_falls_on_it(recipe: DeepJsccRecipe) -> None:
    batch, again = recipe.draw(3), recipe.draw(3)
    assert torch.equal(batch.images, again.images)
    assert torch.equal(batch.noise, again.noise)
    assert not torch.equal(batch.images, recipe.draw(4).images)
    optimizer = torch.optim.Adam(recipe.model.parameters(), 1e-3)
    losses = []
    for _ in range(8):
        loss, figures = recipe.loss(batch, 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        assert np.isfinite(figures["psnr"])
    assert losses[-1] < losses[0]


def test_half_of_a_batch_fades_and_the_noise_is_what_it_is_said_to_be(
    recipe: DeepJsccRecipe,
) -> None:
    batch = recipe.draw(5)
    spread = batch.n0.std(dim=1) / batch.n0.mean(dim=1)
    assert (spread[:4] > 0.5).all()
    assert (spread[4:] < 1e-4).all()
    snr_db = -10 * batch.n0[4:, 0].log10()
    assert ((snr_db > SNR_DB[0]) & (snr_db < SNR_DB[1])).all()
    weighted = batch.noise.abs().square() / batch.n0
    assert weighted.mean().item() == pytest.approx(1, abs=0.05)
