"""What a study is made of: its options, pictures, schemes, and the error rates of these."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from linksim.experiments.configuration import Configuration, parse_snr
from linksim.experiments.cores import Desk
from linksim.experiments.physical import phy_spec
from linksim.experiments.results.parts import Parts
from linksim.experiments.studies.separation.error_curves import ErrorCurve, measured_curve
from linksim.experiments.studies.separation.pictures import Eye, Picture
from linksim.experiments.studies.separation.schemes import Scheme
from linksim.link.bandwidth import bits_within
from linksim.phy import PhySetup
from linksim.phy.channel import ChannelUse
from linksim.source.sizes import Size

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
    metrics: str = ""
    models: str | None = None
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
        eye: measures pictures as they are shown.
    """

    configuration: SeparationConfiguration
    pictures: Sequence[Picture]
    schemes: Sequence[Scheme]
    parts: Parts
    tell: Tell
    threads: int = 0
    eye: Eye = field(default_factory=Eye)
    _curves: dict[tuple[Scheme, int], ErrorCurve] = field(default_factory=dict)
    _setups: dict[Scheme, PhySetup] = field(default_factory=dict)

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
        if scheme not in self._setups:
            self._setups[scheme] = self._setup(scheme)
        return self._setups[scheme]

    def _setup(self, scheme: Scheme) -> PhySetup:
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

    def gain_db(self, place: int, snr_db: float) -> float:
        """Return the gain that a picture meets over fading that stays the same for it, in dB."""
        spec = self.setup(self.schemes[0]).spec
        use = ChannelUse(spec.channel, self.configuration.seed, snr_db, [place], 1, 1)
        true, _, _ = use.gains()
        return float(20 * np.log10(abs(true[0, 0])))

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
        return ErrorCurve(**stored)


@lru_cache(maxsize=4096)
def _bits(setup: PhySetup, symbols: int) -> int:
    return bits_within(setup, symbols) // 8 * 8
