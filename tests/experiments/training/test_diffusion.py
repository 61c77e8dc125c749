"""The trainings of the diffusion models, from untrained parts: VAE, U-Net, ControlNet."""

import numpy as np
import pytest
import torch

from linksim.experiments.data.scenes import draw_batch
from linksim.experiments.training.asked_batches import SceneBatches
from linksim.experiments.training.diffusion import (
    DiffusionRecipe,
    build_diffusion,
    draw_noise,
)
from linksim.experiments.training.query_aware import QueryAwareRecipe
from linksim.experiments.training.trainer import Recipe
from linksim.experiments.training.vae import CALIBRATION, SMALL, VaeRecipe, build_vae, calibrate
from linksim.source.query_aware.codec import compressor

CPU = torch.device("cpu")


def recipe(name: str) -> Recipe:
    if name == "vae":
        return VaeRecipe(1, "cpu", batch_size=4)
    torch.manual_seed(0)
    vae = build_vae().eval().requires_grad_(False)
    if name == "diffusion":
        return DiffusionRecipe(vae, 1, "cpu", batch_size=4)
    return query_aware_recipe()


def query_aware_recipe() -> QueryAwareRecipe:
    torch.manual_seed(0)
    diffusion = build_diffusion(build_vae())
    for part in (diffusion.vae, diffusion.unet, diffusion.text_encoder):
        part.eval().requires_grad_(False)
    return QueryAwareRecipe(
        diffusion, compressor(diffusion.side, 2048, CPU), SceneBatches(1), batch_size=4
    )


@pytest.mark.parametrize("name", ["vae", "diffusion", "query-aware"])
def test_a_batch_depends_on_its_step_and_loss_falls_on_it(name: str) -> None:
    trained = recipe(name)
    batch, again, other = (getattr(b, "noisy", b) for b in map(trained.draw, (3, 3, 4)))
    for part in ("images", "noise"):
        assert torch.equal(getattr(batch, part), getattr(again, part))
        assert not torch.equal(getattr(batch, part), getattr(other, part))
    optimizer = torch.optim.Adam([p for p in trained.model.parameters() if p.requires_grad], 1e-3)
    losses, batch = [], trained.draw(3)
    for _ in range(6):
        loss, figures = trained.loss(batch, 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        assert all(np.isfinite(value) for value in figures.values())
    assert losses[-1] < losses[0]


def test_a_calibrated_vae_has_latents_of_unit_variance() -> None:
    torch.manual_seed(0)
    diffusion = build_diffusion(build_vae().eval())
    calibrate(diffusion.vae, draw_batch(1, 0, CALIBRATION))
    batch = VaeRecipe(2, "cpu", batch_size=32).draw(0)
    with torch.no_grad():
        assert diffusion.latents_of(batch.images).std().item() == pytest.approx(1, rel=0.2)


def test_timesteps_are_spread_over_the_schedule_and_noise_is_normal() -> None:
    noise, timesteps = draw_noise(1, 50)
    assert noise.shape == (50, *SMALL.latents)
    assert noise.std().item() == pytest.approx(1, abs=0.02)
    assert [t // 20 for t in timesteps.tolist()] == list(range(50))


def test_the_controlnet_learns_alone() -> None:
    trained = query_aware_recipe()
    trained.loss(trained.draw(0), 0)[0].backward()
    assert any(p.grad is not None for p in trained.model.parameters())
    frozen = trained._diffusion
    for part in (frozen.vae, frozen.unet, frozen.text_encoder):
        assert all(p.grad is None for p in part.parameters())


def test_what_is_said_of_a_picture_is_its_question_with_the_true_answer() -> None:
    trained, scenes, silent = query_aware_recipe(), SceneBatches(1), 0
    for step in range(10):
        texts, asked = trained.draw(step).noisy.texts, scenes.draw(4 * step, 4)
        for text, question, answer in zip(texts, asked.questions, asked.answers, strict=True):
            assert text in ("", f"{question} {answer}")
            silent += text == ""
    assert 0 < silent < 10
