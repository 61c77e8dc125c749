import numpy as np
import pytest
import torch
from scipy import stats

from linksim.experiments.training.deepjscc import SNR_DB, DeepJsccRecipe
from linksim.source.message import ReceivedSymbols

FALSE_ALARM = 1e-5


@pytest.fixture(scope="module")
def recipe() -> DeepJsccRecipe:
    return DeepJsccRecipe(1, "cpu", batch_size=8)


def arrived(recipe: DeepJsccRecipe, step: int) -> ReceivedSymbols:
    """Return what arrives of symbols that are all one."""
    return recipe.transmit(torch.ones(8, 4096, dtype=torch.complex64), recipe.draw(step))


def test_the_noise_depends_on_the_step(recipe: DeepJsccRecipe) -> None:
    assert torch.equal(arrived(recipe, 3).values, arrived(recipe, 3).values)
    assert not torch.equal(arrived(recipe, 3).values, arrived(recipe, 4).values)


def test_half_of_a_batch_fades_and_the_noise_is_what_it_is_said_to_be(
    recipe: DeepJsccRecipe,
) -> None:
    """The distributions that Gaussian noise and Rayleigh fading have by definition."""
    batch, found = recipe.draw(5), arrived(recipe, 5)
    weighted = ((found.values - 1) / found.n0.sqrt()).numpy()  # CN(0, 1), whatever the channel
    for part in (weighted.real, weighted.imag):
        assert stats.kstest(np.sqrt(2) * part.ravel(), "norm").pvalue > FALSE_ALARM
    assert ((batch.snr_db > SNR_DB[0]) & (batch.snr_db < SNR_DB[1])).all()
    n0 = torch.from_numpy(10 ** (-batch.snr_db / 10)).float()[:, None]
    torch.testing.assert_close(found.n0[4:], n0[4:].expand(-1, 4096))
    gains = (n0[:4] / found.n0[:4]).numpy()  # |h|² of CN(0, 1)
    assert stats.kstest(gains.ravel(), "expon").pvalue > FALSE_ALARM


def test_every_batch_has_snrs_from_the_whole_range(recipe: DeepJsccRecipe) -> None:
    drawn = np.concatenate([recipe.draw(step).snr_db for step in range(30)])
    low, high = SNR_DB
    assert stats.kstest((drawn - low) / (high - low), "uniform").pvalue > FALSE_ALARM


def test_the_encoder_learns_through_the_channel(recipe: DeepJsccRecipe) -> None:
    loss, _ = recipe.loss(recipe.draw(0), 0)
    loss.backward()
    gradients = [p.grad for p in recipe.model.encoder.parameters()]
    assert all(g is not None and bool(g.isfinite().all() and g.any()) for g in gradients)
