"""The training loop, on a problem small enough to train in a blink."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from linksim.experiments.faults import Fault
from linksim.experiments.training.trainer import Run, train


class LineRecipe:
    """Learns y = 2x − 1 from batches that depend on the step alone."""

    learning_rate = 0.05

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(1, 1)
        self.steps: list[int] = []

    def draw(self, step: int) -> torch.Tensor:
        return torch.randn(32, 1, generator=torch.Generator().manual_seed(step))

    def loss(self, batch: torch.Tensor, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        self.steps.append(step)
        loss = (self.model(batch) - (2 * batch - 1)).square().mean()
        return loss, {"weight": self.model.weight.item()}


class Interrupted(Exception):
    pass


class InterruptedRecipe(LineRecipe):
    def loss(self, batch: torch.Tensor, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        if step == 150:
            raise Interrupted
        return super().loss(batch, step)


def test_it_learns(tmp_path: Path) -> None:
    recipe = LineRecipe()
    train(recipe, Run(400, tmp_path))
    assert recipe.model.weight.item() == pytest.approx(2, abs=0.05)
    assert recipe.model.bias.item() == pytest.approx(-1, abs=0.05)


def test_a_resumed_training_ends_as_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linksim.experiments.training.trainer._CHECKPOINT_EVERY", 0.0)
    whole = LineRecipe()
    train(whole, Run(200, tmp_path / "whole"))
    with pytest.raises(Interrupted):
        train(InterruptedRecipe(), Run(200, tmp_path / "cut"))
    resumed = LineRecipe()
    train(resumed, Run(200, tmp_path / "cut", resume=True))
    assert resumed.steps == list(range(150, 200))
    assert torch.equal(resumed.model.weight, whole.model.weight)


class DuelRecipe(LineRecipe):
    """A line, and an opponent that follows it: it learns the line's weight of the last step."""

    opponent_learning_rate = 0.05

    def __init__(self) -> None:
        super().__init__()
        self.opponent = nn.Linear(1, 1, bias=False)
        self.turns: list[str] = []

    def loss(self, batch: torch.Tensor, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        self.turns.append("model")
        if step == self.stop_at:
            raise Interrupted
        loss, figures = super().loss(batch, step)
        return loss + 0 * self.opponent(batch).sum(), figures

    def opponent_loss(self) -> tuple[torch.Tensor, dict[str, float]]:
        self.turns.append("opponent")
        followed = self.model.weight.detach()
        return (self.opponent.weight - followed).square().sum(), {}

    stop_at = -1


def test_an_opponent_takes_its_turn_after_each_step(tmp_path: Path) -> None:
    recipe = DuelRecipe()
    train(recipe, Run(400, tmp_path))
    assert recipe.turns == ["model", "opponent"] * 400
    assert recipe.model.weight.item() == pytest.approx(2, abs=0.05)
    assert recipe.opponent.weight.item() == pytest.approx(2, abs=0.1)


def test_a_resumed_duel_ends_as_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linksim.experiments.training.trainer._CHECKPOINT_EVERY", 0.0)
    whole, cut, resumed = DuelRecipe(), DuelRecipe(), DuelRecipe()
    train(whole, Run(60, tmp_path / "whole"))
    cut.stop_at = 40
    with pytest.raises(Interrupted):
        train(cut, Run(60, tmp_path / "cut"))
    train(resumed, Run(60, tmp_path / "cut", resume=True))
    assert len(resumed.turns) == 2 * 20
    assert torch.equal(resumed.opponent.weight, whole.opponent.weight)
    assert torch.equal(resumed.model.weight, whole.model.weight)


def test_resuming_from_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="nothing to resume"):
        train(LineRecipe(), Run(10, tmp_path, resume=True))


def test_tied_weights_can_be_checkpointed(tmp_path: Path) -> None:
    class Tied(LineRecipe):
        def __init__(self) -> None:
            super().__init__()
            first, second = nn.Linear(1, 1), nn.Linear(1, 1)
            second.weight = first.weight
            self.model = nn.Sequential(first, second)  # type: ignore[assignment]

        def loss(self, batch: torch.Tensor, step: int) -> tuple[torch.Tensor, dict[str, float]]:
            return self.model(batch).square().mean(), {}

    train(Tied(), Run(2, tmp_path))
    train(Tied(), Run(3, tmp_path, resume=True))


class AveragedRecipe(LineRecipe):
    """A line whose weights go back and forth between two batches' ideas of them."""

    averaging = 0.98
    stop_at = -1

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[float] = []

    def loss(self, batch: torch.Tensor, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        if step == self.stop_at:
            raise Interrupted
        self.weights.append(self.model.weight.item())
        slope = 2 + (-1) ** step
        return (self.model(batch) - slope * batch).square().mean(), {}


def test_an_averaged_recipe_ends_with_the_average_of_its_weights(tmp_path: Path) -> None:
    recipe = AveragedRecipe()
    train(recipe, Run(400, tmp_path))
    average = recipe.weights[0]
    after = [*recipe.weights[1:], load_file(tmp_path / "checkpoint.safetensors")["model.weight"]]
    for step, weight in enumerate(after, 1):
        part = max(1 - 0.98, 9 / (10 + step))
        average += part * (float(weight) - average)
    assert recipe.model.weight.item() == pytest.approx(average, abs=1e-4)
    assert abs(float(after[-1]) - average) > 1e-4


def test_a_resumed_average_ends_as_an_undisturbed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linksim.experiments.training.trainer._CHECKPOINT_EVERY", 0.0)
    whole, cut, resumed = AveragedRecipe(), AveragedRecipe(), AveragedRecipe()
    train(whole, Run(60, tmp_path / "whole"))
    cut.stop_at = 40
    with pytest.raises(Interrupted):
        train(cut, Run(60, tmp_path / "cut"))
    train(resumed, Run(60, tmp_path / "cut", resume=True))
    assert len(resumed.weights) == 20
    assert torch.equal(resumed.model.weight, whole.model.weight)


def test_a_checkpoint_without_averages_is_not_gone_on_from_by_a_recipe_with(
    tmp_path: Path,
) -> None:
    train(LineRecipe(), Run(4, tmp_path))
    with pytest.raises(Fault, match="does not fit this training"):
        train(AveragedRecipe(), Run(8, tmp_path, resume=True))


def test_a_callback_is_told_of_every_step(tmp_path: Path) -> None:
    told: list[tuple[int, float, float]] = []
    run = Run(5, tmp_path, callback=lambda step, f: told.append((step, f["loss"], f["weight"])))
    train(LineRecipe(), run)
    assert [step for step, _, _ in told] == [1, 2, 3, 4, 5]
    assert told[-1][1] < told[0][1]
