"""5G's polar codes (TS 38.212 5.3.1, 5.4.1; 6.3.1 for the uplink, 7.3 for the downlink)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from linksim.phy.families.family import (
    BlockSizes,
    CodeFamily,
    CodeOptions,
    Cut,
    native_part,
    one_of,
)
from linksim.phy.refused import Refused

UPLINK, DOWNLINK = "uplink", "downlink"

_CRC, _SHORT_CRC, _DOWNLINK_CRC = 11, 6, 24
_LARGEST_OF_SHORT_CRC, _SMALLEST = 19, 12  # message bits, TS 38.212 6.3.1.2.1
_LARGEST_CHECKED = 25  # information bits of blocks with parity checks, TS 38.212 6.3.1.3.1
_PARITY_CHECKS = 3
_LARGEST_MESSAGE = 1706  # TS 38.212 5.2.1
_ALWAYS_IN_TWO, _IN_TWO, _CODED_IN_TWO = 1013, 360, 1088  # TS 38.212 6.3.1.2.1
_DOWNLINK_MESSAGE = 140  # the interleaver has 164 bits, TS 38.212 5.3.1.1
_LARGEST_CODED = 8192  # TS 38.212 5.4.1.3
_LOWEST_OF_A_MOTHER_CODE = Fraction(1, 8)  # R_min, TS 38.212 5.3.1


def _list_size(text: str) -> int:
    if int(text) not in (1, 2, 4, 8, 16, 32, 64):
        raise ValueError(text)
    return int(text)


def parity_checks(code: CodeOptions, information_bits: int, crc_bits: int) -> int:
    """Return n_PC, how many parity checks a block has (TS 38.212 6.3.1.3.1)."""
    short = crc_bits == _SHORT_CRC and information_bits <= _LARGEST_CHECKED
    return _PARITY_CHECKS if short and code.direction == UPLINK else 0


@dataclass(frozen=True)
class Polar(CodeFamily):
    """Polar codes, whose blocks have sizes of their own."""

    def default_crc(self, code: CodeOptions) -> int:
        return _DOWNLINK_CRC if code.direction == DOWNLINK else _CRC

    def check_options(self, code: CodeOptions) -> None:
        if code.direction == DOWNLINK and code.crc != _DOWNLINK_CRC:
            problem = f"the downlink's blocks end in gCRC24C; leave out crc={code.crc}"
            raise Refused("code", problem, f"{code.name}:direction={DOWNLINK}")

    def cut(self, code: CodeOptions, message_bits: int, bits_per_symbol: int) -> Cut:
        if code.direction == DOWNLINK:
            blocks = math.ceil(message_bits / _DOWNLINK_MESSAGE)
            cut = self._equal(code, blocks, message_bits, bits_per_symbol)
            return cut._replace(crc_name="24C")
        one = self._equal(code, 1, message_bits, bits_per_symbol)
        in_two = message_bits >= _ALWAYS_IN_TWO or (
            message_bits >= _IN_TWO and one.coded_bits >= _CODED_IN_TWO
        )
        cut = self._equal(code, 2, message_bits, bits_per_symbol) if in_two else one
        fits = cut.payload_bits + cut.crc_bits <= self.information[1]
        if message_bits > _LARGEST_MESSAGE or cut.coded_bits > _LARGEST_CODED or not fits:
            return super().cut(code, message_bits, bits_per_symbol)
        return cut._replace(filler_first=in_two)

    def _equal(
        self, code: CodeOptions, blocks: int, message_bits: int, bits_per_symbol: int
    ) -> Cut:
        """Return a cut into so many blocks."""
        payload = math.ceil(message_bits / blocks)
        crc = code.crc_bits
        if crc == _CRC and payload <= _LARGEST_OF_SHORT_CRC:
            crc = _SHORT_CRC
        fewest = _SMALLEST + (crc if code.direction == DOWNLINK else _SHORT_CRC)
        information, coded = self.lengths(code, max(payload + crc, fewest), bits_per_symbol)
        checked = information + parity_checks(code, information, crc)
        coded = max(coded, bits_per_symbol * math.ceil(checked / bits_per_symbol))
        return Cut(blocks, information - crc, crc, coded)

    def information_range(self, code: CodeOptions, bits_per_symbol: int) -> tuple[int, int]:
        """Return those of blocks that the standard has no segmentation for."""
        fewest, most = self.information
        whole_symbols = _CODED_IN_TWO // bits_per_symbol * bits_per_symbol
        # Lower rates repeat what the lowest one of a mother code sends.
        return fewest, min(most, int(whole_symbols * max(code.rate, _LOWEST_OF_A_MOTHER_CODE)))

    def check_native(self, code: CodeOptions, sizes: BlockSizes) -> None:
        checks = parity_checks(code, sizes.information, sizes.crc)
        native_part(self.native).check_sizes(sizes.information, sizes.coded, checks)


POLAR = Polar(
    "5G polar (TS 38.212), whose list decoder selects by the block's CRC; direction=uplink|downlink"
    "\n(gCRC24C, up to 140 message bits a block); decoder=scl|sc, list=8 (1, 2, 4 … 64)",
    rates=(Fraction(1, 48), Fraction(9, 10)),
    information=(_SMALLEST + _SHORT_CRC, 1024),
    native="polar",
    sionna="polar",
    most_coded=_LARGEST_CODED,
    crc=_CRC,
    options={
        "decoder": one_of("scl", "sc"),
        "list": _list_size,
        "direction": one_of(UPLINK, DOWNLINK),
    },
)
