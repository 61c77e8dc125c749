"""What of a file a receiver knows anyway: taken off before it is sent, and put on again after.

=======  ===================================================  =================================
format   what is not sent                                     what stays, and is counted
=======  ===================================================  =================================
JPEG     the JFIF segment: 18 bytes                           all else, size and tables among it
WebP     the heads of RIFF and of its one chunk: 20 bytes     the VP8 frame
HEVC     the boxes, and ``hvcC`` but for its parameter sets:  VPS, SPS, PPS with 2 bytes of
         about 360 bytes                                      length each, and the slices
AVIF     the boxes, ``av1C`` among them: about 270 bytes      the sequence header, the frame
=======  ===================================================  =================================

JPEG2000 and JPEG XL are bare codestreams already, and PNG stays whole. The receiver is told the
size of the picture, as it is told the size of every message.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from linksim.source.sizes import Size

_START, _APP0 = b"\xff\xd8", b"\xff\xe0"  # JPEG's markers
_RIFF_HEAD = 20  # bytes: RIFF, a length, WEBP, VP8, a length
_COLOURS = b"nclx" + struct.pack(">HHHB", 1, 13, 6, 0x80)  # BT.709, sRGB, BT.601, full range
_HVCC_HEAD = bytes.fromhex("0104080000009e38000000005af000fcfff8f800000f")  # 4:4:4, 8 bits
_AV1C = bytes.fromhex("813f0000")  # 4:4:4, 8 bits, of the highest level: the stream has its own
_LEAST_HEVC, _HEVC_STEP = 64, 8  # pixels a side of what x265 codes
_PARAMETER_SETS = (32, 33, 34)  # VPS, SPS, PPS (ITU-T H.265, table 7-1)


class DamagedPayload(ValueError):
    """No file can be made of what arrived."""


def jpeg_payload(file: bytes) -> bytes:
    """Return a JPEG file without its JFIF segment; readers need none."""
    if file[2:4] != _APP0:
        return file
    return _START + file[4 + int.from_bytes(file[4:6]) :]


def webp_payload(file: bytes) -> bytes:
    """Return the VP8 frame of a lossy WebP file of one chunk.

    Raises:
        ValueError: if it has other chunks.
    """
    if file[12:16] != b"VP8 ":
        raise ValueError("the file has more than a VP8 frame in it")
    return file[_RIFF_HEAD : _RIFF_HEAD + int.from_bytes(file[16:20], "little")]


def webp_file(payload: bytes, _: Size) -> bytes:
    """Return the WebP file of a VP8 frame, which zeros may follow."""
    even = payload + bytes(len(payload) % 2)
    chunk = b"VP8 " + struct.pack("<I", len(even)) + even
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def hevc_payload(file: bytes) -> bytes:
    """Return the parameter sets and the slices of a HEIF file of one picture."""
    config = _found(file, b"meta", b"iprp", b"ipco", b"hvcC")
    sets = b"".join(len(nal).to_bytes(2) + nal for nal in _nals(config))
    return sets + _found(file, b"mdat")


def hevc_file(payload: bytes, size: Size) -> bytes:
    """Return the HEIF file of what `hevc_payload` left, which zeros may follow.

    Raises:
        DamagedPayload: if there is no room for the parameter sets.
    """
    arrays, rest = bytes([len(_PARAMETER_SETS)]), payload
    for kind in _PARAMETER_SETS:
        length = int.from_bytes(rest[:2])
        if not 0 < length <= len(rest) - 2:
            raise DamagedPayload("a parameter set is longer than what arrived")
        arrays += struct.pack(">BHH", 0x80 | kind, 1, length) + rest[2 : 2 + length]
        rest = rest[2 + length :]
    config = _box(b"hvcC", _HVCC_HEAD, arrays)
    return _heif(b"hvc1", config, _whole_nals(rest), size, hevc_size(size))


def hevc_size(size: Size) -> Size:
    """Return the size that HEVC codes a picture at: filled up on the right and below."""
    height, width = (max(_LEAST_HEVC, -(-side // _HEVC_STEP) * _HEVC_STEP) for side in size)
    return height, width


def avif_payload(file: bytes) -> bytes:
    """Return the OBUs of an AVIF file of one picture."""
    return _found(file, b"mdat")


def avif_file(payload: bytes, size: Size) -> bytes:
    """Return the AVIF file of OBUs, which zeros may follow."""
    return _heif(b"av01", _box(b"av1C", _AV1C), _whole_obus(payload), size, size)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full_box(kind: bytes, version: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24), *parts)


def _heif(kind: bytes, config: bytes, data: bytes, size: Size, coded: Size) -> bytes:
    """Return a file of one picture, the upper left part of what is coded (ISO/IEC 23008-12)."""
    brand = {b"hvc1": b"heic", b"av01": b"avif"}[kind]
    properties = [
        config,
        _box(b"colr", _COLOURS),
        _full_box(b"ispe", 0, struct.pack(">II", *coded[::-1])),
        _full_box(b"pixi", 0, bytes([3, 8, 8, 8])),
    ]
    used = [0x81, 2, 3, 4]  # the first is essential
    if coded != size:
        properties.append(_box(b"clap", _aperture(size, coded)))
        used.append(0x85)
    item = _full_box(b"infe", 2, struct.pack(">HH", 1, 0), kind, b"\0")
    before = [
        _full_box(b"hdlr", 0, bytes(4), b"pict", bytes(13)),
        _full_box(b"pitm", 0, struct.pack(">H", 1)),
        _full_box(b"iinf", 0, struct.pack(">H", 1), item),
        _box(
            b"iprp",
            _box(b"ipco", *properties),
            _full_box(b"ipma", 0, struct.pack(">IH", 1, 1), bytes([len(used), *used])),
        ),
    ]
    head = _box(b"ftyp", brand, bytes(4), b"mif1", brand)
    place = struct.pack(">BBHHHH", 0x44, 0, 1, 1, 0, 1)  # one item, of one extent
    offset = len(_full_box(b"iloc", 0, place, bytes(8))) + 12 + sum(map(len, before)) + 8
    extent = struct.pack(">II", len(head) + offset, len(data))
    meta = _full_box(b"meta", 0, *before, _full_box(b"iloc", 0, place, extent))
    return head + meta + _box(b"mdat", data)


def _aperture(size: Size, coded: Size) -> bytes:
    """Return the content of ``clap``: sides, then how far the middle is off, as fractions."""
    (height, width), (rows, columns) = size, coded
    off = width - columns, 2, height - rows, 2
    return struct.pack(">IIIIiIiI", width, 1, height, 1, *off)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of boxes that follow one another."""
    while len(data) >= 8:
        length = int.from_bytes(data[:4])
        yield data[4:8], data[8:length]
        data = data[length:]


def _found(file: bytes, *path: bytes) -> bytes:
    """Return the content of a box in boxes, the first of its kind.

    Raises:
        ValueError: if there is none.
    """
    data = file
    for kind in path:
        inside = next((content for name, content in _boxes(data) if name == kind), None)
        if inside is None:
            raise ValueError(f"the file has no {kind.decode()}")
        data = inside[4:] if kind == b"meta" else inside
    return data


def _nals(config: bytes) -> Iterator[bytes]:
    """Yield the parameter sets of an ``hvcC``, one of each kind (ISO/IEC 14496-15, 8.3.3)."""
    rest = config[len(_HVCC_HEAD) + 1 :]
    for kind in _PARAMETER_SETS:
        name, count, length = struct.unpack(">BHH", rest[:5])
        if (name & 0x3F, count) != (kind, 1):
            raise ValueError("the file has other parameter sets than VPS, SPS, PPS")
        yield rest[5 : 5 + length]
        rest = rest[5 + length :]


def _whole_nals(data: bytes) -> bytes:
    """Return NAL units, each behind its length of 4 bytes, up to the zeros that follow them."""
    end = 0
    while 0 < (length := int.from_bytes(data[end : end + 4])) <= len(data) - end - 4:
        end += 4 + length
    return data[:end] or data


def _whole_obus(data: bytes) -> bytes:
    """Return OBUs that have their sizes in them (AV1, 5.3.2), up to the zeros that follow them."""
    end = 0
    while end < len(data) and data[end] & 0x02:
        at, length, shift = end + 1 + (data[end] >> 2 & 1), 0, 0
        while at < len(data) and shift < 56:
            length |= (data[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if not data[at - 1] & 0x80:
                break
        if at + length > len(data):
            break
        end = at + length
    return data[:end] or data
