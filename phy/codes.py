"""Channel codes by name, and how a user asks for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import lru_cache
from numbers import Rational
from typing import Any

from linksim._given import lent
from linksim.phy.checks import whole_number
from linksim.phy.crc import CRC_LENGTHS
from linksim.phy.families.convolutional import CONVOLUTIONAL
from linksim.phy.families.family import CodeFamily
from linksim.phy.families.ldpc import LDPC
from linksim.phy.families.nr import NR
from linksim.phy.families.own import own_family
from linksim.phy.families.polar import POLAR
from linksim.phy.families.repetition import REPETITION, UNCODED
from linksim.phy.families.turbo import TURBO
from linksim.phy.installed import installed_names, load_installed
from linksim.phy.mcs import MCS_TABLES
from linksim.phy.options import parse_options
from linksim.phy.own_code import BlockCode, OwnCode
from linksim.phy.refused import Refused

GROUP = "linksim.codes"
"""Entry points by which other packages bring codes: a `BlockCode`, or what returns one."""


def _rate(text: str) -> Fraction:
    # Not every text that Fraction reads: of 1e-99999999 it would make a number that fills memory.
    if len(text) > 20 or set(text) - set("-0123456789./"):
        raise ValueError(text)
    return Fraction(text)


def _readers(family: CodeFamily) -> dict[str, Callable[[str], Any]]:
    """Return what reads the options of a code of linksim's, in the order that they are offered."""
    rate: dict[str, Callable[[str], Any]] = {"rate": _rate} if family.has_rates else {}
    crc: dict[str, Callable[[str], Any]] = {} if family.fixed else {"crc": int}
    return {**rate, **crc, **family.options}


CODES: dict[str, CodeFamily] = {
    "ldpc": LDPC,
    "nr": NR,
    "polar": POLAR,
    "turbo": TURBO,
    "conv": CONVOLUTIONAL,
    "repetition": REPETITION,
    "none": UNCODED,
}
"""linksim's own channel codes by name."""


def code_names() -> tuple[str, ...]:
    """Return the names of linksim's codes, and of those that other packages bring."""
    return tuple(dict.fromkeys([*CODES, *installed_names(GROUP)]))


class InstalledCode(OwnCode):
    """A code that an entry point names; in another process it is that process's own."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _installed, (self.name,)


@lru_cache
def _installed(name: str) -> InstalledCode:
    part = load_installed(GROUP, name, lambda part: isinstance(part, BlockCode))
    return InstalledCode(part, name)


@dataclass(frozen=True)
class CodeSpec:
    """A channel code, its nominal rate and its options.

    Attributes:
        name: of a family in `CODES`, or of a code of a user's own.
        rate: information bits (CRC among them) over coded bits.
        crc: length of each block's CRC in bits, 0 for none; None for the family's default. A polar
            list decoder selects by it; without one it takes the likeliest path. Its default is
            TS 38.212's: on the uplink 11 bits, or 6 for messages of up to 19 (6.3.1.2.1), on the
            downlink 24 (gCRC24C), where there is no other.
        mcs: I_MCS, a modulation and coding scheme of 5G's data channel, which decides the rate and
            the modulation of its transport blocks; None for other codes.
        table: of MCS, one of `linksim.phy.mcs.MCS_TABLES`.
        iterations: of the LDPC and turbo decoders.
        decoder: of LDPC codes ``minsum`` or ``bp``, of polar codes ``scl`` or ``sc``, of turbo
            codes ``logmap`` or ``maxlog``; empty for the engine's best.
        list: paths of the polar list decoder.
        direction: of polar codes, ``uplink`` (TS 38.212 6.3.1) or ``downlink`` (7.3), which differ
            in CRC, interleavers and the largest mother code.
        constraint: constraint length of the convolutional code.
        rv: redundancy version of LDPC and turbo codes, 0 to 3: where in the circular buffer sending
            begins.
        buffer: bits of a block that the receiver of an LDPC code keeps, N_ref of TS 38.212 5.4.2.1;
            0 for all.
        own: a code of a user's own, as `CodeSpec.of` takes it; its rate is the only one.

    Raises:
        TypeError: for a rate that is no fraction, or an option that is no number.
        Refused: for what the code cannot do, saying what it can.
    """

    name: str = "ldpc"
    rate: Fraction = Fraction(1, 2)
    crc: int | None = None
    mcs: int | None = None
    table: str = MCS_TABLES[0]
    iterations: int = 0
    decoder: str = ""
    list: int = 8
    direction: str = "uplink"
    constraint: int = 7
    rv: int = 0
    buffer: int = 0
    own: OwnCode | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or (self.own is None and self.name not in CODES):
            raise Refused("code", f"unknown code; one of {', '.join(CODES)}", self.name)
        if not isinstance(self.rate, Rational):
            raise TypeError(f"{self.name}:rate={self.rate}: give a Fraction, like Fraction(1, 2)")
        family = self.family
        object.__setattr__(self, "rate", family.nominal_rate(self))
        if self.crc is None:
            object.__setattr__(self, "crc", family.default_crc(self))
        if not self.iterations:
            object.__setattr__(self, "iterations", family.iterations)
        low, high = family.rates
        if not low <= self.rate <= high:
            problem = f"{self.name} has rates {low} to {high}"
            raise Refused("code", problem, f"{self.name}:rate={self.rate}")
        if self.crc not in CRC_LENGTHS:
            lengths = ", ".join(map(str, CRC_LENGTHS))
            raise Refused("code", f"a CRC has {lengths} bits", f"{self.name}:crc={self.crc}")
        if self.own is not None and self.crc_bits >= self.own.k:
            problem = f"leaves nothing of blocks of {self.own.k} information bits"
            raise Refused("code", problem, f"{self.name}:crc={self.crc}")
        self._check_options()

    def _check_options(self) -> None:
        """Hold what Python gives to what `parse` takes."""
        for option in ("crc", "iterations", "list", "constraint", "rv", "buffer"):
            whole_number(getattr(self, option), f"{self.name}:{option}")
        for option, read in self.family.options.items():
            value = getattr(self, option)
            try:
                read(str(value)) if value not in ("", None) else None
            except ValueError:
                raise Refused("code", f"{value!r} is no value of {option}", self.name) from None
        self.family.check_options(self)

    @classmethod
    def parse(cls, text: str) -> CodeSpec:
        """Read ``NAME[:rate=R,crc=BITS,…]``, R as a fraction or a decimal.

        Raises:
            Refused: saying what is wrong and what is possible.

        >>> CodeSpec.parse("ldpc:rate=2/3").rate
        Fraction(2, 3)
        """
        names = code_names()
        readers: dict[str, dict[str, Callable[[str], Any]]] = {name: {"crc": int} for name in names}
        readers |= {name: _readers(family) for name, family in CODES.items()}
        name, options = parse_options(text, readers, names, "code")
        if name in CODES:
            return cls(name, **options)
        own: OwnCode = lent(GROUP).get(name) or _installed(name)
        return cls(name, own.rate, own=own, **options)

    @classmethod
    def of(cls, code: BlockCode, name: str = "", crc: int = 0) -> CodeSpec:
        """Return a code of one's own, which runs over linksim's mapper, channel and demapper.

        A block on the channel is one of the code's: what does not fill the last symbol is filled
        with the codeword's first bits again, whose LLRs are added up.

        Args:
            code: has ``k``, ``n``, ``encode`` and ``decode``, see `BlockCode`. It must be a
                function of its arguments alone, row by row.
            name: what it is called; by default as its class, in small letters.
            crc: length of each block's CRC in bits, among its k information bits.

        Raises:
            TypeError: if it lacks something, or answers with anything but bits or LLRs.
            ValueError: for sizes that no code has.
            Refused: for answers of another shape, or a code that does not return what it was given
                even without noise.
            RuntimeError: if it fails; its own exception is the cause.
        """
        own = OwnCode(code, name or type(code).__name__.lower())
        return cls(own.name, own.rate, crc, own=own)

    @property
    def family(self) -> CodeFamily:
        """What the code can do."""
        return CODES[self.name] if self.own is None else own_family(self.own)

    @property
    def crc_bits(self) -> int:
        return self.crc or 0

    @property
    def modulation(self) -> str:
        """Name of the modulation that the code brings with it; empty where one is to be chosen."""
        return self.family.modulation(self)

    def __str__(self) -> str:
        """Return the form that `parse` reads: the rate, and what is not at its default."""
        family = self.family
        defaults = {part.name: part.default for part in fields(self)[1:]}
        defaults |= {"crc": family.default_crc(self), "iterations": family.iterations}
        defaults["own"] = self.own
        # A rate that can be chosen is always told.
        defaults["rate"] = None if family.has_rates else self.rate
        given = [
            f"{name}={getattr(self, name)}"
            for name, default in defaults.items()
            if getattr(self, name) != default
        ]
        return ":".join([self.name, ",".join(given)]) if given else self.name
