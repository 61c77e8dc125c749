"""Modulation and coding schemes of 5G's data channel, and its transport-block sizes (TS 38.214)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from linksim.phy.checks import whole_number
from linksim.phy.options import known_name
from linksim.phy.refused import Refused

_MODULATIONS = {2: "qpsk", 4: "16qam", 6: "64qam", 8: "256qam"}
"""By Q_m."""

# Q_m, and 1024 times the code rate, of each index.
_TABLES: dict[str, tuple[tuple[int, tuple[float, ...]], ...]] = {
    "64qam": (  # table 5.1.3.1-1
        (2, (120, 157, 193, 251, 308, 379, 449, 526, 602, 679)),
        (4, (340, 378, 434, 490, 553, 616, 658)),
        (6, (438, 466, 517, 567, 616, 666, 719, 772, 822, 873, 910, 948)),
    ),
    "256qam": (  # table 5.1.3.1-2
        (2, (120, 193, 308, 449, 602)),
        (4, (378, 434, 490, 553, 616, 658)),
        (6, (466, 517, 567, 616, 666, 719, 772, 822, 873)),
        (8, (682.5, 711, 754, 797, 841, 885, 916.5, 948)),
    ),
    "64qam-lowse": (  # table 5.1.3.1-3
        (2, (30, 40, 50, 64, 78, 99, 120, 157, 193, 251, 308, 379, 449, 526, 602)),
        (4, (340, 378, 434, 490, 553, 616)),
        (6, (438, 466, 517, 567, 616, 666, 719, 772)),
    ),
}

MCS_TABLES = tuple(_TABLES)
"""Names of the tables of TS 38.214 5.1.3.1, in their order: -1, -2 and -3."""

_SMALL = (  # table 5.1.3.2-1, as (first, last, step)
    *((24, 192, 8), (208, 384, 16), (408, 576, 24), (608, 768, 32), (808, 928, 40)),
    *((984, 984, 1), (1032, 1064, 32), (1128, 1352, 32), (1416, 1928, 64), (2024, 2024, 1)),
    *((2088, 2280, 64), (2408, 2856, 64), (2976, 2976, 1), (3104, 3104, 1), (3240, 3752, 128)),
    (3824, 3824, 1),
)
_SMALL_SIZES = tuple(size for first, last, step in _SMALL for size in range(first, last + 1, step))
_LARGEST_SMALL = _SMALL_SIZES[-1]


@dataclass(frozen=True)
class Mcs:
    """A modulation and coding scheme.

    Attributes:
        table: one of `MCS_TABLES`.
        index: I_MCS.
        modulation: name of the constellation.
        bits_per_symbol: Q_m.
        rate: R, information bits (CRC of the transport block not among them) for each coded bit.
    """

    table: str
    index: int
    modulation: str
    bits_per_symbol: int
    rate: Fraction

    @property
    def efficiency(self) -> float:
        """Information bits for each channel symbol, R · Q_m, if all of them arrive."""
        return float(self.rate * self.bits_per_symbol)


def mcs_table(table: str = "64qam") -> tuple[Mcs, ...]:
    """Return the schemes of a table by index; those that are reserved are left out.

    Raises:
        Refused: if there is no such table.

    >>> mcs_table("256qam")[20].rate
    Fraction(1365, 2048)
    """
    name = known_name(table, MCS_TABLES, "table")
    rows = [(order, rate) for order, rates in _TABLES[name] for rate in rates]
    return tuple(
        Mcs(name, index, _MODULATIONS[order], order, Fraction(rate) / 1024)
        for index, (order, rate) in enumerate(rows)
    )


def mcs_of(index: int, table: str = "64qam") -> Mcs:
    """Return a scheme by its index.

    Raises:
        TypeError: if the index is no whole number.
        Refused: if there is no such table, or no such index in it.
    """
    schemes = mcs_table(table)
    if not 0 <= whole_number(index, "mcs") < len(schemes):
        problem = f"the table {schemes[0].table} has 0 to {len(schemes) - 1}"
        raise Refused("mcs", problem, index)
    return schemes[index]


def transport_block_size(symbols: int, mcs: Mcs, layers: int = 1) -> int:
    """Return the bits of a transport block, without its CRC (TS 38.214 5.1.3.2).

    Args:
        symbols: N_RE, resource elements that carry data.
        mcs: modulation and code rate.
        layers: of MIMO, which share the block.

    Raises:
        TypeError: for what is no whole number.
        ValueError: for numbers below 1.

    >>> transport_block_size(1000, mcs_of(10))
    1352
    """
    whole_number(symbols, "symbols", 1)
    whole_number(layers, "layers", 1)
    information = symbols * layers * mcs.bits_per_symbol * mcs.rate
    if information <= _LARGEST_SMALL:
        step = 2 ** max(3, math.floor(math.log2(information)) - 6)
        least = max(_SMALL_SIZES[0], step * math.floor(information / step))
        return next(size for size in _SMALL_SIZES if size >= least)
    step = 2 ** (math.floor(math.log2(information - 24)) - 5)
    rounded = max(3840, step * math.floor((information - 24) / step + Fraction(1, 2)))
    largest = 3816 if mcs.rate <= Fraction(1, 4) else 8424
    whole = rounded + 24  # with the block's CRC
    blocks = math.ceil(whole / largest) if largest == 3816 or rounded > largest else 1
    size: int = 8 * blocks * math.ceil(whole / (8 * blocks)) - 24
    return size
