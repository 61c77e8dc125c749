"""A source codec in a package of its own: a thumbnail, byte by byte."""

from collections.abc import Sequence

import torch
from torch.nn.functional import interpolate

from linksim.source import Message, MessageFormat, Received, UnknownCodec
from linksim.source.codec import codec_options
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import Preset


class Thumbnail:
    """Sends a picture at fewer pixels; the receiver blows it up again."""

    name = "thumbnail"

    def __init__(self, side: int, pixels: int, device: torch.device) -> None:
        self.side, self.pixels, self.device = side, pixels, device
        self.format = MessageFormat(3 * pixels * pixels, width=8)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        small = interpolate(images, size=self.pixels, mode="area")
        return Message((small.clamp(0, 1) * 255).round().long().flatten(1), width=8)

    def decode(self, received: Received) -> torch.Tensor:
        values = received.values.to(self.device).view(-1, 3, self.pixels, self.pixels)
        return interpolate(values / 255, size=self.side, mode="bicubic").clamp(0, 1)


def load(preset: Preset, device: torch.device, text: str) -> Thumbnail:
    """Build the codec; the text is what follows the colon of ``--codec thumbnail:pixels=24``."""
    usual = str(preset.table("thumbnail").get("pixels", 16))
    pixels = codec_options(text, ["pixels"], "thumbnail").get("pixels", usual)
    if not (pixels.isdecimal() and 1 <= int(pixels) <= 64):
        raise UnknownCodec(f"thumbnail:{text}: give the pixels of a side, 1 to 64")
    return Thumbnail(load_clip(preset, device).side, int(pixels), device)
