"""The wide world's VAE and U-Net: a few steps of learning them, and their commands."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.training import wide_diffusion, wide_painting_jobs, wide_vae
from linksim.experiments.training.detector_worlds import Label
from linksim.experiments.training.diffusion import NoisyBatch, draw_noise, velocity_loss
from linksim.experiments.training.painted import match_named
from linksim.experiments.training.trainer import Recipe
from linksim.experiments.training.vae import build_vae
from linksim.experiments.training.wide_batches import draw_wide
from linksim.experiments.training.wide_diffusion import WideDiffusionRecipe
from linksim.experiments.training.wide_vae import WIDE_VAE, WideVaeRecipe
from linksim.source.zoo.detector import Detections
from linksim.source.zoo.diffusion import load_diffusion
from linksim.source.zoo.preset import load_preset


def descend(recipe: Recipe, batch: Any) -> list[tuple[float, dict[str, float]]]:
    """Take a few steps on one batch; return the losses and figures."""
    optimizer, losses = torch.optim.Adam(recipe.model.parameters(), 1e-3), []
    for _ in range(4):
        loss, figures = recipe.loss(batch, 3)
        assert loss.dtype == torch.float32
        assert all(np.isfinite(value) for value in figures.values())
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append((loss.item(), figures))
    return losses


def test_a_vae_batch_depends_on_its_step_and_loss_falls_on_it() -> None:
    recipe = WideVaeRecipe(1, "cpu", batch_size=2)
    batch, again, other = map(recipe.draw, (3, 3, 4))
    assert batch.noise.shape == (2, *WIDE_VAE.latents)
    for part in ("images", "noise"):
        assert torch.equal(getattr(batch, part), getattr(again, part))
        assert not torch.equal(getattr(batch, part), getattr(other, part))
    losses = [loss for loss, _ in descend(recipe, batch)]
    assert losses[-1] < losses[0]


@pytest.fixture(scope="module")
def vae() -> Any:
    torch.manual_seed(0)
    return build_vae(WIDE_VAE).eval().requires_grad_(False)


def test_a_diffusion_batch_depends_on_its_step_and_loss_falls_on_it(vae: Any) -> None:
    recipe = WideDiffusionRecipe(vae, 1, "cpu", batch_size=2)
    batch, again, other = map(recipe.draw, (3, 3, 4))
    assert batch.noise.shape == (4, *WIDE_VAE.latents)
    for part in ("images", "noise", "timesteps", "names", "colours"):
        assert torch.equal(getattr(batch, part), getattr(again, part))
    assert batch.texts == again.texts
    assert not torch.equal(batch.images, other.images)
    losses = [figures for _, figures in descend(recipe, batch)]
    assert losses[-1]["named"] < losses[0]["named"]
    assert losses[-1]["velocity"] < losses[0]["velocity"]


def test_several_noises_of_a_picture_count_as_that_many_pictures(vae: Any) -> None:
    diffusion = WideDiffusionRecipe(vae, 1, "cpu", batch_size=2).diffusion
    images, texts = torch.rand(2, 3, 128, 128), ["a dog", "two red cups"]
    noise, timesteps = draw_noise(1, 4, WIDE_VAE.latents)
    with torch.no_grad():
        together = velocity_loss(diffusion, NoisyBatch(images, texts, noise, timesteps))
        apart = [
            velocity_loss(
                diffusion,
                NoisyBatch(
                    images[i : i + 1], texts[i : i + 1], noise[n : n + 1], timesteps[n : n + 1]
                ),
            )
            for n, i in enumerate((0, 0, 1, 1))
        ]
    assert together.item() == pytest.approx(torch.stack(apart).mean().item(), rel=1e-4)


def test_a_vae_and_then_a_unet_are_trained_by_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    of_vae, of_unet = wide_vae.score_wide_vae, wide_diffusion.score_wide_diffusion
    jobs = wide_painting_jobs
    monkeypatch.setattr(jobs, "score_wide_vae", lambda vae: of_vae(vae, scenes=16))
    monkeypatch.setattr(jobs, "score_wide_diffusion", lambda model: of_unet(model, scenes=16))
    monkeypatch.setattr(jobs, "CALIBRATION", 16)
    unet = tmp_path / "embedded" / "diffusion"
    common = ["--world", "wide", "--steps", "1", "--device", "cpu"]
    assert run(["train", "vae", *common, "--out", str(unet / "vae")]) == 0
    assert "PSNR dB" in capsys.readouterr().out
    card = (unet / "vae" / "CARD.md").read_text()
    assert "`linksim train vae --steps 1 --seed 0 --world wide`" in card
    start = ["--start", str(unet / "vae")]
    assert run(["train", "diffusion", *common, *start, "--out", str(unet)]) == 0
    assert "squared error of velocity" in capsys.readouterr().out
    card = (unet / "CARD.md").read_text()
    assert "`linksim train diffusion --steps 1 --seed 0 --world wide --start vae`" in card
    diffusion = load_diffusion(load_preset("embedded", tmp_path), torch.device("cpu"))
    assert diffusion.paint(["a picture of ten red dogs in the meadow"]).shape == (1, 3, 128, 128)
    files = unet.rglob("*.safetensors")
    assert sum(file.stat().st_size for file in files) < 18e6
    assert run(["train", "diffusion", *common, "--start", str(tmp_path / "none")]) == 2
    assert "train vae --world wide, or name its folder" in capsys.readouterr().err
    assert run(["train", "vae", *common, *start]) == 2
    assert "--start: of " in capsys.readouterr().err


def test_finds_are_right_as_long_as_the_caption_names_more() -> None:
    dog = Label("dog", ("dog",))
    scenes = [s for s in draw_wide(3, 0, 400) if s.count("dog") == 2][:1]
    scenes += [s for s in draw_wide(3, 0, 400) if not s.count("dog")][:1]
    found = [
        Detections(
            torch.zeros(4, 4), torch.tensor([0.9, 0.8, 0.7, 0.6]), ["dog", "cat"] + 2 * ["dog"]
        ),
        Detections(torch.zeros(1, 4), torch.tensor([0.75]), ["dog"]),
    ]
    named = match_named(found, scenes, dog)
    assert named.things.tolist() == [2, 0]
    assert named.pictures.tolist() == [0, 1, 0, 0]
    assert named.right.tolist() == [[True, False, True, False]]
    assert (named.wrong == ~named.right).all()
