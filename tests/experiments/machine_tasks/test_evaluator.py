"""Evaluators of scenes, and of photographs with random weights in the published layout."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision import models
from torchvision.models import detection

from linksim.experiments.data.scenes import draw_batch, images_of, scene_truth
from linksim.experiments.data.truth import Truth
from linksim.experiments.machine_tasks.detection import found_of
from linksim.experiments.machine_tasks.evaluator import TASKS, load_evaluator
from linksim.experiments.machine_tasks.photographs import FASTER_RCNN, MASK_RCNN, RESNET
from linksim.experiments.training.saving import save_half
from linksim.source.scenes import KINDS
from linksim.source.zoo.detector import Detections
from linksim.source.zoo.preset import ModelUnavailable, load_preset

CPU, EMBEDDED = torch.device("cpu"), load_preset("embedded")
SCENES = draw_batch(2**32 + 9, 0, 32)


def test_the_truth_of_a_scene_grows_with_the_picture() -> None:
    once, twice = scene_truth(SCENES[0]), scene_truth(SCENES[0], 128)
    assert once.labels == tuple(thing.kind for thing in SCENES[0].things)
    assert once.boxes.tolist() == [list(thing.box) for thing in SCENES[0].things]
    assert np.array_equal(twice.boxes, 2 * once.boxes)


def test_finds_cross_as_they_are() -> None:
    boxes, scores = torch.tensor([[1.0, 2.0, 3.0, 4.0]]), torch.tensor([0.5])
    found = found_of(Detections(boxes, scores, ["dog"]))
    assert found.boxes.tolist() == [[1, 2, 3, 4]]
    assert (found.scores.tolist(), found.labels) == ([0.5], ("dog",))


@pytest.mark.parametrize(("task", "score"), [("detection", "ap50"), ("classification", "accuracy")])
def test_scenes_are_judged_well_and_grey_pictures_badly(task: str, score: str) -> None:
    evaluator = load_evaluator(task, EMBEDDED, CPU)
    truths = [scene_truth(scene) for scene in SCENES]
    images = images_of(SCENES)
    seen = evaluator.score(truths, evaluator.look(images))
    grey = evaluator.score(truths, evaluator.look(torch.full_like(images, 0.5)))
    assert tuple(seen) == evaluator.scores
    assert seen[score].value > 0.85
    assert grey[score].value < 0.5
    with pytest.raises(ValueError, match=r"argument|looked at"):
        evaluator.score(truths, evaluator.look(images[:4]))


def test_a_class_is_right_if_a_thing_of_it_is_there() -> None:
    evaluator = load_evaluator("classification", EMBEDDED, CPU)
    truths = [Truth(np.zeros((2, 4)), ("dog", "cat")), Truth(np.zeros((1, 4)), ("car",))]
    for answers, value in ((["cat", "car"], 1), (["car", "car"], 0.5), (["car", "cat"], 0)):
        assert evaluator.score(truths, answers)["accuracy"].value == value


def test_nothing_finds_masks_in_scenes() -> None:
    with pytest.raises(ModelUnavailable, match="no model does segmentation; one of detection"):
        load_evaluator("segmentation", EMBEDDED, CPU)


@pytest.mark.parametrize(
    ("task", "name"), list(zip(TASKS, (FASTER_RCNN, MASK_RCNN, RESNET), strict=True))
)
def test_missing_weights_are_named(task: str, name: str, tmp_path: Path) -> None:
    preset = load_preset("paper", tmp_path)
    with pytest.raises(ModelUnavailable, match=rf"{name}\.safetensors is missing; put") as missing:
        load_evaluator(task, preset, CPU)
    assert "\n" not in str(missing.value)
    (tmp_path / f"{name}.safetensors").write_bytes(b"none")
    with pytest.raises(ModelUnavailable, match="can't be loaded"):
        load_evaluator(task, preset, CPU)


def test_photographs_are_judged_with_the_users_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    build = {
        "detection": (FASTER_RCNN, detection.fasterrcnn_resnet50_fpn),
        "segmentation": (MASK_RCNN, detection.maskrcnn_resnet50_fpn),
    }
    preset = load_preset("paper", tmp_path)
    images = torch.rand(1, 3, 64, 64)
    boxes = np.array([[8.0, 8.0, 40.0, 40.0]])
    masks = np.zeros((1, 64, 64), dtype=bool)
    masks[0, 8:40, 8:40] = True
    for task, (name, make) in build.items():
        save_half(make(weights=None, weights_backbone=None), tmp_path / f"{name}.safetensors")
        evaluator = load_evaluator(task, preset, CPU)
        answers = evaluator.look(images)
        scores = evaluator.score([Truth(boxes, ("dog",), masks)], answers)
        assert tuple(scores) == evaluator.scores
        assert 0 <= scores[evaluator.scores[0]].value <= 1
    save_half(models.resnet50(weights=None), tmp_path / f"{RESNET}.safetensors")
    evaluator = load_evaluator("classification", preset, CPU)
    (answer,) = evaluator.look(images)
    assert answer in models.ResNet50_Weights.IMAGENET1K_V1.meta["categories"]
    assert evaluator.score([Truth(boxes, (answer,))], [answer])["accuracy"].value == 1


def test_the_presets_tasks_choose_the_models() -> None:
    own = replace(EMBEDDED, discover={"tasks": "photographs"})
    with pytest.raises(ModelUnavailable, match=RESNET):
        load_evaluator("classification", own, CPU)
    assert "embedded" in load_evaluator("detection", EMBEDDED, CPU).model
    assert len(KINDS) == 12
