"""Pictures of a study: what files of any length show of them, and how good that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from linksim.experiments.data.inputs import file_digest
from linksim.experiments.data.samples import pictures_in
from linksim.experiments.faults import Fault
from linksim.experiments.sweeps.measures import Measures
from linksim.experiments.sweeps.similarity import MS_SSIM_SIDE, psnr, ssim
from linksim.link.cbr import symbols_at
from linksim.source import BudgetCodec
from linksim.source.pictures import Framing, check_once, load_picture
from linksim.source.sizes import Size
from linksim.source.stills.codec import GREY

METRICS = ("psnr", "ms_ssim")
"""PSNR in dB over the three colours together, and MS-SSIM of RGB; NaN below 161 pixels a side."""

_MOST_DB = 100.0  # of a picture that is lossless


@dataclass(frozen=True)
class Picture:
    """A picture that is sent.

    Attributes:
        path: of its file.
        name: its path in the folder.
        framing: what of it is taken.
        size: height and width of that.
        symbols: channel symbols that every method has for it.
    """

    path: Path
    name: str
    framing: Framing
    size: Size
    symbols: int

    def image(self) -> torch.Tensor:
        """Return it, float32 ``[1, 3, H, W]`` in 0..1."""
        return load_picture(self.path, self.framing)[None]


def pictures_of(folder: Path, framing: Framing, most: int, cbr: Fraction) -> list[Picture]:
    """Return the pictures of a folder, as `linksim.experiments.data.samples` reads them.

    Raises:
        Fault: if it has none.
        UnreadablePicture: naming the file that is none.
    """
    if not folder.is_dir():
        raise Fault(f"--data {folder}: no such folder")
    found, _ = pictures_in(folder)
    if not found:
        raise Fault(f"--data {folder}: no pictures in it")
    pictures = []
    for path in found[:most]:
        size = framing.of(check_once(path, framing.least))
        name = path.relative_to(folder).as_posix()
        pictures.append(Picture(path, name, framing, size, symbols_at(cbr, size)))
    return pictures


def digests(pictures: Sequence[Picture]) -> dict[str, str]:
    """Return digests of what is read, for runs that are gone on with."""
    return {f"picture {one.name}": file_digest(one.path).hex()[:16] for one in pictures}


@dataclass(frozen=True)
class Eye:
    """What is measured of pictures as they are shown.

    Attributes:
        measures: what is asked for besides `METRICS`.
    """

    measures: Measures = field(default_factory=dict)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of all that is measured."""
        return *METRICS, *self.measures

    @torch.no_grad()
    def quality(self, image: torch.Tensor, shown: torch.Tensor) -> np.ndarray:
        """Return `metrics` of a picture as shown, both ``[1, 3, H, W]`` in 0..1, float64 ``[M]``.

        Of a lossless picture PSNR is 100 dB.
        """
        large = min(image.shape[-2:]) >= MS_SSIM_SIDE
        similar = float(ssim(image, shown)) if large else np.nan
        more = [float(measure(image, shown)) for measure in self.measures.values()]
        found = np.array([float(psnr(image, shown)), similar, *more])
        return np.where(np.isposinf(found), _MOST_DB, found)

    def of_grey(self, image: torch.Tensor) -> np.ndarray:
        """Return `metrics` of grey in a picture's place."""
        return self.quality(image, torch.full_like(image, GREY))


def clean_quality(
    codec: BudgetCodec, image: torch.Tensor, budgets: Sequence[int], eye: Eye
) -> dict[str, np.ndarray]:
    """Return what files of several lengths show of a picture, received without an error.

    Args:
        codec: makes the files.
        image: float32 ``[1, 3, H, W]``.
        budgets: bits of each message.
        eye: measures.

    Returns:
        ``used``, the bits of each file, and the eye's metrics, each ``[budgets]``.
    """
    height, width = image.shape[-2:]
    known: dict[bytes, np.ndarray] = {}
    used, found = [], []
    for bits in budgets:
        message = codec.within(height, width, bits).encode(image, [""])
        stream = message.values[0].numpy().astype(np.uint8).tobytes().rstrip(b"\0")
        if stream not in known:
            shown = shown_by(codec, message.values, (height, width), bits)
            known[stream] = eye.quality(image, shown)
        used.append(8 * len(stream))
        found.append(known[stream])
    values = np.array(found).reshape(len(budgets), len(eye.metrics))
    return {"used": np.array(used), **{name: values[:, n] for n, name in enumerate(eye.metrics)}}


def shown_by(codec: BudgetCodec, values: torch.Tensor, size: Size, bits: int) -> torch.Tensor:
    """Return the pictures that messages of a budget show, whatever is in them."""
    from linksim.source import Received

    erased = torch.zeros_like(values, dtype=torch.bool)
    llr = torch.zeros((*values.shape, 0))
    return codec.within(*size, bits).decode(Received(values, 8, erased, llr)).cpu()
