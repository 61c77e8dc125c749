"""UO-ISC's two phases by their commands, on a schedule of a few small steps."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from linksim.experiments.cli import run
from linksim.experiments.training import trainer
from linksim.experiments.training.uo_isc import UoIscRecipe
from linksim.source import load_codec
from linksim.source.zoo.preset import load_preset

SHIPPED = Path(__file__).parents[3] / "experiments/training/schedules/embedded.toml"


@pytest.fixture
def schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a tiny schedule; scoring, which takes a minute, is left out."""
    monkeypatch.setattr(
        "linksim.experiments.training.jobs.score_uo_isc", lambda *_, **__: "the scores"
    )
    text = SHIPPED.read_text(encoding="utf-8").replace("batch_size = 16", "batch_size = 2")
    file = tmp_path / "tiny.toml"
    file.write_text(text.replace("steps = 2200", "steps = 3").replace("steps = 550", "steps = 3"))
    return str(file)


def train(schedule: str, phase: int, out: Path, *more: str) -> int:
    options = ["--phase", str(phase), "--schedule", schedule, "--device", "cpu", "--out", str(out)]
    return run(["train", "uo-isc", *options, *more])


@pytest.mark.parametrize("variant", ["no-text", "no-vlm"])
def test_phase_two_goes_on_from_phase_one(variant: str, schedule: str, tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / f"embedded/uo_isc-{variant}"
    assert train(schedule, 1, first, "--variant", variant) == 0
    assert train(schedule, 2, second, "--variant", variant, "--start", str(first)) == 0
    for weights in first.glob("*.safetensors"):
        before, after = (load_file(folder / weights.name) for folder in (first, second))
        learnt = [name for name in before if not name.endswith("usage")]
        moved = [(after[name] - before[name]).abs().max().item() for name in learnt]
        assert 0 < max(moved) < 0.05, weights.name
    cards = [(folder / "CARD.md").read_text(encoding="utf-8") for folder in (first, second)]
    assert f"`linksim train uo-isc --variant {variant} --phase 2 --seed 0`" in cards[1]
    assert "scenes 0 to 5 of seed 0, a question each; no animals in either" in cards[0]
    assert "scenes 6 to 11 of seed 0" in cards[1]
    assert "the scores" in cards[1]
    preset = load_preset("embedded", tmp_path)
    assert load_codec(f"uo_isc:{variant}", preset, torch.device("cpu")).side == 64


def test_an_interrupted_phase_goes_on_where_it_was(
    schedule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "_CHECKPOINT_EVERY", 0.0)
    first, whole, cut = (tmp_path / name for name in ("one", "whole", "cut"))
    begin = ("--variant", "no-text", "--start", str(first))
    assert train(schedule, 1, first, *begin[:2]) == 0
    assert train(schedule, 2, whole, *begin) == 0
    plain = UoIscRecipe.loss

    def interrupted(self: UoIscRecipe, batch: object, step: int) -> object:
        if step == 2:
            raise KeyboardInterrupt
        return plain(self, batch, step)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(UoIscRecipe, "loss", interrupted)
        assert train(schedule, 2, cut, *begin) == 130
    assert train(schedule, 2, cut, *begin, "--resume") == 0
    resumed, undisturbed = (load_file(f / "model.safetensors") for f in (cut, whole))
    assert all(torch.equal(resumed[name], undisturbed[name]) for name in undisturbed)
    assert not (cut / "checkpoint.safetensors").exists()


def test_trained_weights_are_not_overwritten(
    schedule: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "CARD.md").write_text("trained")
    assert train(schedule, 1, tmp_path) == 2
    assert "holds trained weights already" in capsys.readouterr().err
