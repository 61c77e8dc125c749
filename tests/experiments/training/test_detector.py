"""The detector's training: what it learns from, where it begins, and its command."""

from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.training.detector import DetectorRecipe, truth
from linksim.experiments.training.detector_scores import score_detector
from linksim.experiments.training.detector_worlds import BROAD, SMALL
from linksim.experiments.training.owlvit import detector_tokenizer
from linksim.source.scenes import KINDS, Scene, Thing
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import load_preset

CPU, EMBEDDED = torch.device("cpu"), load_preset("embedded")
SCENE = Scene(
    np.zeros((64, 64, 3), dtype=np.uint8),
    (Thing("dog", "red", (0, 0, 16, 16)), Thing("car", "blue", (32, 40, 56, 60))),
    "sea",
)


def recipe() -> DetectorRecipe:
    return DetectorRecipe(load_clip(EMBEDDED, CPU).model.visual, 1, "cpu", batch_size=4)


def test_a_batch_depends_on_its_step_and_loss_falls_on_it() -> None:
    trained = recipe()
    batch, again, other = (trained.draw(step) for step in (3, 3, 4))
    for part in ("images", "tokens", "fits", "boxes"):
        assert torch.equal(getattr(batch, part), getattr(again, part))
    assert not torch.equal(batch.images, other.images)
    assert not torch.equal(batch.tokens, other.tokens)
    optimizer, losses = torch.optim.Adam(trained.model.parameters(), 1e-3), []
    for _ in range(6):
        loss, figures = trained.loss(batch, 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        assert all(np.isfinite(value) for value in figures.values())
    assert losses[-1] < losses[0]


def test_the_patch_under_a_centre_answers_for_the_thing() -> None:
    labels = SMALL.labels()
    places, fits, boxes = truth([SCENE, SCENE], labels)
    assert places.tolist() == [[0, 9], [0, 53], [1, 9], [1, 53]]
    names = [{label.name for label, fit in zip(labels, row, strict=True) if fit} for row in fits]
    assert names[0] == {"dog", "animal", "thing", "red dog", "red animal", "red thing"}
    assert names[1] == {"car", "vehicle", "thing", "blue car", "blue vehicle", "blue thing"}
    assert boxes[1].tolist() == [44 / 64, 50 / 64, 24 / 64, 20 / 64]


def test_a_text_ends_in_the_token_of_the_highest_number() -> None:
    tokenizer = detector_tokenizer(list(BROAD))
    for text in ("dog", "a red dog", "animals zeppelin"):
        tokens = tokenizer(text)["input_ids"]
        assert max(tokens) == tokens[-1] == tokenizer.eos_token_id
    assert tokenizer.unk_token_id not in tokenizer("red animal")["input_ids"]


def test_the_tower_begins_as_clips() -> None:
    clip = load_clip(EMBEDDED, CPU)
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    trained = DetectorRecipe(clip.model.visual, 1, "cpu")
    with torch.no_grad():
        tower = trained.model.owlvit.vision_model.eval()
        states = tower(images * 2 - 1).last_hidden_state[:, 1:]
    assert torch.allclose(states, clip.layer_features(images, [5])[0], atol=1e-4)


def test_the_command_writes_weights_with_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = "linksim.experiments.training.detector_job"
    monkeypatch.setattr(f"{jobs}.score_detector", lambda detector: score_detector(detector, 16))
    out = tmp_path / "embedded" / "detector"
    assert run(["train", "detector", "--steps", "1", "--device", "cpu", "--out", str(out)]) == 0
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "`linksim train detector --steps 1 --seed 0`" in card
    assert "AP50, kinds of things" in card
    assert not list(out.rglob("*.bin"))
    assert not (out / "checkpoint.safetensors").exists()
    found = load_detector(load_preset("embedded", tmp_path), CPU).detect(
        torch.rand(1, 3, 64, 64), KINDS, 0.0
    )
    assert len(found) == 1
