"""Codecs by name, from Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from linksim.experiments.calls.sweeping import torch_device
from linksim.experiments.configuration import SweepConfiguration
from linksim.source import AnyCodec, codec
from linksim.source.zoo.preset import load_preset

if TYPE_CHECKING:
    import torch


def load_codec(
    text: str,
    preset: str = SweepConfiguration.preset,
    device: str | torch.device | None = None,
    models: str | Path | None = None,
) -> AnyCodec:
    """Load a source codec with a preset's weights.

    Args:
        text: ``NAME`` or ``NAME:OPTIONS``; `linksim.codec_names` are the names.
        preset: a name, or the path of a ``.toml``.
        device: of its networks; None for a GPU where there is one.
        models: folder with models of one's own, for presets that need them.

    Raises:
        UnknownCodec: if there is none of this name, or it does not take the options.
        ModelUnavailable: if its weights are missing or damaged.
        ValueError: if there is no such preset.
    """
    chosen = load_preset(preset, Path(models) if models else None)
    return codec.load_codec(text, chosen, torch_device(device))
