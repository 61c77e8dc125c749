"""ŷ's elements and ẑ to bytes and back, each element on its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import torch

from linksim.source.discover.entropy_model import MOST, SCALES
from linksim.source.discover.exact import rounded
from linksim.source.discover.exact_entropy import ExactEntropy
from linksim.source.discover.model import DiscoverModel
from linksim.source.discover.range_coding import Reader, encode
from linksim.source.message import ReceivedUnit

_MOST_NUMBERS = 1 << 22  # of elements' maps, and of what networks see of them: 32 MB each


class ElementCoder:
    """The entropy coder of a base codec, exact on every machine and for any number of threads.

    Args:
        model: whose entropy model and prior are copied.
    """

    def __init__(self, model: DiscoverModel) -> None:
        self._entropy, self._latent = ExactEntropy(model.entropy), model.config.latent
        self._mean = rounded(model.prior.mean.detach().cpu())
        self._shape = (model.config.hyper, model.config.hyper_grid, model.config.hyper_grid)
        places = model.prior.place.detach().cpu().expand(self._shape)
        self._side_places = _whole(places)

    def identity(self) -> int:
        """Return 16 bits that tell this entropy model from others."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self._entropy.model.state_dict().items()):
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
    ) -> Iterator[tuple[bytes, torch.Tensor]]:
        """Yield the bytes of each element of a picture, and its ŷ as the receiver has it.

        Args:
            y: ``[latent, grid, grid]``.
            side: ẑ.
            cells: of the elements, bool ``[E, grid, grid]``.

        Yields:
            the payload; float64 ``[latent, grid, grid]``, zero outside the element.
        """
        wanted, told = y.cpu().double(), self._entropy.told(side)
        for some in self._together(cells.cpu()):
            yield from self._encode(wanted, told, some)

    def _encode(
        self, wanted: torch.Tensor, told: torch.Tensor, cells: torch.Tensor
    ) -> Iterator[tuple[bytes, torch.Tensor]]:
        psi, decoded = self._entropy.begin(told, cells), self._nothing(cells)
        numbers: list[list[np.ndarray]] = [[] for _ in cells]
        scales: list[list[np.ndarray]] = [[] for _ in cells]
        for step in self._entropy.model.steps():
            places = self._entropy.places(step, cells)
            element, row, column = places
            means, widths = self._entropy.predict(step, psi, decoded, places)
            here = wanted[step.channels, row, column].T
            distance = (here - means).round().clamp(-MOST, MOST)
            decoded[element, step.channels, row, column] = means + distance
            counts = torch.bincount(element, minlength=len(cells)).tolist()
            parts = zip(torch.split(distance, counts), torch.split(widths, counts), strict=True)
            for number, (of_one, its_widths) in enumerate(parts):
                numbers[number].append(of_one.T.flatten().numpy().astype(np.int32))
                scales[number].append(_whole(its_widths.T.flatten()))
        for number, latent in enumerate(decoded):
            yield encode(np.concatenate(numbers[number]), np.concatenate(scales[number])), latent

    @torch.no_grad()
    def decode(
        self, payloads: Sequence[ReceivedUnit], side: torch.Tensor, cells: torch.Tensor
    ) -> Iterator[torch.Tensor]:
        """Yield each element's ŷ, float64 ``[latent, grid, grid]``, of any bytes.

        Args:
            payloads: of the elements; what an incomplete one can't tell stays zero.
            side: ẑ.
            cells: of the elements, bool ``[E, grid, grid]``.
        """
        told = self._entropy.told(side)
        left = iter(payloads)
        for some in self._together(cells.cpu()):
            yield from self._decode(list(islice(left, len(some))), told, some)

    def _decode(
        self, payloads: Sequence[ReceivedUnit], told: torch.Tensor, cells: torch.Tensor
    ) -> torch.Tensor:
        psi, decoded = self._entropy.begin(told, cells), self._nothing(cells)
        readers = [Reader(payload.data, payload.complete) for payload in payloads]
        for step in self._entropy.model.steps():
            places = self._entropy.places(step, cells)
            means, widths = self._entropy.predict(step, psi, decoded, places)
            for number, reader in enumerate(readers):
                here = places[0] == number
                row, column = places[1:, here]
                read = torch.from_numpy(reader.read(_whole(widths[here].T.flatten()))).double()
                if not reader.ended:
                    shape = means.shape[1], len(row)
                    latent = read.view(shape) + means[here].T
                    decoded[number, step.channels, row, column] = latent
        return decoded

    def _nothing(self, cells: torch.Tensor) -> torch.Tensor:
        return torch.zeros(len(cells), self._latent, *cells.shape[1:], dtype=torch.float64)

    def _together(self, cells: torch.Tensor) -> Iterator[torch.Tensor]:
        """Yield the elements, as many at a time as `_MOST_NUMBERS` allows, and one at least."""
        maps = cells.shape[1] * cells.shape[2] * self._latent
        first = 0
        while first < len(cells):
            some = cells[first : first + max(_MOST_NUMBERS // maps, 1)]
            seen = some.flatten(1).sum(dim=1).cumsum(dim=0) * self._entropy.seen
            count = max(int((seen <= _MOST_NUMBERS).sum()), 1)
            yield some[:count]
            first += count


def _whole(places: torch.Tensor) -> np.ndarray:
    whole: np.ndarray = places.round().clamp(0, SCALES - 1).long().numpy()
    return whole
