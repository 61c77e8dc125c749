import pytest
import torch

from linksim.experiments.training.deepjscc import SNR_DB, DeepJsccRecipe


@pytest.fixture(scope="module")
def recipe() -> DeepJsccRecipe:
    return DeepJsccRecipe(1, "cpu", batch_size=8)


def test_the_noise_depends_on_the_step(recipe: DeepJsccRecipe) -> None:
    noise = recipe.draw(3).noise
    assert torch.equal(noise, recipe.draw(3).noise)
    assert not torch.equal(noise, recipe.draw(4).noise)


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
