"""Codecs of the wide world: trained for a step on models that know nothing, then used."""

from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch

from linksim.experiments.cli.main import run
from linksim.experiments.data.wide_samples import WideSceneSamples
from linksim.experiments.training import asked_batches
from linksim.experiments.training.asked_batches import SceneBatch, WideSceneBatches
from linksim.experiments.training.discover import DiscoverRecipe
from linksim.experiments.training.labelled_batches import WideSceneBatches as LabelledScenes
from linksim.experiments.training.query_aware import QueryAwareRecipe
from linksim.source import load_codec
from linksim.source.uo_isc.codec import UoIscCodec
from linksim.source.world import ANIMALS, KINDS, SIDE, Question, draw_scene
from linksim.source.zoo.preset import load_preset

from .wide_models import save_untrained

SHIPPED = Path(asked_batches.__file__).parent / "schedules" / "embedded.toml"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_untrained(folder / "wide")
    return folder


@pytest.fixture
def schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a schedule of one small step a phase; what takes a minute afterwards is cut short."""
    monkeypatch.setattr("linksim.experiments.training.asked_batches._JUDGED", 2)
    monkeypatch.setattr("linksim.experiments.training.importance._PICTURES", 2)
    monkeypatch.setattr("linksim.experiments.training.importance.GROUP", 2)
    monkeypatch.setattr(
        "linksim.source.uo_isc.quantizer.assign_indices", lambda words, _: np.arange(len(words))
    )
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    few = {"steps": "steps = 1", "batch_size": "batch_size = 2"}
    tiny = [few.get(line.partition(" =")[0], line) for line in lines]
    file = tmp_path / "tiny.toml"
    file.write_text("\n".join(tiny))
    return str(file)


def test_uo_isc_is_trained_and_sends_what_128_pixels_show(
    models: Path, schedule: str, tmp_path: Path
) -> None:
    common = ["train", "uo-isc", "--preset", "wide", "--models", str(models), "--device", "cpu"]
    common += ["--schedule", schedule]
    before = tmp_path / "zero"
    assert run([*common, "--variant", "no-text", "--out", str(before)]) == 0
    weights = models / "wide" / "uo_isc"
    start = ["--phase", "1", "--start", str(before)]
    assert run([*common, *start, "--out", str(weights)]) == 0
    card = (weights / "CARD.md").read_text()
    assert "no animals in either" in card
    assert "floor: another picture" in card
    codec = load_codec("uo_isc", load_preset("wide", models), torch.device("cpu"))
    assert isinstance(codec, UoIscCodec)
    assert codec.side == SIDE
    sample = WideSceneSamples(1, 0).sample(0, SIDE)
    message = codec.encode(sample.image[None], [sample.question])
    assert message.values.shape[1] * message.width == 3072  # bits: 64 places, 3 layers, 2 segments


def test_the_wide_worlds_animals_are_kept_out_of_training() -> None:
    batches = WideSceneBatches(1)
    for number in range(0, 40, 8):
        batch = batches.draw(number, 8)
        assert not {t.kind for scene in batch.scenes for t in scene.things} & set(ANIMALS)
    scene = draw_scene(1, 0, ("giraffe",))
    words = frozenset(ANIMALS)
    with pytest.raises(ValueError, match="a scene for training holds an animal \\(giraffe\\)"):
        SceneBatch([scene], [Question("background", "what is the background?", "sea")], words)
    with pytest.raises(ValueError, match="a question for training"):
        SceneBatch([], [Question("exist", "is there a turtle?", "yes")], words)


def test_discover_is_trained_on_the_wide_world_and_finds_its_kinds(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = "linksim.experiments.training.discover_job"
    monkeypatch.setattr(f"{job}.score_discover", lambda *_: "the scores")
    draw = DiscoverRecipe.draw
    monkeypatch.setattr(DiscoverRecipe, "draw", lambda self, step: draw(of_two(self), step))
    weights = models / "wide" / "discover" / "rate-2"
    common = ["train", "discover", "--preset", "wide", "--models", str(models), "--device", "cpu"]
    assert run([*common, "--steps", "1", "--out", str(weights)]) == 0
    assert "the wide world" in (weights / "CARD.md").read_text()
    codec = load_codec("discover:composition=off", load_preset("wide", models), torch.device("cpu"))
    assert codec.side == SIDE
    assert LabelledScenes(1, SIDE).labels == KINDS


def test_deepjscc_is_trained_on_the_wide_world(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = "linksim.experiments.training.deepjscc_job"
    monkeypatch.setattr(f"{job}.score_deepjscc", lambda *_, world: f"scores in the {world} world")
    weights = models / "wide" / "deepjscc"
    common = ["train", "deepjscc", "--preset", "wide", "--models", str(models), "--device", "cpu"]
    assert run([*common, "--steps", "1", "--out", str(weights)]) == 0
    assert "scores in the wide world" in (weights / "CARD.md").read_text()
    codec = load_codec("deepjscc", load_preset("wide", models), torch.device("cpu"))
    assert codec.side == SIDE


def test_query_aware_is_trained_on_the_wide_world(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = "linksim.experiments.training.diffusion_jobs"
    monkeypatch.setattr(f"{job}.score_codec_on", lambda samples, *_: f"{len(samples)} scores")
    monkeypatch.setattr("linksim.experiments.training.asked_batches._JUDGED", 3)
    draw = QueryAwareRecipe.draw
    monkeypatch.setattr(QueryAwareRecipe, "draw", lambda self, step: draw(of_two(self), step))
    weights = models / "wide" / "query_aware-control"
    common = ["train", "query-aware", "--preset", "wide", "--models", str(models)]
    assert run([*common, "--device", "cpu", "--steps", "1", "--out", str(weights)]) == 0
    card = (weights / "CARD.md").read_text()
    assert "3 scores" in card
    assert "no animals in either" in card
    codec = load_codec("query_aware", load_preset("wide", models), torch.device("cpu"))
    sample = WideSceneSamples(1, 0).sample(0, SIDE)
    assert codec.encode(sample.image[None], [sample.question]).values.shape == (1, 640)


Recipe = TypeVar("Recipe", DiscoverRecipe, QueryAwareRecipe)


def of_two(recipe: Recipe) -> Recipe:
    recipe.batch_size = 2
    return recipe
