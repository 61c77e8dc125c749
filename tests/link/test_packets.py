"""Packets and what becomes of their units, with receivers that nobody is kind to."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linksim.link.packet_sizes import HEADER_BYTES, LADDER, cheapest_sizes, sizes_for
from linksim.link.packets import MOST_FRAGMENTS, Packet, packetise, reassemble
from linksim.phy import CodeSpec
from linksim.source import ReceivedUnit


def packed(unit: int, data: bytes, sizes: tuple[int, ...] = LADDER) -> list[bytes]:
    return [packet.to_bytes(size) for packet, size in packetise(unit, data, sizes, 24)]


@given(st.dictionaries(st.integers(0, 255), st.binary(min_size=1, max_size=700), max_size=8))
def test_units_come_back_in_whatever_order_packets_come(units: dict[int, bytes]) -> None:
    packets = [p for place, data in units.items() for p in packed(place, data)]
    random.Random(0).shuffle(packets)
    assert reassemble(packets) == {place: ReceivedUnit(d, True) for place, d in units.items()}


@given(st.integers(1, 5000))
def test_packets_hold_a_unit_at_a_size_of_the_ladder(length: int) -> None:
    data = bytes(i % 251 for i in range(length))
    packets = packetise(3, data, LADDER, 24)
    assert b"".join(packet.payload for packet, _ in packets) == data
    assert [packet.last for packet, _ in packets] == [False] * (len(packets) - 1) + [True]
    assert all(len(packet.to_bytes(size)) == size in LADDER for packet, size in packets)


def test_no_other_packets_are_cheaper() -> None:
    def cost(sizes: tuple[int, ...]) -> int:
        return sum(sizes) + 3 * len(sizes)

    pairs = [(a, b) for a in LADDER for b in LADDER]
    others = [(a,) for a in LADDER] + pairs + [(a, b, c) for a, b in pairs for c in LADDER]
    for length in range(1, LADDER[-1] - HEADER_BYTES + 1):
        room = [s for s in others if sum(s) - HEADER_BYTES * len(s) >= length]
        assert cost(cheapest_sizes(length, LADDER, 24)) == min(map(cost, room)), length


def test_golden_bytes() -> None:
    assert [p.hex() for p in packed(5, b"abcdefgh")] == ["050088" + "6162636465666768" + "000000"]
    long = packed(1, bytes(range(1, 131)))
    assert [len(p) for p in long] == [128, 10]
    assert long[0][:3].hex() == "01007d"
    assert long[1].hex() == "010185" + "7e7f808182" + "0000"


def test_a_lost_packet_takes_the_tail_of_its_unit_alone() -> None:
    data, other = bytes(range(200)), b"background"
    packets = packed(0, data, (20,)) + packed(1, other, (20,))
    for lost in range(12):
        received = reassemble(packets[:lost] + packets[lost + 1 :])
        assert received[1] == ReceivedUnit(other, True)
        assert received.get(0) == (ReceivedUnit(data[: 17 * lost], False) if lost else None)


def test_packets_that_contradict_each_other_are_not_believed() -> None:
    data = bytes(range(100))
    packets = packed(0, data, (20,))
    forged = Packet(0, 2, False, b"forged").to_bytes(20)
    assert reassemble([*packets, packets[1], packets[1]])[0] == ReceivedUnit(data, True)
    for received in ([*packets, forged], [forged, *packets], [*packets, forged, packets[2]]):
        assert reassemble(received)[0] == ReceivedUnit(data[:34], False)
    beyond = Packet(0, 40, True, b"x").to_bytes(20)
    assert reassemble([*packets, beyond])[0] == ReceivedUnit(data, False)


@pytest.mark.parametrize(
    "nonsense",
    [b"", b"\0", b"\0\0\x81", b"\0\0\0abc", b"\0\0\x80abc", b"\0\0\xffabc", b"\0\0\x81abc"],
)
def test_what_is_no_packet_is_left_out(nonsense: bytes) -> None:
    assert reassemble([nonsense]) == {}


def test_thousands_of_hostile_receptions_do_no_harm() -> None:
    rng = random.Random(1)
    for _ in range(4000):
        units = {p: rng.randbytes(rng.randint(1, 300)) for p in rng.sample(range(256), 3)}
        packets = [p for place, data in units.items() for p in packed(place, data)]
        hostile = [_spoilt(rng, packets) for _ in range(rng.randint(0, 12))]
        received = reassemble(rng.sample(packets + hostile, len(packets)) + packets[:1])
        given_bytes = sum(map(len, packets + hostile))
        assert sum(len(unit.data) for unit in received.values()) <= given_bytes
        assert all(0 <= place < 256 and unit.data for place, unit in received.items())


def _spoilt(rng: random.Random, packets: list[bytes]) -> bytes:
    packet, other = bytearray(rng.choice(packets)), rng.choice(packets)
    cut = rng.randrange(len(packet) + 1)
    match rng.randrange(6):
        case 0:
            packet[rng.randrange(len(packet))] ^= 1 << rng.randrange(8)
        case 1:
            packet[rng.randrange(3)] = rng.randrange(256)
        case 2:
            del packet[cut:]
        case 3:
            packet = packet[:cut] + other[cut:]
        case 4:
            packet = packet + other
        case _:
            packet = bytearray(rng.randbytes(rng.choice(LADDER)))
    return bytes(packet)


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=140), max_size=40))
def test_any_bytes_at_all_do_no_harm(received: list[bytes]) -> None:
    units = reassemble(received)
    assert sum(len(unit.data) for unit in units.values()) <= sum(map(len, received))


def test_a_flood_of_valid_headers_takes_no_more_than_it_brings() -> None:
    flood = [Packet(u, f, f == 9, b"x").to_bytes(4) for u in range(256) for f in range(256)]
    units = reassemble(flood)
    assert len(units) == 256
    assert {unit.data for unit in units.values()} == {b"x" * 10}


@pytest.mark.parametrize(
    ("unit", "length"), [(256, 5), (0, 0), (0, MOST_FRAGMENTS * (LADDER[-1] - 3) + 1)]
)
def test_what_no_header_can_say_is_refused(unit: int, length: int) -> None:
    with pytest.raises(ValueError, match="packets: unit"):
        packetise(unit, bytes(length), LADDER, 24)
    assert len(packetise(0, bytes(MOST_FRAGMENTS * 125), LADDER, 24)) == MOST_FRAGMENTS


def test_a_packet_is_one_code_block_of_every_code() -> None:
    assert sizes_for(CodeSpec.parse("ldpc:rate=1/3"), 3) == LADDER
    assert sizes_for(CodeSpec.parse("polar:rate=1/3"), 3) == (10, 14, 20, 28, 40)
    assert sizes_for(CodeSpec.parse("polar:rate=1/8"), 3) == (10, 14, 20, 28, 40)
