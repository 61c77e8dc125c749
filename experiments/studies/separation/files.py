"""A codec of files: every scheme over the link, the best of them, and what ideal codes do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import count

import numpy as np
import torch

from linksim.experiments.studies.separation.bench import Bench
from linksim.experiments.studies.separation.capacity import (
    channel_capacity,
    constellation_capacity,
)
from linksim.experiments.studies.separation.error_curves import failing
from linksim.experiments.studies.separation.pictures import (
    clean_quality,
    shown_by,
)
from linksim.experiments.studies.separation.results import Method
from linksim.experiments.studies.separation.schemes import Scheme
from linksim.link import Connection, connect
from linksim.phy import PhySetup
from linksim.phy.channel import IMAGE
from linksim.phy.segmentation import segment
from linksim.source import BudgetCodec, Codec
from linksim.source.sizes import Size
from linksim.source.stills.codec import GREY

_SAID = {
    "threshold": "table without steps",
    "constellation": "capacity of the constellation",
    "capacity": "capacity of the channel",
}


@dataclass
class FileStudy:
    """A codec of files over a table of schemes.

    Args:
        bench: what the study is made of.
        codec: the codec.
        name: as the user wrote it.
    """

    bench: Bench
    codec: BudgetCodec
    name: str
    _links: dict[tuple[Scheme, Size], Connection] = field(default_factory=dict)

    def methods(self) -> list[Method]:
        """Return every method of this codec, from the schemes to the channel's capacity."""
        self._choose_budgets()
        self._done = count(1)
        self._clean = self.bench.desk.each(self._clean_of, range(len(self.bench.pictures)))
        schemes = [self._scheme(number) for number in range(len(self.bench.schemes))]
        coherence = self.bench.setup(self.bench.schemes[0]).spec.channel.coherence
        informed = [self._informed(schemes)] if coherence == IMAGE else []
        return [*schemes, self._envelope(schemes), *informed, *self._ideal()]

    def _choose_budgets(self) -> None:
        """Say for each number of symbols how many bits every method's messages have."""
        bench = self.bench
        channel = bench.setup(bench.schemes[0]).spec.channel.name
        modulations = [scheme.modulation for scheme in bench.schemes]
        self.efficiencies = {
            "threshold": [self._between_schemes(snr_db) for snr_db in bench.snr_db],
            "constellation": [
                constellation_capacity(channel, modulations, snr_db) for snr_db in bench.snr_db
            ],
            "capacity": [channel_capacity(channel, snr_db) for snr_db in bench.snr_db],
        }
        self._kinds = [*self.efficiencies]
        self._budgets = {
            symbols: [
                *(bench.bits(scheme, symbols) for scheme in bench.schemes),
                *(
                    max(8, math.floor(symbols * efficiency) // 8 * 8)
                    for kind in self._kinds
                    for efficiency in self.efficiencies[kind]
                ),
            ]
            for _, symbols in bench.sizes
        }

    def _between_schemes(self, snr_db: float) -> float:
        """Return the message bits per symbol of a table without steps.

        Each scheme counts from the SNR at which no message of its curve failed; between two that
        are best there, bits per symbol are interpolated.
        """
        _, symbols = self.bench.sizes[0]
        known = sorted(
            (self.bench.curve(scheme, symbols).threshold_db(), self.bench.bits(scheme, symbols))
            for scheme in self.bench.schemes
        )
        best: list[tuple[float, float]] = []
        for threshold, bits in known:
            if math.isfinite(threshold) and (not best or bits > best[-1][1]):
                best.append((threshold, bits))
        if not best or snr_db < best[0][0]:
            return 0.0
        thresholds, carried = zip(*best, strict=True)
        return float(np.interp(snr_db, thresholds, carried)) / symbols

    def _clean_of(self, number: int) -> dict[str, np.ndarray]:
        """Return what each budget shows of a picture, and grey in the last place."""
        picture, part = self.bench.pictures[number], f"cl{self._codec}-{number:05d}"
        stored = self.bench.parts.load(part)
        if stored is None:
            image = picture.image()
            eye = self.bench.eye
            stored = clean_quality(self.codec, image, self._budgets[picture.symbols], eye)
            grey = eye.of_grey(image)
            for place, name in enumerate(eye.metrics):
                stored[name] = np.append(stored[name], grey[place])
            self.bench.parts.save(part, stored)
        self.bench.tell(f"{self.name}: files", next(self._done), len(self.bench.pictures))
        return stored

    @property
    def _codec(self) -> str:
        return f"{self.bench.configuration.codec.index(self.name):03d}"

    def _scheme(self, number: int) -> Method:
        """Send all pictures by a scheme at every SNR."""
        bench, scheme = self.bench, self.bench.schemes[number]
        rows = []
        for place, snr_db in enumerate(bench.snr_db):
            part = f"se{self._codec}-{number:04d}-{place:06d}"
            stored = bench.parts.load(part)
            if stored is None:
                stored = self._sent(scheme, number, snr_db)
                bench.parts.save(part, stored)
            rows.append(stored)
            done = number * len(bench.snr_db) + place + 1
            bench.tell(f"{self.name}: link", done, len(bench.schemes) * len(bench.snr_db))
        found = {name: np.stack([row[name] for row in rows]) for name in bench.eye.metrics}
        bits = np.array([bench.bits(scheme, one.symbols) for one in bench.pictures])
        points = len(bench.snr_db)
        efficiency = np.full(points, scheme.efficiency)
        label = f"{self.name}, {scheme}"
        return Method(label, "scheme", self.name, found, np.tile(bits, (points, 1)), efficiency)

    def _sent(self, scheme: Scheme, number: int, snr_db: float) -> dict[str, np.ndarray]:
        """Send all pictures at an SNR."""

        def sent(place: int) -> np.ndarray:
            return self._arrived(scheme, number, snr_db, place)

        found = np.stack(self.bench.desk.each(sent, range(len(self.bench.pictures))))
        return {name: found[:, n] for n, name in enumerate(self.bench.eye.metrics)}

    def _arrived(self, scheme: Scheme, number: int, snr_db: float, place: int) -> np.ndarray:
        """Send a picture; what arrives without an error is known already."""
        clean, grey = (
            np.array([self._clean[place][name][at] for name in self.bench.eye.metrics])
            for at in (number, -1)
        )
        shown = self._damaged(scheme, snr_db, place)
        if shown is None:
            return clean
        picture = self.bench.pictures[place].image()
        return grey if (shown == GREY).all() else self.bench.eye.quality(picture, shown)

    def _damaged(self, scheme: Scheme, snr_db: float, place: int) -> torch.Tensor | None:
        """Return a picture as it arrives by a scheme; None if it arrives without an error."""
        picture = self.bench.pictures[place]
        codec = self.codec.within(*picture.size, self.bench.bits(scheme, picture.symbols))
        link = self._link(scheme, picture.size, codec)
        arrival = link.send(codec.encode(picture.image(), [""]), snr_db, [place])
        return link.decode(arrival.received).cpu() if arrival.bit_errors[0] else None

    def images(self, method: Method, place: int) -> list[torch.Tensor]:
        """Return a picture as one of the methods shows it at each SNR, ``[1, 3, H, W]``."""
        schemes = {str(scheme): scheme for scheme in self.bench.schemes}
        fixed = method.label.removeprefix(f"{self.name}, ")
        found = []
        for point, snr_db in enumerate(self.bench.snr_db):
            scheme = schemes.get(method.chosen[point] if method.chosen else fixed)
            shown = self._damaged(scheme, snr_db, place) if scheme else None
            found.append(self._whole(place, method, point) if shown is None else shown)
        return found

    def _whole(self, place: int, method: Method, point: int) -> torch.Tensor:
        """Return a picture as a method's file shows it."""
        picture, bits = self.bench.pictures[place], int(method.bits[point, place])
        message = self.codec.within(*picture.size, bits).encode(picture.image(), [""])
        return shown_by(self.codec, message.values, picture.size, bits)

    def _link(self, scheme: Scheme, size: Size, codec: Codec) -> Connection:
        if (scheme, size) not in self._links:
            setup = replace(self.bench.setup(scheme), threads=1)  # pictures go side by side
            self._links[scheme, size] = connect(codec, setup)
        return self._links[scheme, size]

    def _envelope(self, schemes: Sequence[Method]) -> Method:
        """Choose at each SNR the scheme whose pictures are expected to be best.

        The expectation is over error rates that were measured on other noise: PSNR of whole files
        and of grey, weighted by how often messages arrive and fail. What is shown for it is what
        happened to the pictures by that scheme.
        """
        bench = self.bench
        chosen = [self._best_at(snr_db) for snr_db in bench.snr_db]
        found = {
            name: np.stack([schemes[best].quality[name][p] for p, best in enumerate(chosen)])
            for name in bench.eye.metrics
        }
        bits = np.stack([schemes[best].bits[0] for best in chosen])
        efficiency = np.array([bench.schemes[best].efficiency for best in chosen])
        labels = [str(bench.schemes[best]) for best in chosen]
        label = f"{self.name}, envelope"
        return Method(label, "envelope", self.name, found, bits, efficiency, labels)

    def _informed(self, schemes: Sequence[Method]) -> Method:
        """Choose as in `_envelope`, but for each picture by the gain that it will meet.

        Of fading that stays the same for a picture, by the error rates of AWGN at the SNR that the
        gain makes of the mean.
        """
        bench = self.bench
        places = range(len(bench.pictures))
        chosen = np.array(
            [[self._best_for(p, snr_db + bench.gain_db(p, snr_db)) for p in places]
             for snr_db in bench.snr_db]
        )  # fmt: skip

        def taken(values: Sequence[np.ndarray]) -> np.ndarray:
            return np.asarray(np.take_along_axis(np.stack(values), chosen[None], axis=0)[0])

        found = {
            name: taken([scheme.quality[name] for scheme in schemes]) for name in bench.eye.metrics
        }
        bits = taken([scheme.bits for scheme in schemes])
        efficiency = np.array([one.efficiency for one in bench.schemes])[chosen].mean(axis=1)
        return Method(f"{self.name}, informed", "informed", self.name, found, bits, efficiency)

    def _best_for(self, place: int, snr_db: float) -> int:
        """Return the scheme whose picture is expected to be best at an SNR, without fading."""
        bench, symbols = self.bench, self.bench.pictures[place].symbols
        fails = [float(bench.curve(s, symbols).message_rate(snr_db)) for s in bench.schemes]
        return int(np.argmax(self._expected(place, np.array(fails))))

    def _best_at(self, snr_db: float) -> int:
        """Return the scheme whose pictures are expected to be best at a mean SNR."""
        bench = self.bench
        fails = {symbols: self._failing(symbols, snr_db) for _, symbols in bench.sizes}
        places = enumerate(bench.pictures)
        return int(np.argmax(sum(self._expected(p, fails[one.symbols]) for p, one in places)))

    def _failing(self, symbols: int, snr_db: float) -> np.ndarray:
        """Return how often messages of each scheme fail."""
        found = []
        for scheme in self.bench.schemes:
            setup, curve = self.bench.setup(scheme), self.bench.curve(scheme, symbols)
            blocks = _blocks(setup, self.bench.bits(scheme, symbols))
            found.append(failing(curve, setup.spec.channel, blocks, snr_db))
        return np.array(found)

    def _expected(self, place: int, fails: np.ndarray) -> np.ndarray:
        """Return a picture's PSNR by each scheme: of whole files and of grey, weighted."""
        clean = self._clean[place]["psnr"]
        return np.asarray((1 - fails) * clean[: len(fails)] + fails * clean[-1])

    def _ideal(self) -> list[Method]:
        """Return what ideal codes, and a table without steps, do."""
        bench, methods = self.bench, []
        points, first = len(bench.snr_db), len(bench.schemes)
        for place, kind in enumerate(self._kinds):
            at = slice(first + place * points, first + (place + 1) * points)
            found = {
                name: np.stack([c[name][at] for c in self._clean], axis=1)
                for name in bench.eye.metrics
            }
            bits = np.stack([self._budgets[one.symbols][at] for one in bench.pictures], axis=1)
            label, efficiency = f"{self.name}, {_SAID[kind]}", np.array(self.efficiencies[kind])
            methods.append(Method(label, kind, self.name, found, bits, efficiency))
        return methods


@lru_cache(maxsize=4096)
def _blocks(setup: PhySetup, bits: int) -> int:
    spec = setup.spec
    return segment(spec.code, bits, spec.modulation.bits_per_symbol).blocks
