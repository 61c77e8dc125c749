"""A codec that makes symbols: sent over the channel at every SNR."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch

from linksim.experiments.studies.separation.bench import Bench
from linksim.experiments.studies.separation.results import Method
from linksim.link import connect
from linksim.link.bandwidth import fitted_codec
from linksim.link.cbr import parse_cbr
from linksim.source import AdaptiveCodec, AnalogueCodec


@dataclass
class SymbolsStudy:
    """A codec that makes symbols, as many as every method has.

    Args:
        bench: what the study is made of.
        codec: the codec.
        name: as the user wrote it.
    """

    bench: Bench
    codec: AnalogueCodec | AdaptiveCodec
    name: str

    def methods(self) -> list[Method]:
        """Return what it does.

        Raises:
            linksim.phy.Refused: if it sends another number of symbols.
        """
        bench, self._done = self.bench, count(1)
        found = np.stack(bench.desk.each(self._quality, range(len(bench.pictures))), axis=1)
        values = {metric: found[..., n] for n, metric in enumerate(bench.eye.metrics)}
        none = np.zeros(found.shape[:2], dtype=np.int64)
        unknown = np.full(len(bench.snr_db), np.nan)
        return [Method(self.name, "symbols", self.name, values, none, unknown)]

    def _quality(self, place: int) -> np.ndarray:
        """Return the eye's metrics of a picture at each SNR."""
        bench = self.bench
        part = f"sy{bench.configuration.codec.index(self.name):03d}-{place:05d}"
        stored = bench.parts.load(part)
        if stored is None:
            image = bench.pictures[place].image()
            seen = [bench.eye.quality(image, one) for one in self._images(place)]
            stored = {"quality": np.stack(seen)}
            bench.parts.save(part, stored)
        bench.tell(self.name, next(self._done), len(bench.pictures))
        return stored["quality"]

    def images(self, method: Method, place: int) -> list[torch.Tensor]:
        """Return a picture as it arrives at each SNR, ``[1, 3, H, W]``."""
        return list(self._images(place))

    @torch.no_grad()
    def _images(self, place: int) -> Iterator[torch.Tensor]:
        bench, picture = self.bench, self.bench.pictures[place]
        setup = bench.setup(bench.schemes[0])
        ratio = parse_cbr(bench.configuration.cbr)
        codec = fitted_codec(self.codec, setup, picture.size, ratio)
        link, message = connect(codec, setup), codec.encode(picture.image(), [""])
        for snr_db in bench.snr_db:
            yield link.deliver(message, snr_db, [place]).images.cpu().clamp(0, 1)
