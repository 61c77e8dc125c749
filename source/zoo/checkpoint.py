"""Checkpoint folders in the hub's layout: where they are, and what is sane in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn.modules import module as modules

from linksim.source.refused import Refused
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.stored_tensors import Stored, stored_in

MORE_THAN_STORED = 1 << 25
"""Bytes that a model may take beyond what its files hold: tables of positions, masks."""

_WANTED = ("*.json", "*.txt", "*.model", "*.jinja")
_WEIGHTS = ("*.safetensors",)
_PART_WEIGHTS = (  # not those in half precision that lie beside them
    "model.safetensors",
    "diffusion_pytorch_model.safetensors",
    "*-of-*.safetensors",
)
_BYTES = 4  # of a weight in memory

Module = TypeVar("Module", bound=nn.Module)


def hub_folder(name: str, parts: Sequence[str], code: bool = False) -> Path:
    """Return the folder of a checkpoint by its name on the hub.

    Args:
        name: ``OWNER/NAME``.
        parts: folders in it that are wanted, "" for what lies in it itself.
        code: whether Python code is wanted too.

    Raises:
        Refused: if it is not in the hub's cache (nor, online, on the hub).
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    wanted = [*_WANTED, *_WEIGHTS, *(["*.py"] if code else [])]
    if any(parts):
        wanted = [f"{part}/{name}" for part in parts for name in (*_WANTED, *_PART_WEIGHTS)]
    try:
        with foreign():
            return Path(snapshot_download(name, allow_patterns=wanted))
    except LocalEntryNotFoundError:
        raise Refused(f"{name} is not in the hub's cache") from None


def check_outline(build: Callable[[], nn.Module], folder: Path) -> None:
    """Make sure that a model is no larger than its files, before memory is taken for it.

    Weights that files lack would be drawn at random, however many a configuration asks for.

    Args:
        build: makes the model; it is called where tensors take no memory.
        folder: of its safetensors files.

    Raises:
        Refused: if it takes more than its files hold and `MORE_THAN_STORED`.
    """
    stored = stored_in(folder)
    with torch.device("meta"), _limited(stored):
        outline = build()
    needed = sum(_BYTES * weight.numel() for weight in outline.parameters())
    needed += sum(buffer.numel() * buffer.element_size() for buffer in outline.buffers())
    if needed > _BYTES * stored.weights + MORE_THAN_STORED:
        raise _too_large(needed, stored)


@contextmanager
def _limited(stored: Stored) -> Iterator[None]:
    """Stop a model while it is built if it has far more tensors or weights than are stored.

    Even without memory for its weights, each module takes some. A weight that is replaced while a
    model is built counts again, hence the factor.
    """
    most_tensors, most_bytes = 4 * stored.tensors + 4096, 4 * _BYTES * stored.weights
    tensors = needed = 0

    def count(_: nn.Module, __: str, tensor: torch.Tensor | None) -> None:
        nonlocal tensors, needed
        tensors += 1
        needed += 0 if tensor is None else _BYTES * tensor.numel()
        if tensors > most_tensors or needed > most_bytes + 4 * MORE_THAN_STORED:
            raise _too_large(needed, stored)

    def count_module(_: nn.Module, __: str, ___: nn.Module | None) -> None:
        count(_, "", None)

    handles = [
        modules.register_module_parameter_registration_hook(count),
        modules.register_module_buffer_registration_hook(count),
        modules.register_module_module_registration_hook(count_module),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _too_large(needed: int, stored: Stored) -> Refused:
    return Refused(
        f"its configuration asks for {needed / 1e6:.0f} MB or more, its files hold "
        f"{stored.weights} weights"
    )


def load_whole(kind: Any, folder: Path, **options: Any) -> Any:
    """Return a model of transformers from the safetensors files in a folder, all its weights there.

    Args:
        kind: class of the model.
        folder: whose configuration and size were looked at before.
        options: of ``from_pretrained``.

    Raises:
        Refused: if the files lack weights.
    """
    with foreign():
        model, report = kind.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
            **options,
        )
    if missing := sorted(report["missing_keys"]):
        raise Refused(f"its files lack {len(missing)} tensors, {missing[0]} among them")
    return model


def frozen(model: Module, device: torch.device) -> Module:
    """Return a model ready for work, on a device; its weights must be numbers.

    Raises:
        Refused: if a weight is infinite or none.
    """
    check_finite(model.state_dict())
    model.to(device).eval().requires_grad_(False)
    return model


def check_finite(tensors: dict[str, torch.Tensor]) -> None:
    """Make sure that all numbers of some tensors are numbers.

    Raises:
        Refused: naming the first tensor with one that is infinite or none.
    """
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise Refused(f"{name} holds weights that are infinite or no numbers")
