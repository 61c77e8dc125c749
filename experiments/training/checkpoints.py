"""Checkpoints of a training: whole or not there, sound, and of the options that they say.

A checkpoint is a safetensors file: weights and optimizer state of each player, and as metadata the
step and the options that the training was begun with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from linksim.experiments.faults import Fault
from linksim.experiments.results.parts import differences
from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import check_finite
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.stored_tensors import stored_in_file

_STATE = ("step", "exp_avg", "exp_avg_sq")


class Player:
    """A module that learns, with its optimizer; ``name`` marks its tensors in the checkpoint.

    Args:
        averaging: of 0 to 1, what an exponential moving average of the weights keeps of itself at
            each step; it begins smaller, so that the first weights are soon forgotten. 0: none.
    """

    def __init__(
        self, name: str, module: nn.Module, learning_rate: float, averaging: float = 0.0
    ) -> None:
        self.name, self.module, self._learning_rate = name, module.train(), learning_rate
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self._averaging = averaging
        self.averages = [p.detach().clone() for p in self.parameters] if averaging else []
        self.optimizer = torch.optim.AdamW(
            self.parameters, learning_rate, betas=(0.9, 0.98), weight_decay=0.01
        )

    def step(self, loss: torch.Tensor, share: float) -> bool:
        """Go down a loss, at a share of the learning rate; not at all if its slope is no number.

        Returns:
            whether it was.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate * share
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward(inputs=self.parameters)  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.parameters, 1.0)
        if not norm.isfinite():
            return False
        self.optimizer.step()
        if self.averages:
            self._average()
        return True

    def _average(self) -> None:
        """Move the averages towards the weights: by 9 / (10 + steps) as long as that is more."""
        # Not of the first parameter: one that the loss never meets has no state.
        steps = float(next(iter(self.optimizer.state.values()))["step"])
        weights = [parameter.detach() for parameter in self.parameters]
        part = max(1 - self._averaging, 9 / (10 + steps))
        torch._foreach_lerp_(self.averages, weights, part)

    def take_averages(self) -> None:
        """Put the averages, where there are any, in the weights' place."""
        for parameter, average in zip(self.parameters, self.averages, strict=False):
            parameter.data.copy_(average)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return all that a checkpoint keeps.

        Raises:
            Refused: if a weight is infinite or no number.
        """
        weights = self.module.state_dict()
        check_finite(weights)
        kept = {f"{self.name}.{key}": value for key, value in weights.items()}
        for index, state in self.optimizer.state_dict()["state"].items():
            place = f"{self.name}-optimizer.{index}"
            kept |= {f"{place}.{key}": torch.as_tensor(value) for key, value in state.items()}
        check_finite({str(place): average for place, average in enumerate(self.averages)})
        named = enumerate(self.averages)
        return kept | {f"{self.name}-average.{place}": average for place, average in named}

    def fill(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Take up what `tensors` returned.

        Raises:
            Refused: if it is of another module or optimizer, or lacks averages that this has.
        """
        state: dict[str, dict[str, torch.Tensor]] = {}
        for key, value in _under(tensors, f"{self.name}-optimizer.").items():
            place, _, name = key.partition(".")
            state.setdefault(place, {})[name] = value
        shapes = {str(place): each.shape for place, each in enumerate(self.parameters)}
        for place, kept in state.items():
            moments = [kept[name].shape for name in ("exp_avg", "exp_avg_sq") if name in kept]
            if sorted(kept) != sorted(_STATE) or set(moments) != {shapes.get(place)}:
                raise Refused("of another optimizer")
        averages = _under(tensors, f"{self.name}-average.")
        if {place: each.shape for place, each in averages.items()} != (
            {str(place): each.shape for place, each in enumerate(self.averages)}
        ):
            raise Refused("of a training with other averages")
        for place, average in averages.items():
            self.averages[int(place)].copy_(average)
        by_number = {int(place): kept for place, kept in state.items()}
        with foreign():
            self.module.load_state_dict(_under(tensors, f"{self.name}."))
            self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": by_number})


def save_checkpoint(
    path: Path, players: Sequence[Player], step: int, options: Mapping[str, Any]
) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        Refused: if a weight is infinite or no number; then the checkpoint before stays.
    """
    tensors: dict[str, torch.Tensor] = {}
    for player in players:
        tensors |= player.tensors()
    # Copied, because safetensors refuses weights that are tied or laid out channels last.
    plain = torch.contiguous_format
    tensors = {key: value.clone(memory_format=plain) for key, value in tensors.items()}
    temporary = path.with_suffix(".part")
    about = {"step": str(step), "options": json.dumps(options, sort_keys=True)}
    save_file(tensors, temporary, metadata=about)
    temporary.replace(path)


def load_checkpoint(
    path: Path, players: Sequence[Player], steps: int, options: Mapping[str, Any]
) -> int:
    """Fill the players from a checkpoint; return the step to go on with.

    Args:
        path: of the checkpoint.
        players: those that it was written for.
        steps: of the whole training.
        options: those that it must have been begun with.

    Raises:
        Fault: if there is none, it is damaged or another training's, or options differ.
    """
    if not path.is_file():
        raise Fault(f"--resume: nothing to resume: {path} is not there")
    remedy = "leave out --resume and give another --out"
    try:
        step, begun = _about(path)
    except (Refused, OSError):
        raise Fault(f"--resume: {path} is no checkpoint, or a damaged one; {remedy}") from None
    if begun.get("model") != options.get("model"):
        raise Fault(f"--resume: {path} is of a training of {begun.get('model')}; {remedy}")
    if differing := differences(begun, dict(options)):
        raise Fault(
            f"--resume: {path} was begun with other options: {differing}; repeat those, or {remedy}"
        )
    try:
        if step > steps:
            raise Refused("of a longer training")
        with foreign():
            tensors = load_file(path)
        check_finite(tensors)
        for player in players:
            player.fill(tensors)
    except (Refused, OSError):
        raise Fault(f"--resume: {path} does not fit this training; {remedy}") from None
    return step


def _about(path: Path) -> tuple[int, dict[str, Any]]:
    """Return the step and the options that a checkpoint says.

    Raises:
        Refused, OSError: if it says none.
    """
    stored_in_file(path)
    with foreign(), safe_open(path, "pt") as opened:
        about = opened.metadata() or {}
    try:
        options = json.loads(about.get("options", ""))
    except (ValueError, RecursionError):
        options = None
    step = re.fullmatch(r"[0-9]{1,15}", about.get("step", ""))
    if not isinstance(options, dict) or step is None:
        raise Refused("says no step, or no options")
    return int(step[0]), options


def _under(tensors: Mapping[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """Return the tensors whose name begins with a prefix, without it."""
    return {key.removeprefix(prefix): t for key, t in tensors.items() if key.startswith(prefix)}
