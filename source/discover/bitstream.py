"""The structured bitstream, version 3: units for the picture, for each object, and for the rest.

Each unit stands alone and ends with its own CRC; no unit needs another one but the first. Numbers
of more than one byte come with the most significant byte first; *varint* is seven bits a byte, the
least significant first, with the top bit set on all but the last byte (LEB128)::

    header       0      0xE0 (DISCOVER, version 3) plus the task: its place in `TASKS`
                 1..2   model: first 16 bits of the SHA-256 of its entropy model
                 3..    width and height in pixels, two varints
                 ..     ẑ, range-coded
                 last 2 CRC-16 (polynomial 0x1021, begins with 0xFFFF) of all before
    object       0..    label: varint, place in the task's list of labels, plus 1
                 ..     box: left, top, right, bottom, each in the model's bits per edge (b): shares
                        of the picture's side in steps of 1 / (2^b - 1); b / 2 bytes in all
                 ..     the object's cells of ŷ, range-coded
                 last   CRC-8 of all before (AUTOSAR's: polynomial 0x2F, begins with 0xFF, inverted)
    background   0      0
                 ..     its cells, a bit each in rows from the top left, filled up to whole bytes
                 ..     these cells of ŷ, range-coded
                 last   CRC-8
    file         the units in this order, each after a varint with its length

An object takes some 20 bytes, so that its CRC takes one. It finds every flipped bit and every burst
of up to 8; of what is damaged at random a 256th passes. Over a link, packets have their own.

Elements are read until they cover the grid `linksim.source.discover.elements.MOST_COVERED` times,
one after the other; senders stop before. That bounds what a stream can cost its receiver.

The same label list, grid, bits per edge and weights are on both sides; the header's model says
which.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from linksim.source.discover.elements import (
    Found,
    box_bytes,
    cells_of,
    received_box,
    sent_box,
)
from linksim.source.message import ReceivedUnit

TASKS = ("full", "detection", "segmentation", "classification", "labels")
"""What a stream was made for; ``labels`` are a list of the user's own."""

VERSION = 3
_MAGIC = 0xB0 + (VERSION << 4)
_MODEL_BYTES = 2
_LONGEST_VARINT = 4  # bytes
MOST_UNITS = 256
FIXED_BYTES = 1 + _MODEL_BYTES + 2
"""Of a stream: version and task, model, and the size of pictures of less than 128 pixels a side."""


@dataclass(frozen=True)
class Header:
    """What a stream says of its picture."""

    model: int
    task: str
    width: int
    height: int
    side: bytes

    def pack(self) -> bytes:
        sizes = varint(self.width) + varint(self.height)
        head = bytes([_MAGIC + TASKS.index(self.task)]) + self.model.to_bytes(_MODEL_BYTES, "big")
        return _closed(head + sizes + self.side, crc16)


@dataclass(frozen=True)
class Element:
    """An object, or the background.

    Attributes:
        found: which object it is; None for the background.
        cells: bool ``[grid, grid]``.
        payload: its cells of ŷ, range-coded, or as many bytes of them as came.
        complete: whether all of them came.
    """

    found: Found | None
    cells: torch.Tensor
    payload: bytes
    complete: bool = True

    def pack(self, edge_bits: int) -> bytes:
        if self.found is None:
            bitmap = np.packbits(self.cells.numpy().ravel()).tobytes()
            return _closed(varint(0) + bitmap + self.payload, crc8)
        box = sent_box(self.found.box, edge_bits)
        return _closed(varint(self.found.label + 1) + box + self.payload, crc8)


def read_header(unit: ReceivedUnit | None) -> Header | None:
    """Return the header in a unit, or None if it is damaged or none."""
    body = _opened(unit, crc16) if unit and unit.complete else None
    if body is None or len(body) < 1 + _MODEL_BYTES:
        return None
    task, rest = body[0] - _MAGIC, body[1 + _MODEL_BYTES :]
    model = int.from_bytes(body[1 : 1 + _MODEL_BYTES], "big")
    width, rest = _read_varint(rest)
    height, rest = _read_varint(rest)
    if task not in range(len(TASKS)) or not (width and height):
        return None
    return Header(model, TASKS[task], width, height, rest)


def read_element(unit: ReceivedUnit, grid: int, edge_bits: int) -> Element | None:
    """Return the element in a unit, as much as came of it; None if it is damaged or none.

    Args:
        unit: its bytes; what is complete must pass its CRC, what is not was checked by who cut it.
        grid: rows and columns of ŷ.
        edge_bits: of a box's edges.
    """
    body = _opened(unit, crc8) if unit.complete else unit.data
    if body is None:
        return None
    label, rest = _read_varint(body)
    if label is None:
        return None
    if label:
        size = box_bytes(edge_bits)
        if len(rest) < size:
            return None
        found = Found(label - 1, received_box(rest[:size], edge_bits))
        return Element(found, cells_of(found.box, grid), rest[size:], unit.complete)
    length = -(-grid * grid // 8)
    if len(rest) < length:
        return None
    bits = np.unpackbits(np.frombuffer(rest[:length], dtype=np.uint8))[: grid * grid]
    cells = torch.from_numpy(bits.astype(bool)).view(grid, grid)
    return Element(None, cells, rest[length:], unit.complete)


def pack_file(units: Sequence[bytes]) -> bytes:
    """Return units as a file."""
    return b"".join(varint(len(unit)) + unit for unit in units)


def unpack_file(data: bytes) -> dict[int, ReceivedUnit]:
    """Return the units in a file by their place, the last one incomplete if the file is cut."""
    units: dict[int, ReceivedUnit] = {}
    while data and len(units) < MOST_UNITS:
        length, rest = _read_varint(data)
        if not length:
            break
        units[len(units)] = ReceivedUnit(rest[:length], len(rest) >= length)
        data = rest[length:]
    return units


def varint(number: int) -> bytes:
    """Return a number of seven bits a byte, the least significant first.

    >>> varint(5).hex(), varint(300).hex()
    ('05', 'ac02')
    """
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _read_varint(data: bytes) -> tuple[int | None, bytes]:
    """Return the number that data begins with, None if there is none, and what follows."""
    number = 0
    for place, byte in enumerate(data[:_LONGEST_VARINT]):
        number |= (byte & 127) << 7 * place
        if byte < 128:
            return number, data[place + 1 :]
    return None, b""


def crc16(body: bytes) -> bytes:
    """Return CRC-16/CCITT-FALSE.

    >>> crc16(b"123456789").hex()
    '29b1'
    """
    return binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "big")


def crc8(body: bytes) -> bytes:
    """Return CRC-8/AUTOSAR.

    >>> crc8(b"123456789").hex()
    'df'
    """
    register = 0xFF
    for byte in body:
        register = _CRC8[register ^ byte]
    return bytes([register ^ 0xFF])


def _divided(byte: int) -> int:
    """Return what is left of a byte over the polynomial 0x2F."""
    for _ in range(8):
        byte = byte << 1 ^ (0x12F if byte & 0x80 else 0)
    return byte


_CRC8 = [_divided(byte) for byte in range(256)]

_Crc = Callable[[bytes], bytes]


def _closed(body: bytes, crc: _Crc) -> bytes:
    return body + crc(body)


def _opened(unit: ReceivedUnit, crc: _Crc) -> bytes | None:
    size = len(crc(b""))
    body, last = unit.data[:-size], unit.data[-size:]
    return body if last == crc(body) else None
