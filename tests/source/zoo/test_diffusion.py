"""Diffusion models from folders in Stable Diffusion's layout, and what they paint."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from linksim.experiments.training.diffusion import build_diffusion, save_diffusion
from linksim.experiments.training.query_aware import build_controlnet
from linksim.experiments.training.vae import build_vae
from linksim.source.zoo.diffusion import (
    Diffusion,
    controlled_by,
    load_controlnet,
    load_diffusion,
    load_vae,
)
from linksim.source.zoo.preset import ModelUnavailable, Preset, load_preset

CPU = torch.device("cpu")
TEXTS = ["a picture of a dog on grass", "what colour is the car? red", ""]


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    """Return a preset whose diffusion model and ControlNet have random weights."""
    models = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    diffusion = build_diffusion(build_vae())
    build_controlnet(diffusion).half().save_pretrained(models / "control")
    save_diffusion(diffusion, models / "diffusion")
    table = {"model": "folder:diffusion", "steps": 2, "guidance": 1.0}
    control = {"control": "folder:control", "text_bytes": 64, "bits": 2560}
    preset = load_preset("embedded", models)
    return replace(preset, diffusion=table, query_aware=control)


@pytest.fixture(scope="module")
def diffusion(untrained: Preset) -> Diffusion:
    return load_diffusion(untrained, CPU)


def test_a_picture_depends_on_its_text_and_not_on_its_neighbours(diffusion: Diffusion) -> None:
    painted = diffusion.paint(TEXTS)
    assert painted.shape == (3, 3, diffusion.side, diffusion.side)
    assert ((painted >= 0) & (painted <= 1)).all()
    assert torch.equal(painted, diffusion.paint(TEXTS))
    assert torch.allclose(painted.flip(0), diffusion.paint(TEXTS[::-1]), atol=1e-5)
    assert not torch.allclose(painted[0], painted[1], atol=1e-3)


def test_a_controlnet_begins_without_effect_and_gets_one(
    diffusion: Diffusion, untrained: Preset
) -> None:
    controlnet = load_controlnet(untrained, "query_aware", CPU)
    plain, pictures = diffusion.paint(TEXTS), torch.rand(3, 3, diffusion.side, diffusion.side)
    assert torch.equal(diffusion.paint(TEXTS, controlled_by(controlnet, pictures)), plain)
    torch.nn.init.normal_(controlnet.controlnet_mid_block.weight)
    assert not torch.equal(diffusion.paint(TEXTS, controlled_by(controlnet, pictures)), plain)


def test_guidance_strengthens_the_text(diffusion: Diffusion) -> None:
    plain, guided = (replace(diffusion, guidance=g).paint(TEXTS) for g in (1.0, 4.0))
    assert torch.allclose(plain[2], guided[2], atol=1e-4)  # no text, nothing to strengthen
    assert not torch.allclose(plain[0], guided[0], atol=1e-3)


def test_latents_become_pictures_again(diffusion: Diffusion) -> None:
    latents = diffusion.latents_of(torch.rand(2, 3, diffusion.side, diffusion.side))
    assert latents.shape == (2, 8, 16, 16)
    assert diffusion.images_of(latents).shape == (2, 3, diffusion.side, diffusion.side)


@pytest.mark.parametrize("part", ["vae", "unet", "text_encoder", "tokenizer", "scheduler"])
@pytest.mark.parametrize("damage", ["cut", "absent"])
def test_a_damaged_part_is_one_clear_line(
    part: str, damage: str, untrained: Preset, tmp_path: Path
) -> None:
    for folder in (untrained.models / "diffusion").iterdir():
        if folder.name != part:
            (tmp_path / "diffusion").mkdir(exist_ok=True)
            (tmp_path / "diffusion" / folder.name).symlink_to(folder)
    if damage == "cut":
        (tmp_path / "diffusion" / part).mkdir()
        for file in (untrained.models / "diffusion" / part).iterdir():
            (tmp_path / "diffusion" / part / file.name).write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelUnavailable, match="diffusion folder:diffusion") as fault:
        load_diffusion(replace(untrained, models=tmp_path), CPU)
    assert "\n" not in str(fault.value)


def test_pickled_weights_are_never_opened(untrained: Preset, tmp_path: Path) -> None:
    vae = tmp_path / "diffusion" / "vae"
    vae.mkdir(parents=True)
    source = untrained.models / "diffusion" / "vae"
    (vae / "config.json").write_bytes((source / "config.json").read_bytes())
    torch.save(build_vae().state_dict(), vae / "diffusion_pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="safetensors"):
        load_vae(replace(untrained, models=tmp_path), CPU)


def test_a_preset_without_the_tables_serves_other_codecs_and_says_what_it_lacks() -> None:
    without = replace(load_preset("embedded"), diffusion={}, query_aware={})
    with pytest.raises(ModelUnavailable, match=r"embedded: the preset lacks .* \[diffusion\]"):
        load_diffusion(without, CPU)
    with pytest.raises(ModelUnavailable, match=r"embedded: the preset lacks .* \[query_aware\]"):
        load_controlnet(without, "query_aware", CPU)


def test_the_paper_preset_without_its_models_says_what_to_do() -> None:
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE=0"):
        load_diffusion(load_preset("paper"), CPU)


def test_little_strength_keeps_what_painting_begins_with(diffusion: Diffusion) -> None:
    shape = diffusion.latents_of(torch.rand(3, 3, diffusion.side, diffusion.side)).shape
    begin = 5 * torch.randn(shape, generator=torch.Generator().manual_seed(0))
    distances = []
    for strength in (0.02, 0.3, 1.0):
        kept = diffusion.paint(TEXTS, begin=begin, strength=strength)
        distances.append(float((kept - diffusion.images_of(begin)).abs().mean()))
    assert distances == sorted(distances)
    assert distances[0] < 0.5 * distances[2]


def test_what_begins_without_noise_does_not_depend_on_noise(
    diffusion: Diffusion, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = diffusion.latents_of(torch.rand(1, 3, diffusion.side, diffusion.side))

    def paint(noise: float) -> torch.Tensor:
        return diffusion.paint([""], begin=begin, strength=0.2, noise=noise)

    without, half, all_of_it = map(paint, (0.0, 0.5, 1.0))
    monkeypatch.setattr("linksim.source.zoo.diffusion._NOISE_SEED", 7)
    assert torch.equal(paint(0.0), without)
    assert not torch.equal(paint(1.0), all_of_it)
    kept = diffusion.images_of(begin)
    distances = [float((p - kept).abs().mean()) for p in (without, half, all_of_it)]
    assert distances == sorted(distances)


def test_more_steps_than_the_schedule_has_are_all_of_it(diffusion: Diffusion) -> None:
    begin = diffusion.latents_of(torch.rand(1, 3, diffusion.side, diffusion.side))
    many = replace(diffusion, steps=900)
    assert many.paint([""], begin=begin, strength=0.5).isfinite().all()
