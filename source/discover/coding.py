"""ŷ's elements and ẑ to bytes and back, each element on its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch

from linksim.source.discover.entropy_model import MOST, SCALES
from linksim.source.discover.exact import exact, rounded
from linksim.source.discover.model import DiscoverModel
from linksim.source.discover.range_coding import Reader, encode
from linksim.source.message import ReceivedUnit


class ElementCoder:
    """The entropy coder of a base codec, exact on every machine and for any number of threads.

    Args:
        model: whose entropy model and prior are copied.
    """

    def __init__(self, model: DiscoverModel) -> None:
        self._entropy = exact(model.entropy)
        self._mean = rounded(model.prior.mean.detach().cpu())
        self._shape = (model.config.hyper, model.config.hyper_grid, model.config.hyper_grid)
        places = model.prior.place.detach().cpu().expand(self._shape)
        self._side_places = _whole(places)

    def identity(self) -> int:
        """Return 16 bits that tell this entropy model from others."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self._entropy.state_dict().items()):
            digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
        digest.update(self._mean.numpy().tobytes() + self._side_places.tobytes())
        return int.from_bytes(digest.digest()[:2], "big")

    def encode_side(self, z: torch.Tensor) -> tuple[bytes, torch.Tensor]:
        """Return the bytes of z ``[hyper, rows, rows]``, and ẑ as the receiver has it, float64."""
        distance = (z.cpu().double() - self._mean).round().clamp(-MOST, MOST)
        numbers = distance.flatten().numpy().astype(np.int32)
        return encode(numbers, self._side_places.ravel()), distance + self._mean

    def decode_side(self, data: bytes) -> torch.Tensor:
        """Return ẑ, float64 ``[hyper, rows, rows]``, of any bytes."""
        numbers = Reader(data).read(self._side_places.ravel())
        return torch.from_numpy(numbers).double().view(self._shape) + self._mean

    @torch.no_grad()
    def encode(
        self, y: torch.Tensor, side: torch.Tensor, cells: torch.Tensor
    ) -> tuple[list[bytes], torch.Tensor]:
        """Return the bytes of each element of a picture, and each element's ŷ.

        Args:
            y: ``[latent, grid, grid]``.
            side: ẑ.
            cells: of the elements, bool ``[E, grid, grid]``.

        Returns:
            the payloads; float64 ``[E, latent, grid, grid]``, zero outside the element.
        """
        psi = self._psi(side, cells)
        wanted, decoded = y.cpu().double(), torch.zeros(len(cells), *y.shape, dtype=torch.float64)
        numbers: list[list[np.ndarray]] = [[] for _ in cells]
        scales: list[list[np.ndarray]] = [[] for _ in cells]
        for step in self._entropy.steps():
            means, places = self._entropy.predict(step, psi, decoded)
            distance = (wanted[step.channels] - means).round().clamp(-MOST, MOST)
            half = self._entropy.checkerboard(step.second)
            for number, cell in enumerate(cells):
                here = (cell & half).expand_as(distance[number])
                numbers[number].append(distance[number][here].numpy().astype(np.int32))
                scales[number].append(_whole(places[number][here]))
                decoded[number, step.channels][here] = (means + distance)[number][here]
        joined = zip(numbers, scales, strict=True)
        return [encode(np.concatenate(n), np.concatenate(s)) for n, s in joined], decoded

    @torch.no_grad()
    def decode(
        self, payloads: Sequence[ReceivedUnit], side: torch.Tensor, cells: torch.Tensor
    ) -> torch.Tensor:
        """Return each element's ŷ, float64 ``[E, latent, grid, grid]``, of any bytes.

        Args:
            payloads: of the elements; what an incomplete one can't tell stays zero.
            side: ẑ.
            cells: of the elements, bool ``[E, grid, grid]``.
        """
        psi = self._psi(side, cells)
        grid, latent = self._entropy.grid, self._entropy.latent
        decoded = torch.zeros(len(cells), latent, grid, grid, dtype=torch.float64)
        readers = [Reader(payload.data, payload.complete) for payload in payloads]
        for step in self._entropy.steps():
            means, places = self._entropy.predict(step, psi, decoded)
            half = self._entropy.checkerboard(step.second)
            for number, (cell, reader) in enumerate(zip(cells, readers, strict=True)):
                here = (cell & half).expand_as(means[number])
                distance = torch.from_numpy(reader.read(_whole(places[number][here]))).double()
                if not reader.ended:
                    decoded[number, step.channels][here] = means[number][here] + distance
        return decoded

    def _psi(self, side: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
        begun: torch.Tensor = self._entropy.begin(
            side[None].double().expand(len(cells), -1, -1, -1), cells.cpu().double()
        )
        return begun


def _whole(places: torch.Tensor) -> np.ndarray:
    whole: np.ndarray = places.round().clamp(0, SCALES - 1).long().numpy()
    return whole
