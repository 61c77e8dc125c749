"""How long packets are: a short ladder of sizes, and the cheapest packets for a unit's bytes.

Few sizes mean few physical layers, many mean little padding. Over units of 6 to 400 bytes, short
ones more often (as 1/length), packets of these seven sizes, headers and CRCs of 3 bytes, cost 38 %
more than the units' own bytes. With every size up to 128 it is 26 %, without 128 it is 39 %, and
with 8, 16, 32 and 64 it is 53 %.
"""

from __future__ import annotations

from functools import lru_cache

from linksim.phy import CodeSpec
from linksim.phy.refused import Refused
from linksim.phy.segmentation import segment

HEADER_BYTES = 3
LADDER = (10, 14, 20, 28, 40, 64, 128)
"""Bytes of a packet, its header among them."""


def sizes_for(code: CodeSpec, bits_per_symbol: int) -> tuple[int, ...]:
    """Return the sizes of `LADDER` that a code carries in one code block each.

    Raises:
        Refused: if there are none.
    """
    sizes = tuple(s for s in LADDER if segment(code, 8 * s, bits_per_symbol).blocks == 1)
    if not sizes:
        problem = f"its blocks are too short for packets of {LADDER[0]} bytes"
        raise Refused("code", problem, code)
    return sizes


@lru_cache(maxsize=2**16)
def cheapest_sizes(length: int, sizes: tuple[int, ...], crc_bits: int) -> tuple[int, ...]:
    """Return the sizes of the packets that carry a unit at the lowest cost, in their order.

    Full packets of the largest size come first; what is left takes the fewest bytes, CRCs paid for,
    and of equals the fewest packets.

    Args:
        length: of the unit in bytes, from 1.
        sizes: to choose from, in ascending order.
        crc_bits: of each packet's code block.

    >>> cheapest_sizes(150, LADDER, 24)
    (128, 28)
    """
    most = sizes[-1] - HEADER_BYTES
    full = (length - 1) // most

    def bytes_and_packets(chosen: tuple[int, ...]) -> tuple[float, int]:
        return sum(chosen) + len(chosen) * crc_bits / 8, len(chosen)

    def beginning_with(size: int) -> tuple[int, ...]:
        left = length - (size - HEADER_BYTES)
        return (size, *cheapest_sizes(left, sizes, crc_bits)) if left > 0 else (size,)

    if full:
        return (sizes[-1],) * full + cheapest_sizes(length - full * most, sizes, crc_bits)
    return min(map(beginning_with, reversed(sizes)), key=bytes_and_packets)
