"""The one training loop: seeded, resumable, with a checkpoint that never spoils."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn

from linksim.experiments.cores import use_all_cores
from linksim.experiments.faults import Fault
from linksim.experiments.training.attention import attending_plainly
from linksim.experiments.training.checkpoints import Player, load_checkpoint, save_checkpoint
from linksim.source.refused import Refused

_CHECKPOINT_EVERY = 120.0  # seconds
_WARM_UP = 200  # steps over which the learning rate rises, of a long training
_SMOOTHING = 0.97  # of the running averages that progress shows


class Recipe(Protocol):
    """What a part of the zoo brings to its training."""

    learning_rate: float

    @property
    def model(self) -> nn.Module:
        """Everything that learns, and nothing else."""

    def draw(self, step: int) -> Any:
        """Return the batch of this step. Called from another thread; depends on ``step`` alone."""

    def loss(self, batch: Any, step: int) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the loss, a scalar tensor, and figures to report."""


@runtime_checkable
class AdversarialRecipe(Recipe, Protocol):
    """A recipe whose model has an opponent: after each step of the model it takes one itself."""

    opponent: nn.Module
    opponent_learning_rate: float

    def opponent_loss(self) -> tuple[torch.Tensor, dict[str, float]]:
        """Return the opponent's loss over what the model's last step was about, and figures."""


@runtime_checkable
class AveragedRecipe(Recipe, Protocol):
    """A recipe whose model ends with an exponential moving average of its weights.

    Attributes:
        averaging: what the average keeps of itself at each step, from 0 to 1.
    """

    averaging: float


Callback = Callable[[int, Mapping[str, float]], None]
"""Told after each step how many steps are done, and that step's loss and figures by name."""


@dataclass(frozen=True)
class Run:
    """How long a training runs, where it keeps its checkpoint, and where it left off.

    Attributes:
        steps: of the whole training.
        folder: of the checkpoint.
        resume: whether to go on from the checkpoint.
        options: what its outcome depends on; a checkpoint of others is not gone on from.
        callback: told of each step; changes nothing.
    """

    steps: int
    folder: Path
    resume: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    callback: Callback | None = None

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.safetensors"


def train(recipe: Recipe, run: Run) -> None:
    """Train ``recipe.model`` in place by AdamW with a cosine schedule, and so any opponent.

    Raises:
        Fault: when asked to resume and there is no checkpoint of this training, or when loss or
            weights are no numbers any more; the checkpoint before that is kept.
    """
    use_all_cores()
    run.folder.mkdir(parents=True, exist_ok=True)
    averaging = recipe.averaging if isinstance(recipe, AveragedRecipe) else 0.0
    learner = Player("model", recipe.model, recipe.learning_rate, averaging)
    players = [learner]
    if isinstance(recipe, AdversarialRecipe):
        players.append(Player("opponent", recipe.opponent, recipe.opponent_learning_rate))
    first = load_checkpoint(run.checkpoint, players, run.steps, run.options) if run.resume else 0
    report = _Report(run.steps, first)
    saved = time.monotonic()
    with ThreadPoolExecutor(1) as drawer, _attention(learner.parameters[0].device):
        upcoming = drawer.submit(recipe.draw, first)
        for step in range(first, run.steps):
            batch, upcoming = upcoming.result(), drawer.submit(recipe.draw, step + 1)
            share = _schedule(step, run.steps)
            loss, figures = recipe.loss(batch, step)
            _go_down(learner, loss, share, step, run)
            if isinstance(recipe, AdversarialRecipe):
                opponent_loss, more = recipe.opponent_loss()
                _go_down(players[1], opponent_loss, share, step, run)
                figures |= more
            figures = {"loss": loss.item(), **figures}
            report.show(step, figures)
            if run.callback is not None:
                run.callback(step + 1, figures)
            if time.monotonic() - saved > _CHECKPOINT_EVERY:
                _save(players, step + 1, run)
                saved = time.monotonic()
    _save(players, run.steps, run)
    learner.take_averages()
    recipe.model.eval()


def _go_down(player: Player, loss: torch.Tensor, share: float, step: int, run: Run) -> None:
    if not (math.isfinite(loss.item()) and player.step(loss, share)):
        raise _diverged(run, f"at step {step + 1} the loss of the {player.name} is no number")


def _save(players: list[Player], step: int, run: Run) -> None:
    try:
        save_checkpoint(run.checkpoint, players, step, run.options)
    except Refused as error:
        raise _diverged(run, f"after step {step}, {error}") from None


def _diverged(run: Run, what: str) -> Fault:
    kept = f"{run.checkpoint} is from before; " if run.checkpoint.exists() else ""
    return Fault(f"the training has diverged: {what}; {kept}try another --seed, with another --out")


def _attention(device: torch.device) -> AbstractContextManager[None]:
    return attending_plainly() if device.type == "cpu" else nullcontext()


def _schedule(step: int, steps: int) -> float:
    rise = min(1.0, (step + 1) / max(1, min(_WARM_UP, steps // 5)))
    return rise * (0.01 + 0.99 * (0.5 + 0.5 * math.cos(math.pi * step / steps)))


class _Report:
    """A line of running averages on stderr, every hundred steps."""

    def __init__(self, steps: int, first: int) -> None:
        self._steps, self._first = steps, first
        self._began = time.monotonic()
        self._averages: dict[str, float] = {}

    def show(self, step: int, figures: dict[str, float]) -> None:
        for name, value in figures.items():
            before = self._averages.get(name, value)
            self._averages[name] = _SMOOTHING * before + (1 - _SMOOTHING) * value
        done = step + 1
        if done % 100 and done != self._steps:
            return
        pace = (time.monotonic() - self._began) / (done - self._first)
        averages = "  ".join(f"{name} {value:.3f}" for name, value in self._averages.items())
        left = pace * (self._steps - done) / 60
        line = f"step {done}/{self._steps}  {averages}  {left:.0f} min left"
        print(line, file=sys.stderr, flush=True)
