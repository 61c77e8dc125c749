"""The one training loop: seeded, resumable, with a checkpoint that never spoils."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

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


@dataclass(frozen=True)
class Run:
    """How long a training runs, where it keeps its checkpoint, and where it left off."""

    steps: int
    folder: Path
    resume: bool = False

    @property
    def checkpoint(self) -> Path:
        return self.folder / "checkpoint.safetensors"


def train(recipe: Recipe, run: Run) -> None:
    """Train ``recipe.model`` in place by AdamW with a cosine schedule, and so any opponent.

    Raises:
        FileNotFoundError: when asked to resume and there is no checkpoint.
    """
    run.folder.mkdir(parents=True, exist_ok=True)
    learner = _Player("model", recipe.model, recipe.learning_rate)
    players = [learner]
    if isinstance(recipe, AdversarialRecipe):
        players.append(_Player("opponent", recipe.opponent, recipe.opponent_learning_rate))
    first = _load(run.checkpoint, players) if run.resume else 0
    report = _Report(run.steps, first)
    saved = time.monotonic()
    with ThreadPoolExecutor(1) as drawer, _attention(learner.parameters[0].device):
        upcoming = drawer.submit(recipe.draw, first)
        for step in range(first, run.steps):
            batch, upcoming = upcoming.result(), drawer.submit(recipe.draw, step + 1)
            share = _schedule(step, run.steps)
            loss, figures = recipe.loss(batch, step)
            learner.step(loss, share)
            if isinstance(recipe, AdversarialRecipe):
                opponent_loss, more = recipe.opponent_loss()
                players[1].step(opponent_loss, share)
                figures |= more
            report.show(step, {"loss": loss.item(), **figures})
            if time.monotonic() - saved > _CHECKPOINT_EVERY:
                _save(run.checkpoint, players, step + 1)
                saved = time.monotonic()
    _save(run.checkpoint, players, run.steps)
    recipe.model.eval()


class _Player:
    """A module that learns, with its optimizer; ``name`` marks its tensors in the checkpoint."""

    def __init__(self, name: str, module: nn.Module, learning_rate: float) -> None:
        self.name, self.module, self._learning_rate = name, module.train(), learning_rate
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters, learning_rate, betas=(0.9, 0.98), weight_decay=0.01
        )

    def step(self, loss: torch.Tensor, share: float) -> None:
        """Go down a loss, at a share of the learning rate."""
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate * share
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward(inputs=self.parameters)  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()


def _attention(device: torch.device) -> AbstractContextManager[None]:
    """On a CPU, plain attention: the backward pass of fused attention is slow there."""
    return sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()


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


def _save(path: Path, players: Sequence[_Player], step: int) -> None:
    tensors: dict[str, torch.Tensor] = {}
    for player in players:
        name = player.name
        tensors |= {f"{name}.{key}": value for key, value in player.module.state_dict().items()}
        for index, state in player.optimizer.state_dict()["state"].items():
            tensors |= {
                f"{name}-optimizer.{index}.{key}": torch.as_tensor(value)
                for key, value in state.items()
            }
    # Copied, because safetensors refuses weights that are tied or laid out channels last.
    plain = torch.contiguous_format
    tensors = {key: value.clone(memory_format=plain) for key, value in tensors.items()}
    temporary = path.with_suffix(".part")
    save_file(tensors, temporary, metadata={"step": str(step)})
    temporary.replace(path)


def _load(path: Path, players: Sequence[_Player]) -> int:
    if not path.is_file():
        raise FileNotFoundError(f"nothing to resume: {path} is not there")
    tensors = load_file(path)
    for player in players:
        player.module.load_state_dict(_under(tensors, f"{player.name}."))
        state: dict[int, dict[str, torch.Tensor]] = {}
        for key, value in _under(tensors, f"{player.name}-optimizer.").items():
            index, _, name = key.partition(".")
            state.setdefault(int(index), {})[name] = value
        optimizer = player.optimizer
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    with safe_open(path, "pt") as opened:
        return int(opened.metadata()["step"])


def _under(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """Return the tensors whose name begins with a prefix, without it."""
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
