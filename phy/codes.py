"""Channel codes by name, and how a message is cut into their code blocks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

CRC_BITS = 24
"""Length of the CRC that ends every LDPC code block (CRC24B, TS 38.212 5.1)."""

_LARGEST_BG1, _LARGEST_BG2 = 8448, 3840  # bits of a code block, TS 38.212 5.2.2
_RATES = (Fraction(1, 5), Fraction(9, 10))

CODES: dict[str, str] = {
    "ldpc": "5G NR LDPC (TS 38.212), CRC24B per block; ldpc:rate=R with R from 1/5 to 9/10",
    "none": "uncoded",
}
"""Every channel code by name, with a line about it."""


@dataclass(frozen=True)
class CodeSpec:
    """A channel code and its nominal rate (1 for ``none``)."""

    name: str = "ldpc"
    rate: Fraction = Fraction(1, 2)

    @classmethod
    def parse(cls, text: str) -> CodeSpec:
        """Read ``NAME`` or ``NAME:rate=R``, R as a fraction or a decimal.

        Raises:
            ValueError: saying what is wrong and what is possible.

        >>> CodeSpec.parse("ldpc:rate=2/3")
        CodeSpec(name='ldpc', rate=Fraction(2, 3))
        """
        name, _, options = text.partition(":")
        if name not in CODES:
            raise ValueError(f"{text}: unknown code; one of {', '.join(CODES)}")
        if name == "none":
            if options:
                raise ValueError(f"{text}: the uncoded link takes no options; use none")
            return cls("none", Fraction(1))
        key, _, value = (options or "rate=1/2").partition("=")
        if key != "rate":
            raise ValueError(f"{text}: {key} is no option of {name}; use {name}:rate=1/2")
        try:
            rate = Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise ValueError(f"{text}: {value!r} is no rate; write it as 1/2 or 0.5") from None
        low, high = _RATES
        if not low <= rate <= high:
            raise ValueError(f"{text}: {name} has rates from {low} to {high}")
        return cls(name, rate)

    def __str__(self) -> str:
        return self.name if self.name == "none" else f"{self.name}:rate={self.rate}"


@dataclass(frozen=True)
class Segmentation:
    """How one message becomes code blocks, all of one size.

    Attributes:
        message_bits: bits of one message.
        blocks: code blocks per message.
        payload_bits: message bits per block; the last block is filled up with zeros.
        crc_bits: parity bits that end each block's information bits.
        coded_bits: bits of a block on the channel.
        bits_per_symbol: of the modulation; divides ``coded_bits``.
    """

    message_bits: int
    blocks: int
    payload_bits: int
    crc_bits: int
    coded_bits: int
    bits_per_symbol: int

    @property
    def information_bits(self) -> int:
        """Bits of a block that enter the encoder: payload and CRC."""
        return self.payload_bits + self.crc_bits

    @property
    def symbols_per_block(self) -> int:
        return self.coded_bits // self.bits_per_symbol

    @property
    def symbols(self) -> int:
        """Channel symbols of one message."""
        return self.blocks * self.symbols_per_block

    @property
    def information_bits_per_symbol(self) -> float:
        """Message bits per channel symbol, all padding and parity paid for."""
        return self.message_bits / self.symbols


def segment(code: CodeSpec, message_bits: int, bits_per_symbol: int) -> Segmentation:
    """Plan the code blocks of a message of any length.

    LDPC follows TS 38.212 5.2.2: as few blocks as the largest block size allows, each ending in a
    CRC24B, all equal (the last one filled with zeros). Block lengths are rounded so that they fill
    channel symbols. Without a code, the whole message is one block.

    Raises:
        ValueError: if the message is empty.
    """
    if message_bits < 1:
        raise ValueError("a message needs at least one bit")
    if code.name == "none":
        coded = bits_per_symbol * math.ceil(message_bits / bits_per_symbol)
        return Segmentation(message_bits, 1, message_bits, 0, coded, bits_per_symbol)
    largest = _LARGEST_BG2 if code.rate < Fraction(1, 3) else _LARGEST_BG1
    blocks = math.ceil(message_bits / (largest - CRC_BITS))
    payload = math.ceil(message_bits / blocks)
    # Rounding down keeps the lowest rates within what the base graphs offer.
    coded = bits_per_symbol * int((payload + CRC_BITS) / code.rate / bits_per_symbol)
    return Segmentation(message_bits, blocks, payload, CRC_BITS, coded, bits_per_symbol)
