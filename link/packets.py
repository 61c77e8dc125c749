"""Packets: pieces of units, each in a code block of its own, and units put together from them.

A packet, byte by byte::

    0       the unit's place in its picture's stream, 0 to 255
    1       the fragment's number in its unit, 0 to 255
    2       bit 7: whether it is the unit's last; bits 6 to 0: bytes of payload, n = 1 to 125
    3 …     payload
    3+n …   zeros, up to a size of `linksim.link.packet_sizes.LADDER`

No packet holds bytes of two units, so that one that is lost takes its unit's tail and nothing else.
Whether a packet came through, its code block's CRC tells. Its size and code rate the receiver is
taken to know, as control channels tell it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from linksim.link.packet_sizes import HEADER_BYTES, cheapest_sizes
from linksim.phy.refused import Refused
from linksim.source import ReceivedUnit

MOST_UNITS = MOST_FRAGMENTS = 256
_LAST = 0x80


@dataclass(frozen=True)
class Packet:
    """A piece of a unit.

    Attributes:
        unit: the unit's place in its picture's stream.
        fragment: the piece's number in its unit.
        last: whether no more follow.
        payload: at least one byte.
    """

    unit: int
    fragment: int
    last: bool
    payload: bytes

    @property
    def number(self) -> int:
        """The packet's number in its picture, below ``MOST_UNITS * MOST_FRAGMENTS``."""
        return self.unit * MOST_FRAGMENTS + self.fragment

    def to_bytes(self, size: int) -> bytes:
        """Return the packet, filled up with zeros.

        >>> Packet(2, 0, True, b"ab").to_bytes(8).hex(" ")
        '02 00 82 61 62 00 00 00'
        """
        header = bytes((self.unit, self.fragment, self.last * _LAST | len(self.payload)))
        return (header + self.payload).ljust(size, b"\0")

    @classmethod
    def from_bytes(cls, data: bytes) -> Packet | None:
        """Read any bytes; return None for what `to_bytes` never gives."""
        if len(data) <= HEADER_BYTES:
            return None
        end = HEADER_BYTES + (data[2] & ~_LAST)
        if not HEADER_BYTES < end <= len(data) or any(data[end:]):
            return None
        return cls(data[0], data[1], data[2] >= _LAST, data[HEADER_BYTES:end])


def packetise(
    unit: int, data: bytes, sizes: tuple[int, ...], crc_bits: int
) -> list[tuple[Packet, int]]:
    """Cut a unit into packets; return each with its size in bytes.

    Args:
        unit: its place in its picture's stream.
        data: its bytes.
        sizes, crc_bits: of packets and their code blocks, see `cheapest_sizes`.

    Raises:
        Refused: if there is no such place, or the unit is empty or too long.
    """
    most = MOST_FRAGMENTS * (sizes[-1] - HEADER_BYTES)
    if unit >= MOST_UNITS or not 1 <= len(data) <= most:
        problem = (
            f"unit {unit} of {len(data)} bytes; at this code rate they carry {MOST_UNITS} units of "
            f"1 to {most} bytes"
        )
        raise Refused("code", problem, "packets")
    chosen, packets, start = cheapest_sizes(len(data), sizes, crc_bits), [], 0
    for fragment, size in enumerate(chosen):
        payload = data[start : start + size - HEADER_BYTES]
        packets.append((Packet(unit, fragment, fragment == len(chosen) - 1, payload), size))
        start += len(payload)
    return packets


def reassemble(received: Iterable[bytes]) -> dict[int, ReceivedUnit]:
    """Put the units of a picture together from packets alone, in whatever order.

    Nothing is believed that cannot be: bytes that are no packet are left out, and where packets
    contradict each other about a fragment it counts as missing. A unit with fragments beyond its
    last one is not taken for complete.

    Args:
        received: packets whose CRC passed, which may be so by chance.
    """
    fragments: dict[int, dict[int, Packet | None]] = {}
    for packet in filter(None, map(Packet.from_bytes, received)):
        of_unit = fragments.setdefault(packet.unit, {})
        known = of_unit.setdefault(packet.fragment, packet)
        of_unit[packet.fragment] = packet if packet == known else None
    units = {place: _unit(of_unit) for place, of_unit in sorted(fragments.items())}
    return {place: unit for place, unit in units.items() if unit.data}


def _unit(fragments: dict[int, Packet | None]) -> ReceivedUnit:
    """Join the fragments of a unit up to the first that is missing."""
    data = bytearray()
    for number in range(MOST_FRAGMENTS):
        packet = fragments.get(number)
        if packet is None:
            break
        data += packet.payload
        if packet.last:
            return ReceivedUnit(bytes(data), complete=len(fragments) == number + 1)
    return ReceivedUnit(bytes(data), complete=False)
