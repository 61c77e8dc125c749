"""The study: every scheme over the link, the best of them at each SNR, and what ideal codes do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import count

import numpy as np
import torch

from linksim.experiments.configuration import Configuration, parse_snr
from linksim.experiments.cores import Desk
from linksim.experiments.physical import phy_spec
from linksim.experiments.results.parts import Parts
from linksim.experiments.studies.separation.capacity import (
    channel_capacity,
    constellation_capacity,
)
from linksim.experiments.studies.separation.error_curves import (
    ErrorCurve,
    failing,
    measured_curve,
)
from linksim.experiments.studies.separation.pictures import (
    METRICS,
    Picture,
    clean_quality,
    grey_quality,
    quality,
)
from linksim.experiments.studies.separation.results import Method
from linksim.experiments.studies.separation.schemes import Scheme
from linksim.link import Connection, connect
from linksim.link.bandwidth import bits_within, fitted_codec
from linksim.link.cbr import parse_cbr
from linksim.phy import PhySetup
from linksim.phy.segmentation import segment
from linksim.source import AnalogueCodec, BudgetCodec, Codec
from linksim.source.sizes import Size
from linksim.source.stills.codec import GREY

Tell = Callable[[str, int, int], None]
"""Called after each piece of work: what it was, how many are done, and of how many."""


@dataclass(frozen=True)
class SeparationConfiguration(Configuration):
    """The options of ``linksim study separation`` that decide figures, with their defaults."""

    COMMAND = "study separation"

    data: str
    codec: tuple[str, ...] = ("hevc",)
    cbr: str = "1/16"
    snr: str = "0:20:2"
    table: str = "jscc"
    channel: str = "awgn"
    coherence: str = "1"
    size: str = "original"
    images: int = 100
    preset: str = "embedded"
    seed: int = 0


@dataclass(frozen=True)
class Bench:
    """What a study is made of, and where it keeps what it measured.

    Attributes:
        configuration: its options.
        pictures: that are sent.
        schemes: of which the envelope takes the best.
        parts: what was measured.
        tell: told of progress.
        threads: pictures that are worked on at a time, and threads of what measures error rates; 0
            for all cores.
    """

    configuration: SeparationConfiguration
    pictures: Sequence[Picture]
    schemes: Sequence[Scheme]
    parts: Parts
    tell: Tell
    threads: int = 0
    _curves: dict[tuple[Scheme, int], ErrorCurve] = field(default_factory=dict)

    @cached_property
    def desk(self) -> Desk:
        """Where pictures are worked on side by side."""
        return Desk(self.threads)

    @cached_property
    def snr_db(self) -> list[float]:
        """Es/N0 of each point."""
        return parse_snr(self.configuration.snr)

    @cached_property
    def sizes(self) -> list[tuple[Size, int]]:
        """The sizes of pictures that there are, one for each number of symbols, with the latter."""
        return list({one.symbols: (one.size, one.symbols) for one in self.pictures}.values())

    def setup(self, scheme: Scheme) -> PhySetup:
        """Return the physical layer of a scheme."""
        said = self.configuration
        spec = phy_spec(
            code=scheme.code,
            modulation=scheme.modulation,
            demapper="app",
            channel=said.channel,
            coherence=said.coherence,
            csi="perfect",
            protect="",
        )
        return PhySetup(spec, said.seed, "auto", self.threads)

    def bits(self, scheme: Scheme, symbols: int) -> int:
        """Return the bits of a message that a scheme carries, in whole bytes."""
        return _bits(self.setup(scheme), symbols)

    def curve(self, scheme: Scheme, symbols: int) -> ErrorCurve:
        """Return a scheme's error rates, measured if they are not there yet."""
        if (scheme, symbols) not in self._curves:
            self._curves[scheme, symbols] = self._measured(scheme, symbols)
            done = len(self._curves)
            self.tell("error rates", done, len(self.schemes) * len(self.sizes))
        return self._curves[scheme, symbols]

    def _measured(self, scheme: Scheme, symbols: int) -> ErrorCurve:
        name = f"curve-{self.schemes.index(scheme):04d}-{symbols:06d}"
        stored = self.parts.load(name)
        if stored is None:
            measured = measured_curve(self.setup(scheme), self.bits(scheme, symbols))
            stored = {name: np.asarray(value) for name, value in vars(measured).items()}
            self.parts.save(name, stored)
        blocks, messages = int(stored.pop("blocks")), int(stored.pop("messages"))
        return ErrorCurve(**stored, blocks=blocks, messages=messages)


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
        return [*schemes, self._envelope(schemes), *self._ideal()]

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
            stored = clean_quality(self.codec, image, self._budgets[picture.symbols])
            grey = grey_quality(image)
            for place, name in enumerate(METRICS):
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
        found = {name: np.stack([row[name] for row in rows]) for name in METRICS}
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
        return {name: found[:, n] for n, name in enumerate(METRICS)}

    def _arrived(self, scheme: Scheme, number: int, snr_db: float, place: int) -> np.ndarray:
        """Send a picture; what arrives without an error is known already."""
        picture = self.bench.pictures[place]
        clean, grey = (
            np.array([self._clean[place][name][at] for name in METRICS]) for at in (number, -1)
        )
        codec = self.codec.within(*picture.size, self.bench.bits(scheme, picture.symbols))
        link, image = self._link(scheme, picture.size, codec), picture.image()
        arrival = link.send(codec.encode(image, [""]), snr_db, [place])
        if not arrival.bit_errors[0]:
            return clean
        shown = link.decode(arrival.received).cpu()
        return grey if (shown == GREY).all() else quality(image, shown)

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
            for name in METRICS
        }
        bits = np.stack([schemes[best].bits[0] for best in chosen])
        efficiency = np.array([bench.schemes[best].efficiency for best in chosen])
        labels = [str(bench.schemes[best]) for best in chosen]
        label = f"{self.name}, envelope"
        return Method(label, "envelope", self.name, found, bits, efficiency, labels)

    def _best_at(self, snr_db: float) -> int:
        bench = self.bench
        expected = []
        for number, scheme in enumerate(bench.schemes):
            setup = bench.setup(scheme)
            total = 0.0
            for clean, picture in zip(self._clean, bench.pictures, strict=True):
                bits = bench.bits(scheme, picture.symbols)
                blocks = _blocks(setup, bits)
                curve = bench.curve(scheme, picture.symbols)
                fails = failing(curve, setup.spec.channel, blocks, snr_db)
                total += (1 - fails) * clean["psnr"][number] + fails * clean["psnr"][-1]
            expected.append(total)
        return int(np.argmax(expected))

    def _ideal(self) -> list[Method]:
        """Return what ideal codes, and a table without steps, do."""
        bench, methods = self.bench, []
        points, first = len(bench.snr_db), len(bench.schemes)
        for place, kind in enumerate(self._kinds):
            at = slice(first + place * points, first + (place + 1) * points)
            found = {name: np.stack([c[name][at] for c in self._clean], axis=1) for name in METRICS}
            bits = np.stack([self._budgets[one.symbols][at] for one in bench.pictures], axis=1)
            label, efficiency = f"{self.name}, {_SAID[kind]}", np.array(self.efficiencies[kind])
            methods.append(Method(label, kind, self.name, found, bits, efficiency))
        return methods


_SAID = {
    "threshold": "table without steps",
    "constellation": "capacity of the constellation",
    "capacity": "capacity of the channel",
}


@lru_cache(maxsize=4096)
def _bits(setup: PhySetup, symbols: int) -> int:
    return bits_within(setup, symbols) // 8 * 8


@lru_cache(maxsize=4096)
def _blocks(setup: PhySetup, bits: int) -> int:
    spec = setup.spec
    return segment(spec.code, bits, spec.modulation.bits_per_symbol).blocks


def symbols_method(bench: Bench, codec: AnalogueCodec, name: str) -> Method:
    """Return what a codec that makes symbols does, at the same symbols.

    Raises:
        linksim.phy.Refused: if it sends another number of them.
    """
    setup, ratio = bench.setup(bench.schemes[0]), parse_cbr(bench.configuration.cbr)
    pictures, points = bench.pictures, bench.snr_db
    done = count(1)

    def shown(place: int) -> np.ndarray:
        picture, part = (
            pictures[place],
            f"sy{bench.configuration.codec.index(name):03d}-{place:05d}",
        )
        stored = bench.parts.load(part)
        if stored is None:
            fitted = fitted_codec(codec, setup, picture.size, ratio)
            link, image = connect(fitted, setup), picture.image()
            with torch.no_grad():
                message = fitted.encode(image, [""])
                rows = [
                    quality(image, link.deliver(message, x, [place]).images.cpu().clamp(0, 1))
                    for x in points
                ]
            stored = {"quality": np.stack(rows)}
            bench.parts.save(part, stored)
        bench.tell(name, next(done), len(pictures))
        return stored["quality"]

    found = np.stack(bench.desk.each(shown, range(len(pictures))), axis=1)
    values = {metric: found[..., n] for n, metric in enumerate(METRICS)}
    none = np.zeros((len(points), len(pictures)), dtype=np.int64)
    return Method(name, "symbols", name, values, none, np.full(len(points), np.nan))
