"""Transport blocks of 5G's data channel (TS 38.212 7.2, TS 38.214 5.1.3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from linksim.phy.families.family import CodeOptions, Cut, one_of
from linksim.phy.families.ldpc import DECODING, SHORT_CRC, Ldpc, base_graph_of
from linksim.phy.mcs import MCS_TABLES, Mcs, mcs_of, mcs_table, transport_block_size
from linksim.phy.refused import Refused

_MOST_SYMBOLS = 273 * 156
"""Of a transport block: all resource blocks of a carrier (TS 38.101-1), N'_RE of each at most
(TS 38.214 5.1.3.2)."""
_LARGEST_BLOCK = {1: 8448, 2: 3840}  # K_cb by base graph, TS 38.212 5.2.2
_LONG_CRC, _BLOCK_CRC = 24, 24  # gCRC24A of a transport block, gCRC24B of a code block
_LARGEST_OF_SHORT_CRC = 3824
_SMALLEST = 24  # bits of a transport block
_HIGHEST_RATE = Fraction(19, 20)
"""Beyond which nobody is expected to decode (TS 38.214 5.1.3): CRCs among what is sent."""


@dataclass(frozen=True)
class Nr(Ldpc):
    """LDPC codes as 5G's data channel has them: a message is a transport block.

    The modulation and coding scheme decides modulation and rate; the transport block has the fewest
    resource elements (channel symbols) whose size, by TS 38.214 5.1.3.2, holds the message, which
    code blocks share evenly, and whose code rate, CRCs among the information, is 0.95 at most.
    """

    def nominal_rate(self, code: CodeOptions) -> Fraction:
        return scheme_of(code).rate

    def modulation(self, code: CodeOptions) -> str:
        return scheme_of(code).modulation

    def lacks(self, engine: str, code: CodeOptions, information: int) -> str:
        if engine in ("hybrid", "sionna"):
            return "has no transport blocks; use native"
        return super().lacks(engine, code, information)

    def cut(self, code: CodeOptions, message_bits: int, bits_per_symbol: int) -> Cut:
        scheme = scheme_of(code)
        if bits_per_symbol != scheme.bits_per_symbol:
            problem = f"{code} sends symbols of {scheme.bits_per_symbol} bits"
            raise Refused("bits_per_symbol", problem, bits_per_symbol)
        return _transport_block(scheme, message_bits)


def scheme_of(code: CodeOptions) -> Mcs:
    """Return the modulation and coding scheme of a code.

    Raises:
        Refused: if none was given, or the table has no such index.
    """
    last = len(mcs_table(code.table)) - 1
    if code.mcs is None:
        raise Refused("code", f"give a scheme, {code.name}:mcs=0 to mcs={last}", code.name)
    if not 0 <= code.mcs <= last:
        problem = f"the table {code.table} has mcs=0 to {last}"
        raise Refused("code", problem, f"{code.name}:mcs={code.mcs}")
    return mcs_of(code.mcs, code.table)


@lru_cache(maxsize=1024)
def _transport_block(scheme: Mcs, message_bits: int) -> Cut:
    """Return the smallest transport block that holds a message.

    Raises:
        Refused: if no carrier has room for one.
    """
    efficiency, width = scheme.rate * scheme.bits_per_symbol, scheme.bits_per_symbol
    # No size is a tenth beyond what its symbols carry, but that of too few of them.
    least = math.ceil(Fraction(9, 10) * max(message_bits, _SMALLEST) / efficiency)
    for symbols in range(least, _MOST_SYMBOLS + 1):
        size = transport_block_size(symbols, scheme)
        if size >= message_bits:
            blocks, information, crc, whole_crc = _segmented(scheme, size)
            coded = symbols * width // blocks
            if symbols % blocks == 0 and information <= _HIGHEST_RATE * coded:
                return Cut(blocks, information - crc, crc, coded, whole_crc)
    most = transport_block_size(_MOST_SYMBOLS, scheme)
    problem = f"a transport block of mcs={scheme.index} has at most {most} bits"
    remedy = "send shorter messages, or take a higher mcs"
    raise Refused("message_bits", f"{problem}; {remedy}", message_bits)


def _segmented(scheme: Mcs, size: int) -> tuple[int, int, int, int]:
    """Return how a transport block is cut (TS 38.212 7.2.1, 5.2.2).

    Returns:
        Code blocks; information bits of each; those of them that are its CRC; bits of the transport
        block's CRC.
    """
    whole_crc = _LONG_CRC if size > _LARGEST_OF_SHORT_CRC else SHORT_CRC
    whole = size + whole_crc
    largest = _LARGEST_BLOCK[base_graph_of(size, scheme.rate)]
    if whole <= largest:
        return 1, whole, 0, whole_crc
    blocks = math.ceil(whole / (largest - _BLOCK_CRC))
    # Sizes are such that blocks come out even (TS 38.214 5.1.3.2).
    return blocks, whole // blocks + _BLOCK_CRC, _BLOCK_CRC, whole_crc


NR = Nr(
    "5G's transport blocks (TS 38.212 7.2); mcs=INDEX and table=64qam|256qam|64qam-lowse decide\n"
    "modulation and rate (TS 38.214 5.1.3.1); iterations=20, rv=0, buffer=BITS as of ldpc",
    rates=(Fraction(30, 1024), Fraction(948, 1024)),
    information=(_SMALLEST + SHORT_CRC, _LARGEST_BLOCK[1]),
    native="ldpc",
    crc=_LONG_CRC,
    options={
        "mcs": int,
        "table": one_of(*MCS_TABLES),
        **{name: read for name, read in DECODING.items() if name != "decoder"},
    },
    fixed=True,
)
