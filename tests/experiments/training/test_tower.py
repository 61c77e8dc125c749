"""The wide world's vision tower: what its patches are taught, and a few steps of learning it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from linksim.experiments.cli.main import run
from linksim.experiments.training import tower_job
from linksim.experiments.training.tower import TowerRecipe, patch_losses, right_patches
from linksim.experiments.training.wide_batches import (
    GRID,
    PATCH,
    PATCH_COLOURS,
    PATCH_NAMES,
    RELATIONS,
    UNSAID,
    PatchTruth,
    draw_wide,
    patch_truth,
)
from linksim.source.world import KINDS, LETTERS, SIDE, Scene
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import load_preset

SCENES = draw_wide(5, 0, 60)
TRUTH = patch_truth(SCENES)


def patches() -> list[tuple[Scene, int, int, np.ndarray]]:
    """Return scenes and patches, with the ids of the pixels of each patch."""
    return [
        (scene, i, patch, scene.ids[y : y + PATCH, x : x + PATCH])
        for i, scene in enumerate(SCENES[:25])
        for patch in range(GRID**2)
        for y, x in [(patch // GRID * PATCH, patch % GRID * PATCH)]
    ]


def test_patches_are_named_by_the_share_of_their_pixels() -> None:
    for scene, i, patch, ids in patches():
        names, colours = dict.fromkeys(PATCH_NAMES, 0.0), dict.fromkeys(PATCH_COLOURS, 0.0)
        for number in ids.ravel().tolist():
            thing = scene.things[number - 1] if number else None
            names[thing.kind if thing else scene.background] += 1 / PATCH**2
            colours[thing.colour if thing else "none"] += 1 / PATCH**2
        assert np.allclose(TRUTH.names[i, patch], list(names.values()), atol=1e-5)
        assert np.allclose(TRUTH.colours[i, patch], list(colours.values()), atol=1e-5)
        assert TRUTH.things[i, patch] == bool((ids > 0).mean() >= 0.5)


def test_boxes_letters_and_relations_are_those_of_the_foremost_thing() -> None:
    for scene, i, patch, ids in patches():
        numbers, counts = np.unique(ids[ids > 0], return_counts=True)
        if not len(numbers):
            assert TRUTH.letters[i, patch] == UNSAID
            assert (TRUTH.boxes[i, patch] == 0).all()
            assert (TRUTH.relations[i, patch] == UNSAID).all()
            continue
        place = int(numbers[counts.argmax()]) - 1
        thing = scene.things[place]
        y, x = (divmod(patch, GRID)[0] + 0.5) * PATCH, (patch % GRID + 0.5) * PATCH
        box = TRUTH.boxes[i, patch].numpy() * SIDE + [x, y, x, y]
        assert np.allclose(box, thing.box, atol=1e-3)
        letter = LETTERS.index(thing.letter) if thing.letter else UNSAID
        assert TRUTH.letters[i, patch] == letter
        relations = dict(zip(RELATIONS, TRUTH.relations[i, patch].tolist(), strict=True))
        if counts.sum() < PATCH**2 / 8:
            assert set(relations.values()) == {UNSAID}
            continue
        assert relations["kin"] == sum(t.kind == thing.kind for t in scene.things) - 1
        assert relations["hue"] == sum(t.colour == thing.colour for t in scene.things) - 1
        aside = [t for t in scene.things if t.centre[0] < thing.centre[0]]
        nearest = min(
            aside, key=lambda t: np.hypot(*np.subtract(t.centre, thing.centre)), default=None
        )
        assert relations["left"] == (KINDS.index(nearest.kind) if nearest else len(KINDS))
        sizes = sorted(t.size for t in scene.things)
        assert (relations["extreme"] == 0) == (thing.size == sizes[-1])


def test_each_thing_has_a_centre() -> None:
    for i, scene in enumerate(SCENES):
        centres = {
            (int(thing.centre[1]) // PATCH) * GRID + int(thing.centre[0]) // PATCH
            for thing in scene.things
        }
        assert set(np.flatnonzero(TRUTH.centres[i].numpy()).tolist()) == centres


def said_right(truth: PatchTruth) -> dict[str, torch.Tensor]:
    """Return what heads would say that know everything."""
    related = {
        name: torch.nn.functional.one_hot(truth.relations[..., column].clamp(min=0), classes) * 20.0
        for column, (name, classes) in enumerate(RELATIONS.items())
    }
    letters = torch.nn.functional.one_hot(truth.letters.clamp(min=0), len(LETTERS)) * 20.0
    return related | {
        "name": truth.names.clamp(min=1e-9).log(),
        "colour": truth.colours.clamp(min=1e-9).log(),
        "letter": letters,
        "box": truth.boxes,
        "centre": (truth.centres[..., None] - 0.5) * 40,
    }


def test_all_that_is_right_counts_as_right_and_costs_least() -> None:
    said = said_right(TRUTH)
    assert all(bool(found.all()) for found in right_patches(said, TRUTH).values())
    least = patch_losses(said, TRUTH)
    shares = TRUTH.names[TRUTH.names > 0]
    entropy = -(shares * shares.log()).sum().item() / TRUTH.names[..., 0].numel()
    assert least["name"].item() == pytest.approx(entropy, abs=1e-3)
    assert all(least[name].item() < 1e-3 for name in ("letter", "box", "centre", *RELATIONS))
    rolled = {name: t.roll(1, dims=-1) for name, t in said.items() if name not in ("centre", "box")}
    wrong = right_patches(said | rolled, TRUTH)
    assert all(wrong[name].float().mean() < 0.2 for name in ("kind", "colour", "letter", "kin"))


def test_a_batch_depends_on_its_step_and_loss_falls_on_it(tmp_path: Path) -> None:
    recipe = TowerRecipe(tmp_path, 1, "cpu", batch_size=4)
    batch = recipe.draw(3)
    assert torch.equal(batch.images, recipe.draw(3).images)
    assert torch.equal(batch.truth.names, recipe.draw(3).truth.names)
    assert not torch.equal(batch.images, recipe.draw(4).images)
    optimizer = torch.optim.Adam(recipe.model.parameters(), 1e-3)
    losses = []
    for _ in range(6):
        loss, figures = recipe.loss(batch, 3)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
        assert all(np.isfinite(value) for value in figures.values())
    assert losses[-1] < losses[0]


def test_a_tower_is_trained_by_its_command_and_loads_as_a_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tower_job.score_tower
    monkeypatch.setattr(tower_job, "score_tower", lambda *given: whole(*given, scenes=64))
    out = tmp_path / "embedded" / "clip"
    arguments = ["train", "tower", "--steps", "2", "--device", "cpu", "--out", str(out)]
    assert run(arguments) == 0
    printed = capsys.readouterr().out
    assert all(name in printed for name in ("kind", "colour", "letter", "extreme"))
    assert "linksim train tower --steps 2 --seed 0" in (out / "CARD.md").read_text()
    assert all(
        t.dtype == torch.float16 for t in load_file(out / "open_clip_model.safetensors").values()
    )
    clip = load_clip(load_preset("embedded", tmp_path), torch.device("cpu"))
    assert clip.side == SIDE
    assert clip.embed_texts(["a picture of ten red dogs"]).isfinite().all()
    assert run(arguments) == 2
    assert "holds trained weights already" in capsys.readouterr().err
