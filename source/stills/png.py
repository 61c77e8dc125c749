"""PNG as it is: lossless, the floor under all that compress."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image

from linksim.source.stills.codec import StillCodec, budget
from linksim.source.stills.guarded import GuardedDecoder
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import Preset

_FORMAT = "PNG"


def load(preset: Preset, device: torch.device, options: str = "") -> StillCodec:
    """Load the codec; unless ``bits=N`` says otherwise a message has 16 bits for each pixel.

    Raises:
        UnknownCodec: if the options are others.
        ModelUnavailable: if the preset's CLIP, whose pictures it takes, is not there.
    """
    side = load_clip(preset, device).side
    bits = budget("png", options, side * side * 16)  # two thirds of the raw: all scenes fit
    return StillCodec("png", side, bits, compress, GuardedDecoder(_FORMAT, side), device)


def compress(picture: np.ndarray, most: int) -> bytes:
    """Return a file of at most ``most`` bytes, with fewer bits a colour if it takes that to fit.

    Args:
        picture: uint8 ``[H, W, 3]``.
    """
    for dropped in range(8):
        buffer = io.BytesIO()
        coarse = picture >> dropped << dropped
        coarse += (1 << dropped) >> 1
        Image.fromarray(coarse).save(buffer, _FORMAT, optimize=True)
        if buffer.tell() <= most:
            return buffer.getvalue()
    return b""
