"""Random crops of a folder's photographs, some of which are kept apart to judge by."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from linksim.experiments.data.samples import pictures_in
from linksim.experiments.faults import Fault
from linksim.source.pictures import Framing, check_once, load_picture

APART = 20
"""One picture of so many is kept apart, and at most so many of them are judged by."""

_MOST_KEPT = 2**30  # bytes of pictures that stay in memory
_LEAST = 2 * APART  # pictures of a folder


class Crops:
    """Squares out of photographs, in an order drawn anew for each round through them.

    Half of them are mirrored. A photograph with a shorter side than a crop is made larger.

    Args:
        folder: of the photographs, and of folders of them.
        seed: of order, places and mirrors.
        side: of a crop in pixels.

    Attributes:
        judged: photographs that none is taken from: the first of each 20, at most 20 of them.

    Raises:
        Fault: if the folder has fewer than 40.
        UnreadablePicture: naming a file that is none.
    """

    def __init__(self, folder: Path, seed: int, side: int) -> None:
        if not folder.is_dir():
            raise Fault(f"--data {folder}: no such folder; give one of photographs")
        found, _ = pictures_in(folder)
        if len(found) < _LEAST:
            raise Fault(
                f"--data {folder}: {len(found)} pictures; a training takes {_LEAST} or more"
            )
        for file in found:
            check_once(file)
        self.judged = found[::APART][:APART]
        self._files = [file for place, file in enumerate(found) if place % APART]
        self._folder, self._seed, self._side = folder, seed, side
        self._kept: dict[Path, torch.Tensor] = {}
        self._room = _MOST_KEPT
        self._order = lru_cache(maxsize=2)(self._drawn)

    def __len__(self) -> int:
        return len(self._files)

    def digest(self) -> str:
        """Return what tells these photographs from others: a digest of their names in order."""
        names = "\0".join(str(file.relative_to(self._folder)) for file in self._files)
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()[:12]

    def draw(self, first: int, size: int) -> torch.Tensor:
        """Return crops ``first`` to ``first + size - 1``, float32 ``[size, 3, side, side]``."""
        return torch.stack([self._crop(number) for number in range(first, first + size)])

    def _crop(self, number: int) -> torch.Tensor:
        turn, place = divmod(number, len(self._files))
        picture = self._picture(self._files[self._order(turn)[place]])
        philox = np.random.Philox(key=[self._seed, 5], counter=[0, 0, number, 0])
        rng, side = np.random.Generator(philox), self._side
        top, left = (int(rng.integers(0, length - side + 1)) for length in picture.shape[1:])
        crop = picture[:, top : top + side, left : left + side].float() / 255
        return crop.flip(2) if rng.integers(2) else crop

    def _picture(self, file: Path) -> torch.Tensor:
        """Return a photograph, uint8 ``[3, H, W]``, no side of it shorter than a crop's."""
        if file in self._kept:
            return self._kept[file]
        picture = load_picture(file, Framing())
        if (short := min(picture.shape[1:])) < self._side:
            larger = [-(-self._side * length // short) for length in picture.shape[1:]]
            picture = functional.interpolate(picture[None], larger, mode="bicubic", antialias=True)[
                0
            ].clamp(0, 1)
        stored = (picture * 255).round().to(torch.uint8)
        if stored.nbytes <= self._room:
            self._room -= stored.nbytes
            self._kept[file] = stored
        return stored

    def _drawn(self, turn: int) -> np.ndarray:
        philox = np.random.Philox(key=[self._seed, 6], counter=[0, 0, turn, 0])
        return np.random.Generator(philox).permutation(len(self._files))
