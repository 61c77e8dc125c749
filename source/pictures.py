"""Pictures from outside, which may be anything: read with limits, in one known form."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 50_000_000
"""Larger pictures are refused before their pixels are decoded."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_LEAST_SIDE = 8


class UnreadablePicture(Exception):
    """A file is no picture that linksim takes; the message says why and what would help."""


def check_picture(path: Path) -> tuple[int, int]:
    """Return width and height of a picture from its header, without decoding its pixels.

    Raises:
        UnreadablePicture: if the file is no picture or has an absurd size.
    """
    with _explained(path), Image.open(path) as opened:
        _check_size(path, *opened.size)
        return opened.size


def load_picture(path: Path, side: int) -> torch.Tensor:
    """Read a picture, bring it to RGB, crop its middle square and resize it.

    Colour spaces (grey, palette, CMYK, 16 bit) are converted, transparency is laid on white, an
    orientation tag is obeyed, and of an animation the first frame is taken.

    Args:
        side: width and height of the result in pixels.

    Returns:
        float32 ``[3, side, side]`` in 0..1.

    Raises:
        UnreadablePicture: if the file cannot be read or has an absurd size.
    """
    with _explained(path), Image.open(path) as opened:
        _check_size(path, *opened.size)
        opened.seek(0)
        picture = _to_rgb(ImageOps.exif_transpose(opened))
    square = ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.asarray(square, dtype=np.float32).transpose(2, 0, 1) / 255)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn the many ways in which reading fails into one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError:
        raise UnreadablePicture(f"{path}: not a picture (PNG, JPEG, WebP, …)") from None
    except Image.DecompressionBombError:
        raise UnreadablePicture(f"{path}: more than {MOST_PIXELS} pixels; scale it down") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:80] or "damaged"
        raise UnreadablePicture(f"{path}: can't be read ({reason})") from None


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise UnreadablePicture(f"{path}: {width}×{height} is too large; scale it down")
    if min(width, height) < _LEAST_SIDE:
        raise UnreadablePicture(f"{path}: {width}×{height} is too small to show anything")


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 or 32 bits a pixel
        values = np.asarray(picture, dtype=np.float64)
        full = 65535.0 if picture.mode.startswith("I;16") or values.max() > 255 else 255.0
        picture = Image.fromarray((values / full * 255).clip(0, 255).astype(np.uint8))
    if "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        picture = Image.alpha_composite(white, layered)
    return picture.convert("RGB")
