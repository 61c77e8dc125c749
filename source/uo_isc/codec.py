"""UO-ISC as a codec: picture and question to codeword indices, and indices to picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from linksim.source.message import Message, Received
from linksim.source.uo_isc.model import UoIsc, UoIscConfig
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.loading import ModelUnavailable, load_clip, load_weights, model_folder
from linksim.source.zoo.preset import Preset

WEIGHTS_FILE = "model.safetensors"


class UoIscCodec:
    """The trained codec around its CLIP."""

    name = "uo_isc"

    def __init__(self, clip: Clip, model: UoIsc) -> None:
        self.clip, self.model = clip, model
        self.side = model.config.grid * 2 ** len(model.config.layers)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return ``[B, indices]`` codeword indices; see `linksim.source.codec.Codec.encode`."""
        features = self.clip.layer_features(images, self.model.config.layers)
        indices = self.model.encode(features, self.clip.embed_texts(questions))
        return Message(indices, self.model.config.index_bits)

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures that the received indices stand for."""
        indices = received.values.to(self.clip.device).clamp(max=self.model.config.codewords - 1)
        return self.model.decode(indices)


def config_for(preset: Preset, clip: Clip) -> UoIscConfig:
    """Return the sizes that a preset asks for, with its CLIP.

    Raises:
        ModelUnavailable: if the preset's table is not complete.
    """
    try:
        return _config(preset.uo_isc, clip)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelUnavailable(f"{preset.name}: the table [uo_isc] is wrong at {error}") from None


def _config(table: dict[str, Any], clip: Clip) -> UoIscConfig:
    visual = clip.model.visual
    patch = visual.patch_size
    return UoIscConfig(
        layers=tuple(table["layers"]),
        grid=clip.side // int(patch[0] if isinstance(patch, (tuple, list)) else patch),
        image_width=int(visual.conv1.out_channels),
        text_width=int(visual.output_dim),
        width=int(table["width"]),
        segment_length=int(table["segment_length"]),
        codewords=int(table["codewords"]),
        channels=tuple(table["channels"]),
    )


def load(preset: Preset, device: torch.device) -> UoIscCodec:
    """Load the codec with a preset's weights.

    Raises:
        ModelUnavailable: if weights are missing or damaged.
    """
    clip = load_clip(preset, device)
    model = UoIsc(config_for(preset, clip))
    load_weights(model, weights_file(preset), preset)
    return UoIscCodec(clip, model.to(device).eval().requires_grad_(False))


def weights_file(preset: Preset) -> Path:
    """Return where the preset's codec weights lie."""
    return model_folder(str(preset.uo_isc.get("weights")), preset) / WEIGHTS_FILE
