"""The trainings that ship weights: a few steps of each, on what they learn from."""

from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.training.clip import ClipRecipe
from linksim.experiments.training.llava import LlavaRecipe, grounding
from linksim.experiments.training.scene_batches import (
    PATCH_NAMES,
    images_of,
    patch_colours_of,
    patch_names_of,
)
from linksim.experiments.training.trainer import Recipe
from linksim.experiments.training.uo_isc import UoIscRecipe
from linksim.source.scenes import COLOURS, Question, Scene, Thing
from linksim.source.uo_isc.codec import config_for
from linksim.source.zoo.loading import load_clip, load_llava
from linksim.source.zoo.preset import load_preset

CPU, EMBEDDED = torch.device("cpu"), load_preset("embedded")
SCENE = Scene(
    np.zeros((64, 64, 3), dtype=np.uint8),
    (Thing("dog", "red", (0, 0, 16, 16)), Thing("cat", "blue", (33, 40, 56, 60))),
    "sea",
)


def recipe(name: str, folder: Path) -> Recipe:
    clip = load_clip(EMBEDDED, CPU)
    if name == "clip":
        return ClipRecipe(folder, 1, "cpu", batch_size=4)
    if name == "llava":
        return LlavaRecipe(clip.model.visual, 1, "cpu", batch_size=2)
    config = config_for(EMBEDDED, clip)
    return UoIscRecipe(config, clip, load_llava(EMBEDDED, CPU), 4, 1, batch_size=4)


@pytest.mark.parametrize("name", ["clip", "llava", "uo-isc"])
def test_a_batch_depends_on_its_step_and_loss_falls_on_it(name: str, tmp_path: Path) -> None:
    trained = recipe(name, tmp_path)
    batch, again = trained.draw(3), trained.draw(3)
    assert torch.equal(batch.images, again.images)
    assert not torch.equal(batch.images, trained.draw(4).images)
    optimizer = torch.optim.Adam([p for p in trained.model.parameters() if p.requires_grad], 1e-3)
    losses = []
    for _ in range(6):
        loss, figures = trained.loss(batch, 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        assert all(np.isfinite(value) for value in figures.values())
    assert losses[-1] < losses[0]


def test_relevance_is_part_of_the_loss_once_pictures_have_shape(tmp_path: Path) -> None:
    trained = recipe("uo-isc", tmp_path)
    assert "relevance" not in trained.loss(trained.draw(0), 0)[1]
    assert trained.loss(trained.draw(2), 2)[1]["relevance"] > 0


def test_the_frozen_models_stay_as_they_are(tmp_path: Path) -> None:
    trained = recipe("llava", tmp_path)
    tower = trained.model.model.vision_tower  # type: ignore[union-attr]
    assert not any(p.requires_grad for p in tower.parameters())


def test_patches_are_named_by_the_thing_over_their_centre() -> None:
    names = patch_names_of([SCENE])[0].reshape(8, 8)
    assert [PATCH_NAMES[i] for i in names[0, :3]] == ["dog", "dog", "sea"]
    assert PATCH_NAMES[int(names[5, 4])] == "cat"  # centre (36, 44)
    assert PATCH_NAMES[int(names[4, 4])] == "sea"  # centre (36, 36)
    colours = patch_colours_of([SCENE])[0].reshape(8, 8)
    assert list(COLOURS)[int(colours[0, 0])] == "red"
    assert int(colours[7, 7]) == len(COLOURS)


def test_grounding_marks_the_thing_asked_for_and_its_centre() -> None:
    marks = grounding(SCENE, Question("colour", "what colour is the cat?", "blue", "cat"))
    marks = marks.reshape(8, 8)
    assert marks[6, 5] == 2  # centre (44.5, 50)
    assert marks[0, 0] == 0
    assert set(marks[5:7, 4:7].ravel()) == {1, 2}
    asked_for_nothing = grounding(SCENE, Question("background", "what is it?", "sea"))
    assert not asked_for_nothing.any()


def test_pictures_go_to_models_in_zero_to_one() -> None:
    white = Scene(np.full((64, 64, 3), 255, dtype=np.uint8), (), "sea")
    images = images_of([SCENE, white])
    assert images.shape == (2, 3, 64, 64)
    assert (images[0] == 0).all()
    assert (images[1] == 1).all()
