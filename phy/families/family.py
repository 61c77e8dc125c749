"""What every family of channel codes answers to: no other file asks for a code's name.

Native kernels and Sionna's blocks are named here, as entry points name things, and loaded when a
chain is built: a family costs nothing to know of.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from typing import Any, NamedTuple, Protocol

from linksim.phy.options import known_name
from linksim.phy.refused import Refused


class CodeOptions(Protocol):
    """What a family reads of a `linksim.phy.CodeSpec`, which documents it."""

    @property
    def name(self) -> str: ...
    @property
    def rate(self) -> Fraction: ...
    @property
    def iterations(self) -> int: ...
    @property
    def decoder(self) -> str: ...
    @property
    def list(self) -> int: ...
    @property
    def constraint(self) -> int: ...
    @property
    def rv(self) -> int: ...
    @property
    def buffer(self) -> int: ...
    @property
    def direction(self) -> str: ...
    @property
    def crc(self) -> int | None: ...
    @property
    def mcs(self) -> int | None: ...
    @property
    def table(self) -> str: ...
    @property
    def crc_bits(self) -> int: ...


class BlockSizes(NamedTuple):
    """Bits of a block: information (CRC among them), coded, and of the CRC."""

    information: int
    coded: int
    crc: int


class Cut(NamedTuple):
    """How a message becomes code blocks; see `linksim.phy.segmentation.Segmentation`."""

    blocks: int
    payload_bits: int
    crc_bits: int
    coded_bits: int
    message_crc_bits: int = 0
    crc_name: str = ""
    filler_first: bool = False


@dataclass(frozen=True)
class CodeFamily:
    """A channel code: its limits and options, and where its encoder and decoder are.

    Attributes:
        line: a line about it.
        rates: lowest and highest code rate.
        information: fewest and most information bits (CRC among them) of a block.
        native: module in `linksim.phy.native` whose function ``coder(code, sizes)`` returns one of
            the types in `linksim.phy.native.chain.CODERS`; empty for a code of a user's own.
        sionna: module in `linksim.phy.sionna` whose function ``coder(code, sizes, where)`` returns
            a `linksim.phy.sionna.coder.SionnaCoder`; empty where repeating bits is all there is.
        most_coded: most coded bits of a block, 0 for no limit.
        crc: default length of the CRC that ends each block's information bits.
        iterations: of the decoder by default.
        options: what reads the value of each option beside ``rate`` and ``crc``.
        fixed: whether rate and CRC follow from the options, and can't be chosen.
    """

    line: str
    rates: tuple[Fraction, Fraction]
    information: tuple[int, int]
    native: str = ""
    sionna: str = ""
    most_coded: int = 0
    crc: int = 0
    iterations: int = 20
    options: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    fixed: bool = False

    @property
    def has_rates(self) -> bool:
        """Whether there is a rate to choose."""
        return not self.fixed and self.rates[0] < self.rates[1]

    @property
    def uncoded(self) -> bool:
        """Whether bits are sent as they are."""
        return False

    def nominal_rate(self, code: CodeOptions) -> Fraction:
        """Return the rate that a code has, from the one that was given and its options.

        Raises:
            Refused: if the options make none.
        """
        return Fraction(code.rate)

    def default_crc(self, code: CodeOptions) -> int:
        """Return the length of the CRC of a code's blocks, where none is given."""
        return self.crc

    def check_options(self, code: CodeOptions) -> None:
        """Make sure that options go together.

        Raises:
            Refused: if they don't.
        """

    def modulation(self, code: CodeOptions) -> str:
        """Return the name of the modulation that a code brings with it; empty for most."""
        return ""

    def cut(self, code: CodeOptions, message_bits: int, bits_per_symbol: int) -> Cut:
        """Return how a message is cut into code blocks; see `linksim.phy.segment`.

        Raises:
            Refused: if the code cannot carry such messages, saying what it can.
        """
        fewest, most = self.information_range(code, bits_per_symbol)
        blocks = math.ceil(message_bits / (most - code.crc_bits))
        # A short message is filled up with zeros to the smallest block; an uncoded one to a symbol.
        information = max(math.ceil(message_bits / blocks) + code.crc_bits, fewest)
        information, coded = self.lengths(code, information, bits_per_symbol)
        return Cut(blocks, information - code.crc_bits, code.crc_bits, coded)

    def information_range(self, code: CodeOptions, bits_per_symbol: int) -> tuple[int, int]:
        """Return the fewest and most information bits of a block at this code's rate."""
        fewest, most = self.information
        if self.most_coded:
            whole_symbols = self.most_coded // bits_per_symbol * bits_per_symbol
            most = min(most, int(whole_symbols * code.rate))
        return fewest, most

    def lengths(self, code: CodeOptions, information: int, bits_per_symbol: int) -> tuple[int, int]:
        """Return information bits and coded bits of a block that is to hold so many.

        Coded bits fill whole symbols. They are rounded down, which keeps the lowest rates within
        what the codes offer.
        """
        whole_symbols = bits_per_symbol * math.ceil(information / bits_per_symbol)
        at_rate = bits_per_symbol * int(information / code.rate / bits_per_symbol)
        return information, max(at_rate, whole_symbols)

    def ring(self, code: CodeOptions, sizes: BlockSizes, rv: int) -> tuple[int, int]:
        """Return where in a block's circular buffer a redundancy version begins, and its bits.

        Raises:
            Refused: if there are none.
        """
        problem = f"{code.name} has no redundancy versions to send; combine by chase"
        raise Refused("harq", problem, "ir")

    def lacks(self, engine: str, code: CodeOptions, information: int) -> str:
        """Return why an engine can't run a code, and what can; empty where it can.

        Args:
            engine: ``native``, ``gpu``, ``hybrid`` or ``sionna``.
            code: of this family.
            information: bits of a block that enter the encoder.
        """
        if engine == "gpu":
            return f"has no kernels for {code.name} yet; use native"
        return f"decodes ldpc alone, not {code.name}; use sionna" if engine == "hybrid" else ""

    def check(self, code: CodeOptions, sizes: BlockSizes) -> None:
        """Make sure that blocks of these sizes can be decoded at all.

        Raises:
            Refused: if they can't.
        """

    def check_native(self, code: CodeOptions, sizes: BlockSizes) -> None:
        """Make sure that the native engine has blocks of these sizes.

        Raises:
            Refused: if it has not.
        """

    def native_coder(self, code: CodeOptions, sizes: BlockSizes) -> Any:
        """Return plans and one thread's memory, a type in `linksim.phy.native.chain.CODERS`."""
        return native_part(self.native).coder(code, sizes)

    def sionna_coder(self, code: CodeOptions, sizes: BlockSizes, where: dict[str, str]) -> Any:
        """Return Sionna's encoder and decoder, a `linksim.phy.sionna.coder.SionnaCoder`, or None.

        Args:
            code: of this family.
            sizes: of a block.
            where: the device, as Sionna 2 takes it; nothing for Sionna 1.

        Raises:
            Refused: if Sionna has no such code.
        """
        if not self.sionna:
            return None
        return import_module(f"linksim.phy.sionna.{self.sionna}").coder(code, sizes, where)


def native_part(name: str) -> Any:
    """Return a module of `linksim.phy.native`."""
    return import_module(f"linksim.phy.native.{name}")


def one_of(*names: str) -> Callable[[str], str]:
    """Return what reads an option that has one of these values."""

    def read(text: str) -> str:
        return known_name(text, names)

    return read


def between(low: int, high: int) -> Callable[[str], int]:
    """Return what reads an option that has whole numbers from ``low`` to ``high``."""

    def read(text: str) -> int:
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return read


ITERATIONS = between(1, 200)
"""Reads how often a decoder goes round at most."""
