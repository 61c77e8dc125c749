"""Checkpoint folders in the hub's layout: where they are, and whether their sizes are sane."""

from __future__ import annotations

from pathlib import Path

import torch

_WANTED = ["*.json", "*.txt", "*.model", "*.py", "*.safetensors"]


def checkpoint_folder(place: str) -> Path:
    """Return the folder of a checkpoint given by its folder, or by its name on the hub.

    Raises:
        ValueError: if it is neither a folder nor in the hub's cache (nor, online, on the hub).
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    if Path(place).is_dir():
        return Path(place)
    try:
        return Path(snapshot_download(place, allow_patterns=_WANTED))
    except LocalEntryNotFoundError:
        raise ValueError(f"{place} is not in the hub's cache") from None


def check_outline(outline: torch.nn.Module, folder: Path) -> None:
    """Make sure that a model is no larger than its files, before memory is taken for it.

    Weights that files lack would be drawn at random, however many a configuration asks for.

    Args:
        outline: the model on the device ``meta``.
        folder: of its safetensors files.

    Raises:
        ValueError: if it has more weights than its files have bytes.
    """
    stored = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    weights = sum(parameter.numel() for parameter in outline.parameters())
    if weights > stored:
        raise ValueError(f"config.json asks for {weights} weights, its files have {stored} bytes")
