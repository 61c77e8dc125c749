"""The trainings that ship weights: a few steps of each, on what they learn from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from linksim.experiments.data.scenes import images_of
from linksim.experiments.training.asked_batches import SceneBatch, SceneBatches
from linksim.experiments.training.clip import ClipRecipe
from linksim.experiments.training.deepjscc import DeepJsccRecipe
from linksim.experiments.training.llava import LlavaRecipe, grounding
from linksim.experiments.training.scene_batches import PATCH_NAMES, patch_colours_of, patch_names_of
from linksim.experiments.training.schedule import Phase, load_schedule
from linksim.experiments.training.trainer import Recipe
from linksim.experiments.training.uo_isc import AdversarialUoIscRecipe, UoIscRecipe
from linksim.source.scenes import ANIMALS, COLOURS, Question, Scene, Thing, draw_scene
from linksim.source.uo_isc.codec import build
from linksim.source.zoo.loading import load_clip, load_llava
from linksim.source.zoo.preset import load_preset

CPU, EMBEDDED = torch.device("cpu"), load_preset("embedded")
SCENE = Scene(
    np.zeros((64, 64, 3), dtype=np.uint8),
    (Thing("dog", "red", (0, 0, 16, 16)), Thing("cat", "blue", (33, 40, 56, 60))),
    "sea",
)


def recipe(name: str, folder: Path) -> Recipe:
    if name == "clip":
        return ClipRecipe(folder, 1, "cpu", batch_size=4)
    if name == "llava":
        return LlavaRecipe(load_clip(EMBEDDED, CPU).model.visual, 1, "cpu", batch_size=2)
    if name == "deepjscc":
        return DeepJsccRecipe(1, "cpu", batch_size=8)
    return uo_isc_recipe(name.removeprefix("uo-isc").removeprefix(":"))


def uo_isc_recipe(variant: str, number: int = 1) -> UoIscRecipe:
    torch.manual_seed(1)
    codec = build(EMBEDDED, CPU, variant)
    llava = load_llava(EMBEDDED, CPU) if codec.variant.text else None
    return (UoIscRecipe, AdversarialUoIscRecipe)[number - 1](
        codec, llava, short(number), SceneBatches(1)
    )


def short(number: int) -> Phase:
    """Return a phase of the shipped schedule, cut to a few small steps."""
    return replace(load_schedule("embedded")[number], steps=4, batch_size=4)


@pytest.mark.parametrize(
    "name",
    ["clip", "llava", "deepjscc", "uo-isc", "uo-isc:no-text", "uo-isc:no-vlm", "uo-isc:segment=64"],
)
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


def test_relevance_is_part_of_the_loss_from_its_step_on() -> None:
    trained = uo_isc_recipe("")
    trained.phase = replace(trained.phase, relevance_from=0.5)
    assert "relevance" not in trained.loss(trained.draw(0), 0)[1]
    assert trained.loss(trained.draw(2), 2)[1]["relevance"] > 0


def test_some_pictures_are_warped_and_some_lack_tokens() -> None:
    trained = uo_isc_recipe("")
    trained.phase = replace(trained.phase, warp=0.5, drop=0.6, batch_size=8)
    images = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    warped, sent = trained._warped(images, 5), trained._sent(5)
    same = (warped == images).flatten(1).all(dim=1)
    assert same.tolist() == [True, True, False, False] * 2
    assert torch.equal(trained._warped(images, 5), warped)
    assert not torch.equal(trained._warped(images, 6), warped)
    assert warped.min() >= 0
    assert warped.max() <= 1
    assert sent is not None
    whole = sent.all(dim=1)
    assert whole[[0, 2, 3, 4, 6, 7]].all()
    assert not whole[[1, 5]].any()
    assert sent.float().mean(dim=1).min() >= 0.4 - 0.2


def test_without_text_no_user_intent_is_learnt() -> None:
    trained = uo_isc_recipe("no-text")
    assert "relevance" not in trained.loss(trained.draw(3), 3)[1]
    assert not any("film" in name or "text" in name for name in trained.model.state_dict())


def test_clip_is_trained_only_where_it_comes_untrained() -> None:
    for variant, learns in (("", False), ("no-text", False), ("no-vlm", True)):
        trained = uo_isc_recipe(variant)
        trained.loss(trained.draw(0), 0)[0].backward()
        tower = trained.codec.clip.model.visual
        assert (tower.conv1.weight.grad is not None) == learns, variant
    random, published = (load_clip(EMBEDDED, CPU, pretrained) for pretrained in (False, True))
    assert not torch.equal(random.model.visual.proj, published.model.visual.proj)


def test_uo_isc_learns_from_scenes_and_questions_without_animals() -> None:
    trained = uo_isc_recipe("no-text")
    for step in range(40):
        batch = trained.draw(step)
        assert not {t.kind for scene in batch.scenes for t in scene.things} & set(ANIMALS)
        assert not any(animal in text for text in batch.questions for animal in ANIMALS)


@pytest.mark.parametrize(
    ("scene", "question", "where"),
    [
        (draw_scene(1, 0, ANIMALS), "what is the background?", "scene"),
        (draw_scene(1, 0, ("car",)), "is there a dog?", "question"),
        (draw_scene(1, 0, ("car",)), "how many Fish are there?", "question"),
    ],
)
def test_a_batch_with_an_animal_is_refused(scene: Scene, question: str, where: str) -> None:
    with pytest.raises(ValueError, match=f"a {where} for training holds an animal"):
        SceneBatch([scene], [Question("exist", question, "yes")])


def test_codec_and_discriminator_work_against_each_other() -> None:
    trained = uo_isc_recipe("no-text", 2)
    assert isinstance(trained, AdversarialUoIscRecipe)
    batch = trained.draw(0)
    loss, figures = trained.loss(batch, 0)
    phase = trained.phase
    parts = phase.l1 * figures["l1"] + phase.vq * figures["vq"]
    assert loss.item() == pytest.approx(parts + phase.adversarial * figures["fooling"], rel=1e-5)
    optimizer = torch.optim.Adam(trained.opponent.parameters(), 1e-3)
    judged = []
    for _ in range(8):
        judging, _ = trained.opponent_loss()
        optimizer.zero_grad()
        judging.backward()
        optimizer.step()
        judged.append(judging.item())
    assert judged[-1] < judged[0]
    # What tells received pictures better is harder to fool.
    assert trained.loss(batch, 0)[1]["fooling"] > figures["fooling"]


def test_a_discriminators_turn_leaves_the_codec_alone() -> None:
    trained = uo_isc_recipe("no-text", 2)
    assert isinstance(trained, AdversarialUoIscRecipe)
    with pytest.raises(RuntimeError, match="after the codec"):
        trained.opponent_loss()
    trained.loss(trained.draw(0), 0)
    trained.opponent_loss()[0].backward()
    assert gradients(trained.opponent)
    assert not gradients(trained.model)


def gradients(module: nn.Module) -> list[torch.Tensor]:
    return [p.grad for p in module.parameters() if p.grad is not None]


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
