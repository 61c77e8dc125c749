"""Channel codes by name: what each can do, and how a user asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import lru_cache
from numbers import Rational
from typing import Any

from linksim._given import lent
from linksim.phy.checks import whole_number
from linksim.phy.crc import CRC_LENGTHS
from linksim.phy.installed import installed_names, load_installed
from linksim.phy.options import known_name, parse_options
from linksim.phy.own_code import BlockCode, OwnCode
from linksim.phy.refused import Refused

GROUP = "linksim.codes"
"""Entry points by which other packages bring codes: a `BlockCode`, or what returns one."""


@dataclass(frozen=True)
class CodeFamily:
    """What a code can do.

    Attributes:
        line: a line about it.
        rates: lowest and highest code rate.
        information: fewest and most information bits (CRC among them) of a block.
        most_coded: most coded bits of a block, 0 for no limit.
        crc: default length of the CRC that ends each block's information bits.
        options: what reads the value of each option beside ``rate`` and ``crc``.
    """

    line: str
    rates: tuple[Fraction, Fraction]
    information: tuple[int, int]
    most_coded: int = 0
    crc: int = 0
    options: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)


def _one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        return known_name(text, names)

    return read


def _between(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


def _list_size(text: str) -> int:
    if int(text) not in (1, 2, 4, 8, 16, 32, 64):
        raise ValueError(text)
    return int(text)


def _rate(text: str) -> Fraction:
    # Not every text that Fraction reads: of 1e-99999999 it would make a number that fills memory.
    if len(text) > 20 or set(text) - set("-0123456789./"):
        raise ValueError(text)
    return Fraction(text)


LDPC_DECODERS = ("bp", "minsum")
POLAR_DECODERS = ("scl", "sc")
_ITERATIONS = _between(1, 200)

CODES: dict[str, CodeFamily] = {
    "ldpc": CodeFamily(
        "5G NR LDPC (TS 38.212); iterations=20, decoder=minsum|bp",
        rates=(Fraction(1, 5), Fraction(19, 20)),
        information=(12, 8448),
        crc=24,
        options={"iterations": _ITERATIONS, "decoder": _one_of(*LDPC_DECODERS)},
    ),
    "polar": CodeFamily(
        "5G polar (TS 38.212, uplink), whose list decoder selects by the block's CRC; "
        "decoder=scl|sc, list=8 (1, 2, 4 … 64)",
        rates=(Fraction(1, 8), Fraction(9, 10)),
        information=(18, 1024),
        most_coded=1088,
        crc=11,
        options={"decoder": _one_of(*POLAR_DECODERS), "list": _list_size},
    ),
    "turbo": CodeFamily(
        "LTE turbo with its rate matching (TS 36.212); iterations=6",
        rates=(Fraction(1, 6), Fraction(9, 10)),
        information=(40, 6144),
        crc=24,
        options={"iterations": _ITERATIONS},
    ),
    "conv": CodeFamily(
        "convolutional code with Viterbi decoding; constraint=7 (3 to 8)\n"
        "patterns of rates 12/13, 12/14 … 12/36, between them part of the next; repeats below",
        rates=(Fraction(1, 6), Fraction(9, 10)),
        information=(8, 6144),
        crc=16,
        options={"constraint": _between(3, 8)},
    ),
    "repetition": CodeFamily(
        "every bit several times",
        rates=(Fraction(1, 32), Fraction(1)),
        information=(1, 8448),
    ),
    "none": CodeFamily("uncoded", rates=(Fraction(1), Fraction(1)), information=(1, 1 << 62)),
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
        name: of a `CodeFamily` in `CODES`, or of a code of a user's own.
        rate: information bits (CRC among them) over coded bits.
        crc: length of each block's CRC in bits, 0 for none; None for the family's default. A polar
            list decoder selects by it: 11 bits are those of TS 38.212 6.3.1.2.1 for 20 message bits
            and more, 6 for 12 to 19 (there with three parity check bits, which are left out here);
            without a CRC it takes the likeliest path.
        iterations: of the LDPC and turbo decoders.
        decoder: of LDPC codes ``minsum`` or ``bp``, of polar codes ``scl`` or ``sc``; empty for
            the engine's best.
        list: paths of the polar list decoder.
        constraint: constraint length of the convolutional code.
        own: a code of a user's own, as `CodeSpec.of` takes it; its rate is the only one.

    Raises:
        TypeError: for a rate that is no fraction, or an option that is no number.
        Refused: for what the code cannot do, saying what it can.
    """

    name: str = "ldpc"
    rate: Fraction = Fraction(1, 2)
    crc: int | None = None
    iterations: int = 0
    decoder: str = ""
    list: int = 8
    constraint: int = 7
    own: OwnCode | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or (self.own is None and self.name not in CODES):
            raise Refused("code", f"unknown code; one of {', '.join(CODES)}", self.name)
        if not isinstance(self.rate, Rational):
            raise TypeError(f"{self.name}:rate={self.rate}: give a Fraction, like Fraction(1, 2)")
        object.__setattr__(self, "rate", Fraction(self.rate))
        family = self.family
        if self.name == "none":
            object.__setattr__(self, "rate", Fraction(1))
        if self.crc is None:
            object.__setattr__(self, "crc", family.crc)
        if not self.iterations:
            object.__setattr__(self, "iterations", 6 if self.name == "turbo" else 20)
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
        for option in ("crc", "iterations", "list", "constraint"):
            whole_number(getattr(self, option), f"{self.name}:{option}")
        for option, read in self.family.options.items():
            value = getattr(self, option)
            try:
                read(str(value)) if value != "" else None
            except ValueError:
                raise Refused("code", f"{value!r} is no value of {option}", self.name) from None

    @classmethod
    def parse(cls, text: str) -> CodeSpec:
        """Read ``NAME[:rate=R,crc=BITS,…]``, R as a fraction or a decimal.

        Raises:
            Refused: saying what is wrong and what is possible.

        >>> CodeSpec.parse("ldpc:rate=2/3").rate
        Fraction(2, 3)
        """
        common: dict[str, Callable[[str], Any]] = {"rate": _rate, "crc": int}
        names = code_names()
        readers: dict[str, dict[str, Callable[[str], Any]]] = {name: {"crc": int} for name in names}
        readers |= {name: {**common, **family.options} for name, family in CODES.items()}
        del readers["none"]["rate"]
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
        if self.own is None:
            return CODES[self.name]
        sizes = (self.own.k, self.own.k)
        return CodeFamily("a code of one's own", (self.own.rate, self.own.rate), sizes)

    @property
    def crc_bits(self) -> int:
        return self.crc or 0

    def __str__(self) -> str:
        """Return the form that `parse` reads: the rate, and what is not at its default."""
        default = CodeSpec(self.name, self.rate, own=self.own)
        has_rates = self.family.rates[0] < self.family.rates[1]
        given = [
            f"{part.name}={getattr(self, part.name)}"
            for part in fields(self)[1:]
            if (part.name == "rate" and has_rates)
            or getattr(self, part.name) != getattr(default, part.name)
        ]
        return ":".join([self.name, ",".join(given)]) if given else self.name
