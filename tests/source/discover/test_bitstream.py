"""The structured bitstream, byte by byte, and whatever arrives in its place."""

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from linksim.source.discover.bitstream import (
    MOST_UNITS,
    Element,
    Header,
    pack_file,
    read_element,
    read_header,
    unpack_file,
)
from linksim.source.discover.bitstream import crc8 as crc8_of
from linksim.source.discover.elements import Found, cells_of
from linksim.source.message import ReceivedUnit

GRID, EDGE_BITS = 8, 8
HEADER = Header(0xBEEF, "detection", 64, 512, b"\x01\x02\x03")
OBJECT = Element(
    Found(130, (0.2, 0.4, 0.6, 0.8)), cells_of((0.2, 0.4, 0.6, 0.8), GRID), b"\xaa\xbb"
)
CELLS = torch.zeros(GRID, GRID, dtype=torch.bool)
CELLS[0, 0] = CELLS[7, 7] = True
BACKGROUND = Element(None, CELLS, b"\xcc")


def packed(part: Header | Element) -> bytes:
    return part.pack() if isinstance(part, Header) else part.pack(EDGE_BITS)


def read(data: bytes, complete: bool = True) -> Element | None:
    return read_element(ReceivedUnit(data, complete), GRID, EDGE_BITS)


def crc(hexadecimal: str, bits: int, polynomial: int, inverted: int = 0) -> str:
    """Return a CRC that begins with ones, by polynomial division, bit by bit."""
    top, register = 1 << bits - 1, (1 << bits) - 1
    for byte in bytes.fromhex(hexadecimal):
        register ^= byte << bits - 8
        for _ in range(8):
            register = (register << 1 ^ (polynomial if register & top else 0)) & (2 * top - 1)
    return f"{register ^ inverted:0{bits // 4}x}"


def crc16(hexadecimal: str) -> str:
    return crc(hexadecimal, 16, 0x1021)


def crc8(hexadecimal: str) -> str:
    return crc(hexadecimal, 8, 0x2F, 0xFF)


def test_golden_header() -> None:
    body = "e1beef408004010203"
    assert HEADER.pack().hex() == body + crc16(body)


def test_golden_object() -> None:
    body = "8301336699ccaabb"
    assert OBJECT.pack(8).hex() == body + crc8(body)
    coarse = f"8301{13 << 18 | 25 << 12 | 38 << 6 | 50:06x}aabb"
    assert OBJECT.pack(6).hex() == coarse + crc8(coarse)


def test_golden_background() -> None:
    body = "008000000000000001cc"
    assert packed(BACKGROUND).hex() == body + crc8(body)


def test_golden_file() -> None:
    units = [packed(part) for part in (HEADER, OBJECT, BACKGROUND)]
    assert pack_file(units).hex() == "".join(f"{len(u):02x}{u.hex()}" for u in units)
    assert unpack_file(pack_file(units)) == {
        place: ReceivedUnit(unit, True) for place, unit in enumerate(units)
    }


def test_what_is_packed_is_read() -> None:
    assert read_header(ReceivedUnit(HEADER.pack(), True)) == HEADER
    for element in (OBJECT, BACKGROUND):
        got = read(packed(element))
        assert got is not None
        assert (got.found, got.payload) == (element.found, element.payload)
        assert torch.equal(got.cells, element.cells)


@pytest.mark.parametrize("part", [HEADER, OBJECT, BACKGROUND])
def test_no_flipped_bit_goes_unnoticed(part: Header | Element) -> None:
    data = packed(part)
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        unit = ReceivedUnit(bytes(damaged), True)
        if isinstance(part, Header):
            assert read_header(unit) is None
        else:
            assert read_element(unit, GRID, EDGE_BITS) is None


def test_one_in_256_damaged_elements_passes() -> None:
    rng = np.random.default_rng(0)
    damaged = [rng.bytes(20) for _ in range(20_000)]
    passed = sum(data[-1:] == crc8_of(data[:-1]) for data in damaged)
    assert binomtest(passed, len(damaged), 1 / 256).pvalue > 1e-3
    assert crc8_of(bytes.fromhex("8301")).hex() == crc8("8301")


def test_the_beginning_of_an_element_is_read_and_of_a_header_not() -> None:
    begun = read(packed(OBJECT)[:-2], complete=False)
    assert begun is not None
    assert (begun.found, begun.payload, begun.complete) == (OBJECT.found, b"\xaa", False)
    assert read(packed(OBJECT)[:5], complete=False) is None
    assert read_header(ReceivedUnit(HEADER.pack()[:-2], False)) is None
    assert read_header(None) is None


@pytest.mark.parametrize(
    "body",
    ["", "e1", "e1beef", "d1beef4040", "e9beef4040", "e1beef0040", "e1beefffffffffff"],
)
def test_headers_that_make_no_sense_are_none(body: str) -> None:
    data = bytes.fromhex(body)
    whole = data + bytes.fromhex(crc16(body))
    assert read_header(ReceivedUnit(whole, True)) is None


def test_a_file_that_is_cut_loses_its_end() -> None:
    data = pack_file([packed(part) for part in (HEADER, OBJECT)])
    for length in range(len(data)):
        units = unpack_file(data[:length])
        assert all(units[place].complete for place in list(units)[:-1])
        assert sum(len(unit.data) for unit in units.values()) <= length


def test_any_bytes_are_taken_apart() -> None:
    rng = np.random.default_rng(0)
    for _ in range(3000):
        data = rng.bytes(int(rng.integers(0, 80)))
        for unit in unpack_file(data).values():
            read_header(unit)
            read_element(unit, GRID, EDGE_BITS)
    assert len(unpack_file(b"\x01\x00" * 5000)) == MOST_UNITS
