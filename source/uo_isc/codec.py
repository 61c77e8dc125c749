"""UO-ISC as a codec: picture and question to codeword indices, and indices to picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from linksim.source.message import Message, Received
from linksim.source.uo_isc.model import UoIsc, UoIscConfig
from linksim.source.uo_isc.variants import Variant, find_variant
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.loading import ModelUnavailable, load_clip, load_weights, model_folder
from linksim.source.zoo.preset import Preset


class UoIscCodec:
    """The codec around its CLIP, in one of its variants."""

    def __init__(self, variant: Variant, clip: Clip, model: UoIsc) -> None:
        self.name, self.variant = variant.name, variant
        self.clip, self.model = clip, model
        self.side = model.config.grid * 2 ** len(model.config.layers)

    @property
    def parts(self) -> dict[str, nn.Module]:
        """All that is trained, each by the name of its weights file."""
        tower = {} if self.variant.pretrained else {"tower": self.clip.model.visual}
        return {"model": self.model, **tower}

    def observe(
        self, images: torch.Tensor, questions: Sequence[str]
    ) -> tuple[list[torch.Tensor], torch.Tensor | None]:
        """Return what the model reads of pictures and questions: CLIP's features of both.

        Args:
            images: float32 ``[B, 3, H, W]`` in 0..1.
            questions: one for each picture.

        Returns:
            each layer's tokens ``[B, N, image_width]``; the text's embedding ``[B, text_width]``,
            None for a variant that does without text.
        """
        features = self.clip.layer_features(images, self.model.config.layers)
        return features, self.clip.embed_texts(questions) if self.variant.text else None

    @torch.no_grad()
    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        """Return ``[B, indices]`` codeword indices; see `linksim.source.codec.Codec.encode`."""
        indices = self.model.encode(*self.observe(images, questions))
        return Message(indices, self.model.config.index_bits)

    def decode(self, received: Received) -> torch.Tensor:
        """Return the pictures that the received indices stand for."""
        indices = received.values.to(self.clip.device).clamp(max=self.model.config.codewords - 1)
        return self.model.decode(indices)

    def decode_soft(self, received: Received) -> torch.Tensor:
        """Return the pictures of the codewords' posterior means; see `SegmentQuantizer.expect`."""
        return self.model.decode_soft(received.llr.to(self.clip.device))


def build(preset: Preset, device: torch.device, variant: str = "") -> UoIscCodec:
    """Build the codec untrained, around the preset's CLIP.

    Raises:
        UnknownCodec: if the preset has no such variant.
        ModelUnavailable: if CLIP is missing, or the preset's table is wrong.
    """
    chosen = find_variant(preset, variant)
    clip = load_clip(preset, device, chosen.pretrained)
    return UoIscCodec(chosen, clip, UoIsc(_config_for(preset, chosen, clip)).to(device))


def load(preset: Preset, device: torch.device, variant: str = "") -> UoIscCodec:
    """Load the codec with a preset's weights.

    Raises:
        UnknownCodec: if the preset has no such variant.
        ModelUnavailable: if weights are missing or damaged.
    """
    folder = model_folder(find_variant(preset, variant).weights, preset)
    codec = build(preset, device, variant)
    fill(codec, folder, preset)
    return codec


def fill(codec: UoIscCodec, folder: Path, preset: Preset) -> None:
    """Fill a codec with the weights in a folder, and freeze it.

    Raises:
        ModelUnavailable: if weights are missing, damaged or made for another variant.
    """
    for name, part in codec.parts.items():
        load_weights(part, weights_file(folder, name), preset)
        part.eval().requires_grad_(False)


def weights_file(folder: Path, part: str) -> Path:
    """Return where a part's weights lie in the codec's folder."""
    return folder / f"{part}.safetensors"


def _config_for(preset: Preset, variant: Variant, clip: Clip) -> UoIscConfig:
    visual, sizes = clip.model.visual, variant.sizes
    patch = visual.patch_size
    try:
        return UoIscConfig(
            layers=tuple(int(layer) for layer in sizes["layers"]),
            grid=clip.side // int(patch[0] if isinstance(patch, (tuple, list)) else patch),
            image_width=int(visual.conv1.out_channels),
            text_width=int(visual.output_dim) if variant.text else None,
            width=int(sizes["width"]),
            segment_length=int(sizes["segment_length"]),
            codewords=int(sizes["codewords"]),
            channels=tuple(int(width) for width in sizes["channels"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelUnavailable(
            f"{preset.name}: the table [uo_isc] of {variant.name} is wrong at {error}"
        ) from None
