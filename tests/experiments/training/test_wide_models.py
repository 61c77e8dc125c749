"""The wide world's CLIP and LLaVA: what they are taught, and a few steps of learning it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.training import tower_job, wide_detector, wide_jobs, wide_scores
from linksim.experiments.training.captions import Captions
from linksim.experiments.training.tower import TowerRecipe
from linksim.experiments.training.wide_batches import GRID, PATCH, draw_wide
from linksim.experiments.training.wide_clip import WideClipRecipe
from linksim.experiments.training.wide_detector import WideDetectorRecipe
from linksim.experiments.training.wide_llava import WideLlavaRecipe, wide_grounding
from linksim.source.world import BACKGROUNDS, COLOURS, FAMILIES, KINDS, ask, caption
from linksim.source.world.language import NUMBERS, plural
from linksim.source.zoo.detector import load_detector
from linksim.source.zoo.preset import load_preset


def test_grounding_marks_what_a_question_is_about() -> None:
    rng = np.random.default_rng(0)
    for scene in draw_wide(6, 0, 40):
        for family in FAMILIES:
            question = ask(scene, rng, family)
            marks = wide_grounding(scene, [question])[0].reshape(GRID, GRID)
            compared = question.family == "compare"
            places = question.things[:1] if compared else question.things
            about = [scene.things[place] for place in places]
            centres = {(int(t.centre[1]) // PATCH, int(t.centre[0]) // PATCH) for t in about}
            assert set(zip(*np.nonzero(marks == 2), strict=True)) == centres
            for row, column in zip(*np.nonzero(marks == 1), strict=True):
                ids = scene.ids[row * PATCH :, column * PATCH :][:PATCH, :PATCH]
                assert any((ids == place + 1).mean() > 0.2 for place in places)
            if compared:
                assert (marks == 3).any(), "the second of two compared things is marked as such"
            elif question.landmark is None:
                assert not (marks == 3).any()


def wide_recipe(name: str, folder: Path) -> WideClipRecipe | WideLlavaRecipe:
    visual = TowerRecipe(folder, 1, "cpu").clip.visual
    if name == "clip":
        return WideClipRecipe(folder, visual, 1, "cpu", batch_size=4)
    return WideLlavaRecipe(visual, 1, "cpu", batch_size=2)


@pytest.mark.parametrize("name", ["clip", "llava"])
def test_a_batch_depends_on_its_step_and_loss_falls_on_it(name: str, tmp_path: Path) -> None:
    recipe = wide_recipe(name, tmp_path)
    batch, again, other = recipe.draw(3), recipe.draw(3), recipe.draw(4)
    for attribute in ("images", "tokens", "also_true", "presence", "answers", "grounding"):
        if hasattr(batch, attribute):
            assert torch.equal(getattr(batch, attribute), getattr(again, attribute))
    assert not torch.equal(batch.images, other.images)
    parameters = [p for p in recipe.model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, 1e-3)
    losses = []
    for _ in range(6):
        loss, figures = recipe.loss(batch, 3)  # type: ignore[arg-type]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
        assert all(np.isfinite(value) for value in figures.values())
    assert losses[-1] < losses[0]


def test_a_clip_begins_with_its_tower(tmp_path: Path) -> None:
    tower = TowerRecipe(tmp_path, 7, "cpu")
    recipe = WideClipRecipe(tmp_path, tower.clip.visual, 1, "cpu", batch_size=4)
    images = recipe.draw(0).images
    with torch.no_grad():
        assert torch.equal(recipe.clip.visual(images), tower.clip.visual(images))


def test_captions_fit_their_own_pictures_and_claim_what_is_there() -> None:
    scenes, rng = draw_wide(8, 0, 48), np.random.default_rng(0)
    captions = Captions(KINDS, list(COLOURS), BACKGROUNDS, caption)
    texts, claims = zip(*(captions.draw(scene, rng) for scene in scenes), strict=True)
    fits = captions.fits(scenes, np.stack(claims))
    assert fits.diagonal().all()
    for j, text in enumerate(texts):
        for i, scene in enumerate(scenes):
            words = set(text.split())
            kinds = {kind for kind in KINDS if words & {kind, plural(kind)}}
            possible = kinds <= {thing.kind for thing in scene.things}
            possible &= not words & set(BACKGROUNDS) or scene.background in words
            assert possible or not fits[i, j]
            if not words & set(COLOURS) and len(kinds) == 1 and not words & set(NUMBERS):
                assert fits[i, j] == possible, (text, i)


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tower that has learnt for one step."""
    folder = tmp_path_factory.mktemp("trained") / "tower"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tower_job, "score_tower", lambda *_: "the scores")
        assert run(["train", "tower", "--steps", "1", "--device", "cpu", "--out", str(folder)]) == 0
    return folder


def test_a_clip_and_then_a_llava_are_trained_by_commands(
    tower: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    of_llava, of_clip = wide_scores.score_wide_llava, wide_scores.score_wide_clip
    many = wide_scores._many_questions
    monkeypatch.setattr(wide_jobs, "score_wide_llava", lambda llava: of_llava(llava, 20))
    monkeypatch.setattr(wide_jobs, "score_wide_clip", lambda clip: of_clip(clip, 128))
    monkeypatch.setattr(wide_scores, "_many_questions", lambda: many(60))
    clip, llava = tmp_path / "clip", tmp_path / "llava"
    common = ["--world", "wide", "--steps", "1", "--device", "cpu"]
    assert run(["train", "clip", *common, "--start", str(tower), "--out", str(clip)]) == 0
    assert "zero-shot presence AUC, giraffe" in capsys.readouterr().out
    card = (clip / "CARD.md").read_text()
    assert "linksim train clip --steps 1 --seed 0 --world wide --start tower`" in card
    assert run(["train", "llava", *common, "--start", str(clip), "--out", str(llava)]) == 0
    printed = capsys.readouterr().out
    assert "floor: another picture" in printed
    assert set(FAMILIES) <= {line.split()[0] for line in printed.splitlines()}
    assert (llava / "model.safetensors").stat().st_size < 13e6


def test_a_tower_that_is_none_of_the_wide_world_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", "llava", "--world", "wide", "--device", "cpu", "--out", str(tmp_path)]
    assert run([*arguments, "--start", str(tmp_path / "none")]) == 2
    assert "train tower, or name its folder" in capsys.readouterr().err
    small = Path(wide_jobs.__file__).parents[2] / "source/zoo/weights/embedded/clip"
    assert run([*arguments, "--start", str(small)]) == 2
    assert "a tower of pictures 64×64" in capsys.readouterr().err


def test_a_detector_is_trained_by_its_command(
    tower: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = wide_detector.score_wide_detector
    monkeypatch.setattr(wide_jobs, "score_wide_detector", lambda detector: whole(detector, 16))
    out = tmp_path / "embedded" / "detector"
    arguments = ["--steps", "1", "--device", "cpu", "--start", str(tower), "--out", str(out)]
    assert run(["train", "detector", "--world", "wide", *arguments]) == 0
    card = (out / "CARD.md").read_text()
    assert "`linksim train detector --steps 1 --seed 0 --world wide --start tower`" in card
    assert "AP50, kinds of things" in card
    assert (out / "model.safetensors").stat().st_size < 7e6
    detector = load_detector(load_preset("embedded", tmp_path), torch.device("cpu"))
    assert len(detector.detect(torch.rand(1, 3, 128, 128), KINDS, 0.0)) == 1


def test_a_batch_of_the_detector_asks_for_every_kind_and_some_colours(tower: Path) -> None:
    visual = TowerRecipe(tower, 1, "cpu").clip.visual
    recipe = WideDetectorRecipe(visual, 1, "cpu", batch_size=2)
    batch, labels = recipe.draw(3), recipe._choose(np.random.default_rng(0))
    assert len(batch.tokens) == len(labels) == batch.fits.shape[1] < 120
    assert {*KINDS, "animal", "thing"} <= {label.name for label in labels}
    others = recipe._choose(np.random.default_rng(1))
    assert {label.name for label in labels} != {label.name for label in others}
    loss, figures = recipe.loss(batch, 3)
    assert loss.dtype == torch.float32
    assert all(np.isfinite(value) for value in figures.values())


def test_a_world_is_for_some_models_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "deepjscc", "--world", "wide"]) == 2
    refusal = "--world: of clip, llava, detector, vae and diffusion only"
    assert refusal in capsys.readouterr().err
