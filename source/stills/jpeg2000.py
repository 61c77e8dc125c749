"""JPEG2000 at a budget of bits, by Pillow's OpenJPEG."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image

from linksim.source.stills.codec import StillCodec, budget
from linksim.source.stills.guarded import GuardedDecoder
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import Preset

_FORMAT = "JPEG2000"
_RATIOS = (1.0, 1000.0)  # lowest and highest ratio of compression that is tried
_STEPS = 10  # halvings of that range
_COMMENT, _TILE = 0xFF64, 0xFF90  # markers (ISO/IEC 15444-1, A.2)


def load(preset: Preset, device: torch.device, options: str = "") -> StillCodec:
    """Load the codec; unless ``bits=N`` says otherwise it sends 1.5 bits for each pixel.

    For the embedded preset's 64×64 that is as much as UO-ISC sends: 6144 bits.

    Raises:
        UnknownCodec: if the options are others.
        ModelUnavailable: if the preset's CLIP, whose pictures it takes, is not there.
    """
    side = load_clip(preset, device).side
    bits = budget("jpeg2000", options, side * side * 3 // 2)
    decoder = GuardedDecoder(_FORMAT, side)
    return StillCodec("jpeg2000", side, bits, compress, decoder, device)


def compress(picture: np.ndarray, most: int) -> bytes:
    """Return the finest codestream of at most ``most`` bytes; empty if there is none.

    Args:
        picture: uint8 ``[H, W, 3]``.
    """
    image, best = Image.fromarray(picture), b""
    low, high = _RATIOS
    for _ in range(_STEPS):
        ratio = (low * high) ** 0.5
        stream = codestream(image, ratio)
        if len(stream) > most:
            low = ratio
        else:
            best, high = max(best, stream, key=len), ratio
    return best


def codestream(image: Image.Image, ratio: float) -> bytes:
    """Return the bare codestream of a picture at a ratio of compression.

    Three resolutions for 64 pixels a side and one more for each doubling did best at 1.5 bits a
    pixel; the reversible transforms gain 0.1 dB on the others there.
    """
    buffer = io.BytesIO()
    image.save(
        buffer,
        _FORMAT,
        no_jp2=True,
        mct=1,  # or colours would be coded one by one
        num_resolutions=max(1, max(image.size).bit_length() - 4),
        quality_mode="rates",
        quality_layers=[ratio],
    )
    return without_comment(buffer.getvalue())


def without_comment(stream: bytes) -> bytes:
    """Return a codestream less the encoder's name, 39 bytes that no decoder reads."""
    at = 2  # after the marker that begins it
    while (marker := int.from_bytes(stream[at : at + 2])) != _TILE:
        end = at + 2 + int.from_bytes(stream[at + 2 : at + 4])
        if marker == _COMMENT:
            return stream[:at] + stream[end:]
        at = end
    return stream
