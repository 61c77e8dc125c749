"""The wide world's VAE and U-Net: a few steps of learning them."""

import numpy as np
import torch

from linksim.experiments.training.wide_vae import WIDE_VAE, WideVaeRecipe


def test_a_vae_batch_depends_on_its_step_and_loss_falls_on_it() -> None:
    recipe = WideVaeRecipe(1, "cpu", batch_size=2)
    batch, again, other = map(recipe.draw, (3, 3, 4))
    assert batch.noise.shape == (2, *WIDE_VAE.latents)
    for part in ("images", "noise"):
        assert torch.equal(getattr(batch, part), getattr(again, part))
        assert not torch.equal(getattr(batch, part), getattr(other, part))
    optimizer = torch.optim.Adam(recipe.model.parameters(), 1e-3)
    losses = []
    for _ in range(4):
        loss, figures = recipe.loss(batch, 3)
        assert loss.dtype == torch.float32
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
        assert all(np.isfinite(value) for value in figures.values())
    assert losses[-1] < losses[0]
