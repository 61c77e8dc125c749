"""DISCOVER on photographs: COCO's layout and Stable Diffusion's, from training to the link."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.results.sweeps import load_results
from linksim.experiments.studies import discover_rate
from linksim.experiments.studies.coders import Method
from linksim.experiments.training.diffusion import NoisyBatch, draw_noise, velocity_loss
from linksim.experiments.training.labelled_batches import CocoBatches, SceneBatches
from linksim.experiments.training.owlvit import build_detector, detector_tokenizer, save_detector
from linksim.source.zoo.diffusion import load_diffusion, picture_side
from linksim.source.zoo.preset import load_preset

from ..data.coco_folder import write_coco
from .stable_diffusion import SIDE, write_stable_diffusion

PRESET = """
base = "paper"

[detector]
model = "folder:detector"
threshold = 0.0

[diffusion]
model = "folder:stable-diffusion"
steps = 2
guidance = 1.0

[discover]
tasks = "photographs"
weights = "folder:discover"
halvings = 3
channels = 16
context = 8
latent = 12
hyper = 6
groups = [4, 8]
blocks = 1
edge_bits = 8
rate_unit = 1.0
strength = 1.0
noise = 1.0
steps = 2
steps_people = 2
"""

METHODS = (
    Method("DISCOVER, full", ("discover:transmit=full,rate=2",)),
    Method("JPEG2000", ("jpeg2000:bytes=310", "jpeg2000:bytes=1230")),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with models, pictures and a preset, and weights trained for a step each."""
    place = tmp_path_factory.mktemp("place")
    write_coco(place / "coco", "train2017", "val2017")
    write_stable_diffusion(place / "models" / "stable-diffusion")
    tokenizer = detector_tokenizer([])
    save_detector(build_detector(tokenizer), tokenizer, place / "models" / "detector")
    (place / "mine.toml").write_text(PRESET)
    for stage in (0, 1, 2):
        begin = ["--start", str(place / f"stage-{stage - 1}")] if stage else []
        out = ["--out", str(place / f"stage-{stage}")]
        more = ["--stage", str(stage), "--rate", "2", "--steps", "1", *begin, *out]
        assert run(["train", "discover", *given(place), *more]) == 0
    shutil.copytree(place / "stage-2", place / "models" / "discover" / "rate-2")
    return place


def given(place: Path) -> list[str]:
    own = ["--preset", str(place / "mine.toml"), "--models", str(place / "models")]
    return [*own, "--data", f"coco:{place / 'coco'}", "--device", "cpu"]


def test_what_is_trained_on_photographs_is_studied_and_sent(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(discover_rate, "FIGURES", {"5": METHODS, "6": METHODS})
    out = place / "study"
    assert run(["study", "discover-rate", *given(place), "--images", "4", "--out", str(out)]) == 0
    said = capsys.readouterr()
    rows = [line.split() for line in said.out.splitlines() if "DISCOVER, full" in line]
    assert len(rows) == 1  # nobody finds anything without weights, so that there is no figure 5
    assert "note: detection is left out: mine:" in said.err
    assert "note: figure 5 is left out: nobody judges what it shows" in said.err
    assert "Traceback" not in said.err

    sweep = ["sweep", *given(place), "--snr", "20", "--images", "4", "--out"]
    assert run([*sweep, str(place / "ours"), "--codec", "discover:rate=2"]) == 0
    still = ["--codec", "jpeg2000:bits=4000", "--size", str(SIDE)]
    assert run([*sweep, str(place / "stills"), *still]) == 0
    for name in ("ours", "stills"):
        (results,) = load_results(place / name / "results.h5").values()
        assert results.curve("ber")[0].value == 0
        assert np.isfinite(results.pictures["psnr"]).all()
        assert results.shown["original"].shape[1:] == (SIDE, SIDE, 3)


def test_the_card_says_what_it_was_trained_on(place: Path) -> None:
    card = (place / "stage-1" / "CARD.md").read_text()
    assert "photographs of COCO's training split" in card
    assert "--data coco:coco" in card


def test_photographs_come_with_their_things_also_in_a_mirror(tmp_path: Path) -> None:
    folder = write_coco(tmp_path / "coco", "train2017")
    batches = CocoBatches(folder, seed=1, side=64)
    assert batches.labels == ("bottle", "dog", "person")
    images, truths = batches.draw(0, 16)
    again, _ = batches.draw(8, 8)
    assert torch.equal(images[8:], again)
    lefts = set()
    for image, truth in zip(images.numpy(), truths, strict=True):
        assert "person" not in truth.labels  # a crowd
        left, top, right, bottom = truth.boxes[truth.labels.index("dog")].astype(int)
        lefts.add(left)
        inside = np.abs(image[0, top + 1 : bottom - 1, left + 1 : right - 1] - 120 / 255) < 0.02
        assert inside.mean() > 0.95
    assert lefts == {0, 48}


def test_scenes_are_as_large_as_they_are_wanted() -> None:
    images, truths = SceneBatches(3, 128).draw(5, 2)
    small, known = SceneBatches(3, 64).draw(5, 2)
    assert images.shape == (2, 3, 128, 128)
    assert small.shape == (2, 3, 64, 64)
    assert np.array_equal(truths[1].boxes, 2 * known[1].boxes)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction"])
def test_what_the_unet_predicts_is_read_from_its_scheduler(tmp_path: Path, prediction: str) -> None:
    """A U-Net that says nothing is wrong by the mean square of what it should have said."""
    write_stable_diffusion(tmp_path / "stable-diffusion", prediction)
    preset = replace(
        load_preset("paper", tmp_path),
        diffusion={"model": "folder:stable-diffusion", "steps": 2, "guidance": 1.0},
    )
    diffusion = load_diffusion(preset, torch.device("cpu"))
    assert diffusion.side == picture_side(preset) == SIDE
    for parameter in diffusion.unet.conv_out.parameters():
        parameter.zero_()
    noise, timesteps = draw_noise(0, 2, (4, 8, 8))
    images = torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    batch = NoisyBatch(images, ["", ""], noise, timesteps)
    latents = diffusion.latents_of(images)
    left = diffusion.scheduler.alphas_cumprod[timesteps][:, None, None, None]
    velocity = left.sqrt() * noise - (1 - left).sqrt() * latents
    wanted = noise if prediction == "epsilon" else velocity
    assert velocity_loss(diffusion, batch).item() == pytest.approx(
        wanted.square().mean().item(), rel=1e-4
    )
    assert diffusion.paint(["a dog"]).shape == (1, 3, SIDE, SIDE)
