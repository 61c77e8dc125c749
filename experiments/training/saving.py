"""Trained weights in half precision, as they are handed on."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import save_file

from linksim.experiments.faults import Fault
from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import check_finite

Module = TypeVar("Module", bound=torch.nn.Module)


def in_half(model: Module) -> Module:
    """Return a model, its weights in half precision.

    Raises:
        Fault: if one is too large for that, or was no number before.
    """
    model = model.half()
    _check(model.state_dict())
    return model


def save_half(model: torch.nn.Module, file: Path) -> None:
    """Write a model's weights, those with a fraction in half precision.

    Raises:
        Fault: as `in_half`.
    """
    state = {name: t.detach().contiguous() for name, t in model.state_dict().items()}
    tensors = {name: t.half() if t.is_floating_point() else t for name, t in state.items()}
    _check(tensors)
    save_file(tensors, file, metadata={"format": "pt"})


def _check(tensors: dict[str, torch.Tensor]) -> None:
    try:
        check_finite(tensors)
    except Refused as error:
        raise Fault(f"the training has diverged: in half precision, {error}") from None
