"""Rate and distortion of still codecs on pictures of one's own, beside curves that were published.

A published curve is a JSON file as CompressAI has them: ``results`` with ``bpp``, ``psnr-rgb`` (or
``psnr``) and, where it is known, ``ms-ssim-rgb`` (or ``ms-ssim``), each averaged over the pictures
at one setting of the encoder. Here, too, pictures are averaged at one rung of the codec's ladder:
bits per pixel, PSNR and MS-SSIM each for themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.faults import Fault
from linksim.experiments.studies.separation.pictures import METRICS, Eye, Picture
from linksim.experiments.sweeps.measurement import as_bytes
from linksim.experiments.text_out import align
from linksim.source.sizes import Size
from linksim.source.stills.codec import GREY, StillCodec
from linksim.source.stills.formats import STILLS

Tell = Callable[[str, int, int], None]
"""Called after each picture: what it was of, how many are done, and of how many."""

_MOST_BYTES = 2**24  # of a published curve
_CURVES = {
    "jpeg": "jpeg.json",
    "jpeg2000": "jpeg2000.json",
    "webp": "webp.json",
    "hevc": "bpg_444_x265_ycbcr.json",
    "avif": "av1.json",
}
"""Which published curve a codec is held against."""


@dataclass(frozen=True)
class RatePoint:
    """A codec at a setting, averaged over pictures.

    Attributes:
        bpp: bits of the files per pixel.
        quality: `METRICS` by name.
    """

    bpp: float
    quality: dict[str, float]


@dataclass(frozen=True)
class Settings:
    """At what a codec is measured.

    Attributes:
        places: on the ladder of its qualities, 0 the finest and 1 the coarsest; the same rung for
            all pictures, as curves are published.
        budgets: bits per pixel, of codecs without a ladder.
    """

    places: Sequence[float]
    budgets: Sequence[float]


def rate_points(
    codec: StillCodec, pictures: Sequence[Picture], settings: Settings, tell: Tell
) -> list[RatePoint]:
    """Return what a codec does at all settings, averaged over pictures."""
    still = STILLS[codec.name]
    eye = Eye()
    steps = settings.places if still.encode else settings.budgets
    rows = np.empty((len(steps), len(pictures), 1 + len(METRICS)))
    for number, picture in enumerate(pictures):
        image, (height, width) = picture.image(), picture.size
        pixels = as_bytes(image)[0]
        for place, step in enumerate(steps):
            if still.encode:
                stream = still.encode(pixels, round(step * (still.rungs - 1)))
            else:
                stream = codec.within(height, width, int(step * height * width)).stream(pixels)
            rows[place, number, 0] = 8 * len(stream) / (height * width)
            rows[place, number, 1:] = eye.quality(image, _shown(codec, stream, picture.size))
        tell(codec.name, number + 1, len(pictures))
    means = rows.mean(axis=1)
    return [
        RatePoint(float(row[0]), dict(zip(METRICS, map(float, row[1:]), strict=True)))
        for row in means
    ]


def _shown(codec: StillCodec, stream: bytes, size: Size) -> torch.Tensor:
    """Return what a stream shows by the decoder that receivers have, ``[1, 3, H, W]``."""
    shown = codec.within(*size, 8 * max(len(stream), 1)).shown(stream)
    if shown is None:
        return torch.full((1, 3, *size), GREY)
    return torch.from_numpy(shown.transpose(2, 0, 1)[None] / np.float32(255))


@dataclass(frozen=True)
class Published:
    """A curve that was published.

    Attributes:
        name: of the codec, as its file says.
        bpp, psnr: ascending in bpp.
    """

    name: str
    bpp: np.ndarray
    psnr: np.ndarray

    def psnr_at(self, bpp: float) -> float:
        """Return the PSNR at a rate, interpolated over its logarithm; NaN beyond the curve."""
        return float(np.interp(np.log(bpp), np.log(self.bpp), self.psnr, left=np.nan, right=np.nan))


def published_curve(file: Path) -> Published:
    """Read a curve.

    Raises:
        Fault: if it can't be read, or is none.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        content = json.loads(file.read_bytes())
        results = content["results"]
        bpp = np.array(results["bpp"], dtype=float)
        psnr = np.array(results.get("psnr-rgb", results.get("psnr")), dtype=float)
        if bpp.shape != psnr.shape or bpp.ndim != 1 or not (bpp > 0).all():
            raise ValueError("no curve")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Fault(f"--curves {file}: no published curve of bpp and psnr-rgb in it") from None
    order = np.argsort(bpp)
    return Published(str(content.get("name", file.stem))[:40], bpp[order], psnr[order])


def curves_for(codecs: Sequence[str], folder: Path) -> dict[str, Published]:
    """Return the published curves that a folder has for codecs, by the codec's name."""
    files = {codec: folder / _CURVES[codec] for codec in codecs if codec in _CURVES}
    return {codec: published_curve(file) for codec, file in files.items() if file.is_file()}


def rates_table(
    points: Mapping[str, Sequence[RatePoint]], published: Mapping[str, Published], count: int
) -> str:
    """Return a table of what was found, with differences from what was published."""
    rows = [
        ["codec", "bpp", "PSNR dB", "MS-SSIM", *(["published dB", "Δ dB"] if published else [])]
    ]
    for codec, found in points.items():
        for point in found:
            row = [codec, f"{point.bpp:.3f}", f"{point.quality['psnr']:.2f}"]
            row += [f"{point.quality['ms_ssim']:.4f}"]
            if published:
                there = published[codec].psnr_at(point.bpp) if codec in published else np.nan
                row += (
                    ["–", "–"]
                    if np.isnan(there)
                    else [
                        f"{there:.2f}",
                        f"{point.quality['psnr'] - there:+.2f}",
                    ]
                )
            rows.append(row)
    return f"{count} pictures, averaged\n{align(rows)}"


def study_stills(
    codecs: Mapping[str, StillCodec],
    pictures: Sequence[Picture],
    settings: Settings,
    published: Mapping[str, Published],
    tell: Tell,
) -> str:
    """Measure codecs at settings, and return the table."""
    with torch.no_grad():
        points = {
            name: rate_points(codec, pictures, settings, tell) for name, codec in codecs.items()
        }
    return rates_table(points, published, len(pictures))
