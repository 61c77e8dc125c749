"""DISCOVER's weights: a folder with ``model.safetensors`` of the base codec and ``control/``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from linksim.source.discover.config import config_from
from linksim.source.discover.model import DiscoverModel
from linksim.source.refused import Refused
from linksim.source.zoo.checkpoint import check_outline
from linksim.source.zoo.diffusion import Diffusion, load_control
from linksim.source.zoo.foreign import foreign
from linksim.source.zoo.loading import explained, load_weights
from linksim.source.zoo.preset import ModelUnavailable, Preset

MODEL_FILE, CONTROL_FOLDER = "model.safetensors", "control"


def build_model(preset: Preset, diffusion: Diffusion, folder: Path | None = None) -> DiscoverModel:
    """Build the preset's base codec, untrained, for the latents of a diffusion model.

    Args:
        folder: of weights that are to fill it; it must not be much larger than they are.

    Raises:
        ModelUnavailable: if the preset's table does not describe one.
    """
    unet = diffusion.unet.config
    try:
        with foreign():  # which a model's own settings may hold as anything
            sizes = int(unet.in_channels), int(unet.sample_size), int(unet.cross_attention_dim)
        config = config_from(preset.discover, diffusion.side, *sizes)
    except Refused as error:
        raise ModelUnavailable(f"{preset.name}: the table [discover] is wrong at {error}") from None
    if folder:
        with explained(f"{preset.name}: {folder}"):
            check_outline(lambda: DiscoverModel(config), folder)
    return DiscoverModel(config).to(diffusion.device)


def fill(model: DiscoverModel, folder: Path, preset: Preset) -> None:
    """Fill a base codec with the weights in a folder, and freeze it.

    Raises:
        ModelUnavailable: if they are missing, damaged or made for another one.
    """
    load_weights(model, folder / MODEL_FILE, preset)
    model.eval().requires_grad_(False)


def load_folder_control(folder: Path, diffusion: Diffusion, preset: Preset) -> Any:
    """Load the control in a folder, frozen.

    Raises:
        ModelUnavailable: if it is missing or damaged.
    """
    return load_control(folder / CONTROL_FOLDER, preset, diffusion.device)
