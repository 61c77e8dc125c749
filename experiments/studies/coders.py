"""Pictures to files and back without a channel: what studies of rate compare."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from PIL import Image

from linksim.experiments.sweeps.measurement import as_bytes
from linksim.source import load_codec
from linksim.source.discover.bitstream import FIXED_BYTES, pack_file, unpack_file
from linksim.source.discover.codec import DiscoverCodec
from linksim.source.message import ReceivedStreams
from linksim.source.stills.codec import GREY
from linksim.source.stills.jpeg2000 import compress
from linksim.source.zoo.preset import Preset

Coded = tuple[list[bytes], torch.Tensor]
"""The file of each picture, and the pictures that these files hold, ``[B, 3, H, W]`` in 0..1."""

Coder = Callable[[torch.Tensor], Coded]
"""Codes pictures, float32 ``[B, 3, H, W]`` in 0..1."""


@dataclass(frozen=True)
class Method:
    """A way to code pictures at several rates.

    Attributes:
        label: for people.
        points: its settings, from the lowest rate to the highest, as `coder_for` reads them.
        known: bytes of each file that say what a receiver of such pictures knows anyway: which
            format it is, how large pictures are, how the coder was set.
    """

    label: str
    points: tuple[str, ...]
    known: int = 0


RATES = (8, 4, 2, 1)
"""λ_R of DISCOVER's weights, from the lowest rate to the highest."""


def discover(label: str, options: str) -> Method:
    """Return DISCOVER with these options at all its rates."""
    return Method(label, tuple(f"discover:{options},rate={rate}" for rate in RATES), FIXED_BYTES)


_HEADER = 95  # bytes of a JPEG2000 stream
_SIDE = 64
_FINER = 2  # a photograph holds less in a pixel than so small a scene
_JPEG2000_BYTES = (128, 192, 256, 341, 438, 558, 768, 1024, 1536)  # for 64×64

STILLS = (
    Method("JPEG2000", tuple(f"jpeg2000:bytes={b}" for b in _JPEG2000_BYTES), known=_HEADER),
    Method("WebP", tuple(f"webp:quality={q}" for q in (0, 5, 10, 20, 35, 50, 70, 85)), known=20),
    Method("AVIF", tuple(f"avif:quality={q}" for q in (5, 15, 25, 35, 45, 55)), known=275),
)
"""Standard codecs, as Pillow has them.

Of a JPEG2000 stream the main header is known, but for a byte that says how many levels there are;
of the others the containers, see `linksim.source.stills.containers`.
"""


def at_side(point: str, side: int) -> str:
    """Return a point of JPEG2000, which is told bytes, for pictures of another side than 64.

    >>> at_side("jpeg2000:bytes=128", 512), at_side("webp:quality=5", 512)
    ('jpeg2000:bytes=1151', 'webp:quality=5')
    """
    name, _, told = point.partition(":bytes=")
    if not told or side == _SIDE:
        return point
    payload = (int(told) - _HEADER) / _FINER
    return f"{name}:bytes={round(payload * (side / _SIDE) ** 2) + _HEADER}"


def coder_for(point: str, preset: Preset, device: torch.device) -> Coder:
    """Return the coder of a method's point.

    Raises:
        UnknownCodec: if an option of DISCOVER is wrong.
        ModelUnavailable: if a model is missing or damaged.
    """
    name, _, options = point.partition(":")
    if name == "discover":
        codec = load_codec(point, preset, device)
        assert isinstance(codec, DiscoverCodec)
        return partial(by_discover, codec)
    number = float(options.partition("=")[2])
    encode = {
        "jpeg2000": lambda image: compress(np.asarray(image), int(number)),
        "webp": lambda image: _saved(image, "WEBP", quality=int(number), method=6),
        "avif": lambda image: _saved(image, "AVIF", quality=int(number), speed=0),
    }[name]
    return lambda images: _by_pillow(encode, images)


def by_discover(codec: DiscoverCodec, images: torch.Tensor) -> Coded:
    """Code pictures with DISCOVER, and decode them from the bytes of the files alone."""
    streams = codec.encode(images, [""] * len(images))
    files = [pack_file([unit.data for unit in units]) for units in streams.units]
    received = ReceivedStreams(tuple(unpack_file(file) for file in files))
    return files, codec.decode(received)


def _by_pillow(encode: Callable[[Image.Image], bytes], images: torch.Tensor) -> Coded:
    files = [encode(Image.fromarray(picture)) for picture in as_bytes(images)]
    decoded = torch.full_like(images, GREY, device="cpu")  # what no file of this size can hold
    for shown, file in zip(decoded, files, strict=True):
        if file:
            pixels = np.array(Image.open(io.BytesIO(file)).convert("RGB"))
            shown[:] = torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
    return files, decoded


def _saved(image: Image.Image, form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
