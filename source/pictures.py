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

Profiles, gamma and captions are passed over; an orientation tag that can be read is obeyed; of an
animation the first frame is taken.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from linksim.source.refused import Refused
from linksim.source.sizes import MOST_SIDE, Size, Sizes

MOST_PIXELS = 50_000_000
"""Larger pictures are refused before their pixels are decoded."""

ORIGINAL = "original"
"""The size, as text, of pictures that keep theirs."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")  # others may start programs, as EPS does
_LEAST_SIDE = 8  # of what is scaled: less shows nothing
_ORIENTATION = 0x0112  # EXIF's tag
_WHITES = (1.0, 255.0, 65535.0)  # of numbers without a range
_ANY = Sizes()
_GIVEN = Path("the picture")  # what is said of one that has no file
_OVER_WHITE = 1.5  # times white: so much a filter may overshoot


logging.getLogger("PIL").addHandler(logging.NullHandler())  # what it says, the refusal does


class UnreadablePicture(Refused):
    """A file is no picture that linksim takes; the message says why and what would help."""

    about = "picture"


@dataclass(frozen=True)
class Framing:
    """What of a picture is taken.

    Attributes:
        size: height and width that it is scaled to, its middle of that shape; None for its own.
        sizes: what is taken of one that keeps its own size: what is left over is cut off all round.
    """

    size: Size | None = None
    sizes: Sizes = _ANY

    @classmethod
    def square(cls, side: int) -> Framing:
        """Return that of the middle square, scaled."""
        return cls((side, side))

    def of(self, size: Size) -> Size:
        """Return the size that a picture of another size is taken at.

        Raises:
            UnfitPicture: if it keeps its own, and that is not taken.
        """
        return self.size or self.sizes.within(size)

    @property
    def least(self) -> int:
        """Pixels that both sides of a picture must have."""
        return _LEAST_SIDE if self.size else 1


def parse_size(text: str) -> Size | None:
    """Read ``original``, ``N`` or ``WxH``; None is the picture's own size.

    Raises:
        ValueError: if it is none of these.

    >>> parse_size("original"), parse_size("256"), parse_size("768x512")
    (None, (256, 256), (512, 768))
    """
    if text == ORIGINAL:
        return None
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) > 2 or not all(side.isdecimal() and 0 < len(side) < 6 for side in sides):
        raise ValueError("give original, N for a square, or WxH in pixels, like 768x512")
    width, height = int(sides[0]), int(sides[-1])
    if min(width, height) < 1 or max(width, height) > MOST_SIDE:
        raise ValueError(f"give 1 to {MOST_SIDE} pixels a side")
    if width * height > MOST_PIXELS:
        raise ValueError(f"more than {MOST_PIXELS} pixels")
    return height, width


def check_picture(path: Path, least: int = _LEAST_SIDE) -> Size:
    """Return height and width of a picture as it stands upright, after decoding all of its data.

    Of a JPEG an eighth of the lines and columns is made of it, which is faster.

    Args:
        least: pixels that both sides must have.

    Raises:
        UnreadablePicture: if `load_picture` could not read it.
    """
    with _opened(path, least) as picture:
        width, height = picture.size
        with _by_pillow(path):
            picture.draft("RGB", (_LEAST_SIDE, _LEAST_SIDE))
            picture.load()
        if picture.mode in ("I", "F"):
            _white_of(np.asarray(picture), str(path))
        return (width, height) if _lies(picture) else (height, width)


def check_once(path: Path, least: int = _LEAST_SIDE) -> Size:
    """Check a picture as `check_picture` does, unless this process has and the file is as it was.

    Raises:
        UnreadablePicture: as `check_picture`.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:  # ValueError: of a name with a NUL in it
        raise _unreadable(path, error) from None
    return _checked(path, least, found.st_size, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=1 << 20)
def _checked(path: Path, least: int, *_: int) -> Size:
    return check_picture(path, least)


def load_picture(path: Path, framing: Framing | int) -> torch.Tensor:
    """Read a picture, bring it to RGB and to a size.

    Modes are taken as the head of this module says.

    Args:
        framing: what of it is taken; a number is the side of its middle square.

    Returns:
        float32 ``[3, H, W]`` in 0..1.

    Raises:
        UnreadablePicture: if the file cannot be read or has an absurd size.
        UnfitPicture: if it keeps its size, and that is not taken.
    """
    wanted = framing if isinstance(framing, Framing) else Framing.square(framing)
    with _opened(path, wanted.least) as opened:
        with _by_pillow(path):
            opened.load()
        picture = _to_rgb(_upright(opened), str(path))
    return _framed(picture, wanted)


def _framed(picture: Image.Image, framing: Framing) -> torch.Tensor:
    height, width = framing.of((picture.height, picture.width))
    if framing.size:
        shown = ImageOps.fit(picture, (width, height), Image.Resampling.BICUBIC)
    else:
        left, top = (picture.width - width) // 2, (picture.height - height) // 2
        shown = picture.crop((left, top, left + width, top + height))
    values = np.array(shown, dtype=np.float32)
    values /= 255
    return torch.from_numpy(values.transpose(2, 0, 1))


@contextlib.contextmanager
def _opened(path: Path, least: int) -> Iterator[Image.Image]:
    """Yield a picture whose header was read, and whose size is none that is refused."""
    with _by_pillow(path):
        opened = Image.open(path, formats=_FORMATS)
    with opened:
        _check_size(path, *opened.size, least)
        with _by_pillow(path):
            opened.seek(0)
        yield opened


@contextlib.contextmanager
def _by_pillow(path: Path) -> Iterator[None]:
    """Turn the many ways in which Pillow's readers fail on a file into one line.

    It stands around their calls alone: whatever else is raised is a bug, and stays one.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnidentifiedImageError:
        raise UnreadablePicture(f"{path}: not a picture ({', '.join(_FORMATS)})") from None
    except Image.DecompressionBombError:
        raise UnreadablePicture(f"{path}: more than {MOST_PIXELS} pixels; scale it down") from None
    except Exception as error:  # they stumble over damage in every way there is
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> UnreadablePicture:
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:80] or "damaged"
    return UnreadablePicture(f"{path}: can't be read ({reason})")


def _check_size(path: Path, width: int, height: int, least: int) -> None:
    if width * height > MOST_PIXELS:
        raise UnreadablePicture(f"{path}: {width}×{height} is too large; scale it down")
    if min(width, height) < least:
        raise UnreadablePicture(f"{path}: {width}×{height} is too small to show anything")


def _lies(picture: Image.Image) -> bool:
    """Say whether a picture's orientation tag lays it on its side, if that can be read."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1)) in (5, 6, 7, 8)
    except Exception:  # of any kind: a damaged tag says nothing about the pixels
        return False


def _upright(picture: Image.Image) -> Image.Image:
    """Return a picture turned as its orientation tag says, if that can be read."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # of any kind: a damaged tag says nothing about the pixels
        return picture


def _to_rgb(picture: Image.Image, name: str) -> Image.Image:
    """Return a picture in RGB, its mode taken as the head of this module says."""
    if picture.mode.startswith("I;16"):
        return _grey(picture, 65535.0)
    if picture.mode in ("I", "F"):
        return _grey(picture, _white_of(np.asarray(picture), name))
    with _by_pillow(Path(name)):
        return _converted(picture)


def _converted(picture: Image.Image) -> Image.Image:
    """Return a picture whose mode has a range, in RGB by Pillow."""
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


def _white_of(values: np.ndarray, name: str) -> float:
    """Return which number is white among pixels without a range, ``[H, W]``.

    Raises:
        UnreadablePicture: if some are no numbers, or too large.
    """
    if not np.isfinite(values).all():
        raise UnreadablePicture(f"{name}: can't be read (some pixels are no numbers; give others)")
    largest = float(values.max())
    for white in _WHITES:
        if largest <= _OVER_WHITE * white:
            return white
    reason = f"pixels go up to {largest:.4g}; scale them to 0..1 or 0..65535"
    raise UnreadablePicture(f"{name}: can't be read ({reason})")


def given_picture(picture: object, framing: Framing | int) -> torch.Tensor:
    """Return a picture that somebody gave, brought to a size as `load_picture` does.

    Args:
        picture: a path; a picture of Pillow's; an array, uint8 or a real in 0..1, ``[H, W, 3]`` or
            ``[H, W]``; or a tensor of these, also ``[3, H, W]`` or ``[1, H, W]``. Numbers of just
            the size that is wanted stay as they are, others are rounded to 8 bits.
        framing: what of it is taken; a number is the side of its middle square.

    Returns:
        float32 ``[3, H, W]`` in 0..1.

    Raises:
        TypeError: if it is none of these.
        ValueError: for another shape, or numbers that are not in 0..1.
        UnreadablePicture, UnfitPicture: as `load_picture`.
    """
    wanted = framing if isinstance(framing, Framing) else Framing.square(framing)
    if isinstance(picture, (str, Path)):
        return load_picture(Path(picture), wanted)
    if isinstance(picture, Image.Image):
        _check_size(_GIVEN, *picture.size, wanted.least)
        return _framed(_to_rgb(_upright(picture), str(_GIVEN)), wanted)
    values = _channels_last(picture)
    height, width = values.shape[:2]
    if (height, width) == (wanted.size or wanted.sizes.within((height, width))):
        exact = torch.from_numpy(values.transpose(2, 0, 1).copy())
        return exact.float() / 255 if values.dtype == np.uint8 else exact.float()
    _check_size(_GIVEN, width, height, wanted.least)
    return _framed(Image.fromarray(_as_bytes(values)), wanted)


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
