"""The wide world's LLaVA: what its image tokens are taught, and a few steps of learning it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.training import tower_job, wide_llava_job
from linksim.experiments.training.tower import TowerRecipe
from linksim.experiments.training.wide_batches import GRID, PATCH, draw_wide
from linksim.experiments.training.wide_llava import WideLlavaRecipe, wide_grounding
from linksim.source.world import FAMILIES, ask


def test_grounding_marks_what_a_question_is_about() -> None:
    rng = np.random.default_rng(0)
    for scene in draw_wide(6, 0, 40):
        for family in FAMILIES:
            question = ask(scene, rng, family)
            marks = wide_grounding(scene, [question])[0].reshape(GRID, GRID)
            about = [scene.things[place] for place in question.things]
            centres = {(int(t.centre[1]) // PATCH, int(t.centre[0]) // PATCH) for t in about}
            assert set(zip(*np.nonzero(marks == 2), strict=True)) == centres
            for row, column in zip(*np.nonzero(marks == 1), strict=True):
                ids = scene.ids[row * PATCH :, column * PATCH :][:PATCH, :PATCH]
                assert any((ids == place + 1).mean() > 0.2 for place in question.things)
            if question.landmark is None:
                assert not (marks == 3).any()


def test_a_batch_depends_on_its_step_and_loss_falls_on_it(tmp_path: Path) -> None:
    tower = TowerRecipe(tmp_path, 1, "cpu")
    recipe = WideLlavaRecipe(tower.clip.visual, 1, "cpu", batch_size=2)
    batch = recipe.draw(3)
    assert torch.equal(batch.images, recipe.draw(3).images)
    assert batch.questions == recipe.draw(3).questions
    assert batch.questions != recipe.draw(4).questions
    parameters = [p for p in recipe.model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(parameters, 1e-3)
    losses = []
    for _ in range(6):
        loss, figures = recipe.loss(batch, 3)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
        assert all(np.isfinite(value) for value in figures.values())
    assert losses[-1] < losses[0]


def test_a_llava_is_trained_on_a_tower_by_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tower_job, "score_tower", lambda *_: "the scores")
    whole, many = wide_llava_job.score_wide_llava, wide_llava_job._many_questions
    monkeypatch.setattr(wide_llava_job, "score_wide_llava", lambda llava: whole(llava, 20))
    monkeypatch.setattr(wide_llava_job, "_many_questions", lambda: many(60))
    tower, out = tmp_path / "tower", tmp_path / "llava"
    assert run(["train", "tower", "--steps", "1", "--device", "cpu", "--out", str(tower)]) == 0
    arguments = ["train", "llava", "--world", "wide", "--steps", "1", "--device", "cpu"]
    assert run([*arguments, "--start", str(tower), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "floor: another picture" in printed
    assert set(FAMILIES) <= {line.split()[0] for line in printed.splitlines()}
    card = (out / "CARD.md").read_text()
    assert "linksim train llava --steps 1 --seed 0 --world wide --start tower`" in card
    assert run([*arguments, "--start", str(tmp_path / "none")]) == 2
    assert "train tower, or name its folder" in capsys.readouterr().err
    small = Path(wide_llava_job.__file__).parents[2] / "source/zoo/weights/embedded/clip"
    assert run([*arguments, "--start", str(small), "--out", str(tmp_path / "other")]) == 2
    assert "a tower of pictures 64×64" in capsys.readouterr().err


def test_a_world_is_for_llava_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "vae", "--world", "wide"]) == 2
    assert "--world: of llava only" in capsys.readouterr().err
