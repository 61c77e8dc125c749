"""5G's polar codes (TS 38.212 5.3.1, 5.4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from linksim.phy.families.family import BlockSizes, CodeFamily, CodeOptions, native_part, one_of


def _list_size(text: str) -> int:
    if int(text) not in (1, 2, 4, 8, 16, 32, 64):
        raise ValueError(text)
    return int(text)


@dataclass(frozen=True)
class Polar(CodeFamily):
    """Polar codes, whose blocks have sizes of their own."""

    def check_native(self, code: CodeOptions, sizes: BlockSizes) -> None:
        native_part(self.native).check_sizes(sizes.information, sizes.coded)


POLAR = Polar(
    "5G polar (TS 38.212, uplink), whose list decoder selects by the block's CRC; "
    "decoder=scl|sc, list=8 (1, 2, 4 … 64)",
    rates=(Fraction(1, 8), Fraction(9, 10)),
    information=(18, 1024),
    native="polar",
    sionna="polar",
    most_coded=1088,
    crc=11,
    options={"decoder": one_of("scl", "sc"), "list": _list_size},
)
