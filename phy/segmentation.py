"""How a message of any length is cut into code blocks."""

from __future__ import annotations

from dataclasses import dataclass

from linksim.phy.checks import instance_of, whole_number
from linksim.phy.codes import CodeSpec
from linksim.phy.families.family import BlockSizes
from linksim.phy.refused import Refused


@dataclass(frozen=True)
class Segmentation:
    """How one message becomes code blocks, all of one size.

    Attributes:
        message_bits: bits of one message.
        blocks: code blocks per message.
        payload_bits: message bits per block; zeros fill up the last block, or the first.
        crc_bits: parity bits that end each block's information bits.
        coded_bits: bits of a block on the channel.
        bits_per_symbol: of the modulation; divides ``coded_bits``.
        message_crc_bits: parity bits of a transport block, which follow the message and what fills
            it up, and are payload of its last block (TS 38.212 7.2.1); 0 for none.
        crc_name: which CRC of 24 bits ends blocks, see `linksim.phy.crc.crc`.
        filler_first: whether zeros fill up the first block, before the message, instead of the
            last one after it.

    Raises:
        TypeError: for what is no whole number.
        ValueError: for sizes that do not fit together.
    """

    message_bits: int
    blocks: int
    payload_bits: int
    crc_bits: int
    coded_bits: int
    bits_per_symbol: int
    message_crc_bits: int = 0
    crc_name: str = ""
    filler_first: bool = False

    def __post_init__(self) -> None:
        for name, size in vars(self).items():
            if name not in ("crc_name", "filler_first"):
                whole_number(size, name, 0 if name.endswith("crc_bits") else 1)
        if self.filled_bits < self.message_bits:
            raise ValueError(f"message_bits {self.message_bits}: do not fit into the blocks")
        if self.coded_bits % self.bits_per_symbol:
            raise ValueError(f"coded_bits {self.coded_bits}: do not fill whole symbols")

    @property
    def filled_bits(self) -> int:
        """Bits of a message and the zeros that fill it up; of a transport block, its size."""
        return self.blocks * self.payload_bits - self.message_crc_bits

    @property
    def message_part(self) -> slice:
        """Where the message is among the payload of all its blocks."""
        first = self.filled_bits - self.message_bits if self.filler_first else 0
        return slice(first, first + self.message_bits)

    @property
    def information_bits(self) -> int:
        """Bits of a block that enter the encoder: payload and CRC."""
        return self.payload_bits + self.crc_bits

    @property
    def sizes(self) -> BlockSizes:
        """Sizes of a block, as a family of codes takes them."""
        return BlockSizes(self.information_bits, self.coded_bits, self.crc_bits)

    @property
    def block_symbols(self) -> int:
        return self.coded_bits // self.bits_per_symbol

    @property
    def symbols(self) -> int:
        """Data symbols of one message; pilots come on top."""
        return self.blocks * self.block_symbols


def segment(code: CodeSpec, message_bits: int, bits_per_symbol: int) -> Segmentation:
    """Plan the code blocks of a message.

    As TS 38.212 5.2.2 for LDPC, and by the same rule for every code: as few blocks as its largest
    block allows, all equal (the last one filled with zeros), each ending in its own CRC; of polar
    codes, one or two by TS 38.212 6.3.1.2.1, as far as it goes. Block
    lengths are rounded down so that they fill channel symbols; that of a user's own code is rounded
    up, and is never another. Without a code, the whole message is one block. A message of ``nr`` is
    one transport block; see `linksim.phy.families.nr`.

    Raises:
        TypeError: for another kind of code, or what is no whole number.
        Refused: if the code cannot carry such messages, saying what it can.
    """
    instance_of(CodeSpec, code, "code", "CodeSpec.parse('ldpc:rate=1/2')")
    whole_number(bits_per_symbol, "bits_per_symbol", 1)
    if whole_number(message_bits, "message_bits") < 1:
        raise Refused("message_bits", "a message needs at least one bit", message_bits)
    cut = code.family.cut(code, message_bits, bits_per_symbol)
    return Segmentation(
        message_bits,
        cut.blocks,
        cut.payload_bits,
        cut.crc_bits,
        cut.coded_bits,
        bits_per_symbol,
        cut.message_crc_bits,
        cut.crc_name,
        cut.filler_first,
    )
