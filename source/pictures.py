"""Pictures from outside, which may be anything: read with limits, in one known form.

What each of Pillow's modes is taken for:

=======================  =========================================================================
1, L, P, RGB, RGBX       as they are; colour profiles are passed over
CMYK, YCbCr, HSV         converted by Pillow; Adobe's inverted CMYK in JPEG is turned round
LAB                      CIE L*a*b* under D50, to sRGB by LittleCMS
LA, PA, RGBA, La, RGBa   laid on white, and so are a colour or palette entries named transparent
I;16 and its variants    16 bits: 0 is black, 65535 white
I, F                     numbers without a range: 0 is black, and white is the first of 1, 255 and
                         65535 that no pixel is more than half above; what is beyond either end is
                         clipped. NaN, infinity and larger numbers are refused
=======================  =========================================================================
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from linksim.source.refused import Refused

MOST_PIXELS = 50_000_000
"""Larger pictures are refused before their pixels are decoded."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")  # others may start programs, as EPS does
_LEAST_SIDE = 8
_WHITES = (1.0, 255.0, 65535.0)  # of numbers without a range
_OVER_WHITE = 1.5  # times white: so much a filter may overshoot


logging.getLogger("PIL").addHandler(logging.NullHandler())  # what it says, the refusal does


class UnreadablePicture(Refused):
    """A file is no picture that linksim takes; the message says why and what would help."""

    about = "picture"


def check_picture(path: Path) -> tuple[int, int]:
    """Return width and height of a picture, after decoding all of its data.

    Of a JPEG an eighth of the lines and columns is made of it, which is faster.

    Raises:
        UnreadablePicture: if `load_picture` could not read it.
    """
    with _explained(path), _opened(path) as picture:
        size = picture.size
        picture.draft("RGB", (_LEAST_SIDE, _LEAST_SIDE))
        picture.load()
        if picture.mode in ("I", "F"):
            _white_of(np.asarray(picture))
        return size


def check_once(path: Path) -> None:
    """Check a picture as `check_picture` does, unless this process has and the file is as it was.

    Raises:
        UnreadablePicture: as `check_picture`.
    """
    with _explained(path):
        found = path.stat()
    _checked(path, found.st_size, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=1 << 20)
def _checked(path: Path, *_: int) -> None:
    check_picture(path)


def load_picture(path: Path, side: int) -> torch.Tensor:
    """Read a picture, bring it to RGB, crop its middle square and resize it.

    Modes are taken as the head of this module says. An orientation tag that can be read is obeyed,
    and of an animation the first frame is taken.

    Args:
        side: width and height of the result in pixels.

    Returns:
        float32 ``[3, side, side]`` in 0..1.

    Raises:
        UnreadablePicture: if the file cannot be read or has an absurd size.
    """
    with _explained(path), _opened(path) as opened:
        opened.load()
        picture = _to_rgb(_upright(opened))
    return _square(picture, side)


def _square(picture: Image.Image, side: int) -> torch.Tensor:
    square = ImageOps.fit(picture, (side, side), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.asarray(square, dtype=np.float32).transpose(2, 0, 1) / 255)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    with Image.open(path, formats=_FORMATS) as opened:
        _check_size(path, *opened.size)
        opened.seek(0)
        yield opened


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn the many ways in which reading fails into one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnreadablePicture:
        raise
    except UnidentifiedImageError:
        raise UnreadablePicture(f"{path}: not a picture ({', '.join(_FORMATS)})") from None
    except Image.DecompressionBombError:
        raise UnreadablePicture(f"{path}: more than {MOST_PIXELS} pixels; scale it down") from None
    except Exception as error:  # Pillow's readers stumble over damage in every way there is
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:80] or "damaged"
        raise UnreadablePicture(f"{path}: can't be read ({reason})") from None


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise UnreadablePicture(f"{path}: {width}×{height} is too large; scale it down")
    if min(width, height) < _LEAST_SIDE:
        raise UnreadablePicture(f"{path}: {width}×{height} is too small to show anything")


def _upright(picture: Image.Image) -> Image.Image:
    """Return a picture turned as its orientation tag says, if that can be read."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # of any kind: a damaged tag says nothing about the pixels
        return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    """Return a picture in RGB, its mode taken as the head of this module says."""
    if picture.mode.startswith("I;16"):
        return _grey(picture, 65535.0)
    if picture.mode in ("I", "F"):
        return _grey(picture, _white_of(np.asarray(picture)))
    if picture.mode == "LAB":
        lab, srgb = (ImageCms.createProfile(name) for name in ("LAB", "sRGB"))
        return ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB") or picture
    if picture.has_transparency_data:
        layered = picture.convert("LA" if picture.mode == "La" else "RGBA").convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert(
            "RGB"
        )
    return picture.convert("RGB")


def _grey(picture: Image.Image, white: float) -> Image.Image:
    """Return pixels from 0 to ``white`` as RGB, and as white those of the transparent number."""
    values = np.asarray(picture)
    shown = (values.astype(np.float32) * (255 / white)).round().clip(0, 255).astype(np.uint8)
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        shown[values == transparent] = 255
    return Image.fromarray(shown).convert("RGB")


def _white_of(values: np.ndarray) -> float:
    """Return which number is white among pixels without a range, ``[H, W]``.

    Raises:
        ValueError: if some are no numbers, or too large.
    """
    if not np.isfinite(values).all():
        raise ValueError("some pixels are no numbers; give others")
    largest = float(values.max())
    for white in _WHITES:
        if largest <= _OVER_WHITE * white:
            return white
    raise ValueError(f"pixels go up to {largest:.4g}; scale them to 0..1 or 0..65535")


def square_picture(picture: object, side: int) -> torch.Tensor:
    """Return a picture that somebody gave, its middle square resized as `load_picture` does.

    Args:
        picture: a path; a picture of Pillow's; an array, uint8 or a real in 0..1, ``[H, W, 3]`` or
            ``[H, W]``; or a tensor of these, also ``[3, H, W]`` or ``[1, H, W]``. Numbers of just
            the size that is wanted stay as they are, others are rounded to 8 bits.
        side: width and height of the result in pixels.

    Returns:
        float32 ``[3, side, side]`` in 0..1.

    Raises:
        TypeError: if it is none of these.
        ValueError: for another shape, or numbers that are not in 0..1.
        UnreadablePicture: as `load_picture`.
    """
    if isinstance(picture, (str, Path)):
        return load_picture(Path(picture), side)
    if isinstance(picture, Image.Image):
        _check_size(Path("the picture"), *picture.size)
        rgb = _to_rgb(_upright(picture))
    else:
        values = _channels_last(picture)
        if values.shape == (side, side, 3):
            exact = torch.from_numpy(values.transpose(2, 0, 1).copy())
            return exact.float() / 255 if values.dtype == np.uint8 else exact.float()
        _check_size(Path("the picture"), values.shape[1], values.shape[0])
        rgb = Image.fromarray(_as_bytes(values))
    return _square(rgb, side)


def _channels_last(picture: object) -> np.ndarray:
    """Return the pixels of an array or a tensor, ``[H, W, 3]``, uint8 or real in 0..1."""
    values = picture.detach().cpu().numpy() if isinstance(picture, torch.Tensor) else picture
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "uf":
        kind = getattr(picture, "dtype", type(picture).__name__)
        raise TypeError(f"picture: give a path, a picture, or uint8 or real numbers, not {kind}")
    if values.ndim == 2:
        values = values[..., None]
    if values.ndim == 3 and values.shape[2] not in (1, 3) and values.shape[0] in (1, 3):
        values = values.transpose(1, 2, 0)
    if values.ndim != 3 or values.shape[2] not in (1, 3):
        raise ValueError(f"picture: has the shape {values.shape}; give [H, W, 3] or [3, H, W]")
    if values.dtype != np.uint8 and not (values.dtype.kind == "f" and _in_range(values)):
        raise ValueError("picture: give uint8, or real numbers in 0..1")
    return np.broadcast_to(values, (*values.shape[:2], 3))


def _in_range(values: np.ndarray) -> bool:
    return bool(((values >= 0) & (values <= 1)).all())


def _as_bytes(values: np.ndarray) -> np.ndarray:
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    return np.ascontiguousarray((values * 255).round().astype(np.uint8))
