"""Streams that somebody made to do harm: every CRC is right, so that all parsers are reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from linksim.link.packets import reassemble
from linksim.source.discover.bitstream import (
    MOST_UNITS,
    TASKS,
    crc8,
    crc16,
    pack_file,
    unpack_file,
    varint,
)
from linksim.source.discover.coding import ElementCoder
from linksim.source.discover.config import DiscoverConfig
from linksim.source.discover.elements import MOST_COVERED, box_bytes, cells_of, within_reach
from linksim.source.discover.model import DiscoverModel
from linksim.source.discover.receiving import Expected, latents_of, parse

from .small import CONFIG, small_model

MEGABYTE = 1 << 20
TASK = "full"
NUMBERS = (0, 1, 2, 127, 128, 255, 256, 16383, 16384, 2**21, 2**28 - 1, 2**31 - 1, 2**63)
"""Extremes of every length, size and place, on both sides of where another byte begins."""

PHOTOGRAPH = DiscoverConfig(
    side=512,
    halvings=4,
    channels=8,
    context=8,
    latent=320,
    hyper=8,
    groups=(16, 16, 32, 64, 192),
    blocks=0,
    diffusion=4,
    doublings=1,
    text=8,
    edge_bits=8,
)
"""As much to hold as the published sizes; narrow inside, so that it is quick."""


def number(rng: np.random.Generator) -> bytes:
    """Return a varint: an extreme one, any, or one that never ends."""
    kind = rng.integers(6)
    if kind == 0:
        return b"\xff" * int(rng.integers(1, 9))
    if kind == 1:
        return varint(int(rng.integers(0, 300)))
    return varint(NUMBERS[rng.integers(len(NUMBERS))])


def payload(rng: np.random.Generator) -> bytes:
    """Return bytes of a range coder: none, all the same, or any, up to some thousands."""
    length = (0, 1, 3, 4, 5, 8, 20, 200, 5000)[rng.integers(9)]
    filler = (b"\x00", b"\xff", b"\x80", None)[rng.integers(4)]
    return rng.bytes(length) if filler is None else filler * length


def header(rng: np.random.Generator, model: int, side: int) -> bytes:
    sizes = varint(side) * 2 if rng.integers(4) else number(rng) + number(rng)
    task = TASKS.index(TASK) if rng.integers(8) else int(rng.integers(16))
    identity = model if rng.integers(8) else int(rng.integers(1 << 16))
    body = bytes([0xE0 | task]) + identity.to_bytes(2, "big") + sizes + payload(rng)
    return closed(rng, body, 2)


def element(rng: np.random.Generator, grid: int, edge_bits: int) -> bytes:
    if rng.integers(4):
        label = varint(int(rng.integers(1, 20))) if rng.integers(3) else number(rng)
        size = box_bytes(edge_bits)
        box = (bytes(size), b"\xff" * size, b"\x00\x00\xff\xff", rng.bytes(size))[rng.integers(4)]
        return closed(rng, label + box + payload(rng), 1)
    bitmap = (bytes, lambda n: b"\xff" * n, rng.bytes)[rng.integers(3)](grid * grid // 8)
    return closed(rng, varint(0) + bitmap + payload(rng), 1)


def closed(rng: np.random.Generator, body: bytes, size: int) -> bytes:
    """Cut a unit somewhere, now and then, and end it with the CRC that it should have."""
    if not rng.integers(6):
        body = body[: int(rng.integers(len(body) + 1))]
    return body + (crc16 if size == 2 else crc8)(body)


def stream(rng: np.random.Generator, coder: ElementCoder, config: DiscoverConfig) -> bytes:
    """Return a file of units whose CRCs are right; its own lengths may be anything."""
    count = (0, 1, 2, 3, 5, 20, MOST_UNITS + 3)[rng.integers(7)]
    units = [header(rng, coder.identity(), config.side)]
    units += [element(rng, config.grid, config.edge_bits) for _ in range(count)]
    if rng.integers(4):
        return pack_file(units)
    return b"".join((number(rng) if not rng.integers(4) else b"") + unit for unit in units)


def parse_and_decode(data: bytes, coder: ElementCoder, config: DiscoverConfig) -> int:
    """Read a file as a receiver does, up to ŷ; return how many elements it had."""
    parsed = parse(unpack_file(data), Expected(coder.identity(), TASK, 12, config))
    if parsed is None:
        return 0
    latent, side = latents_of(parsed, coder, config)
    assert torch.isfinite(latent).all()
    assert torch.isfinite(side).all()
    return len(parsed.elements)


@contextmanager
def memory_grows_less_than(most: int) -> Iterator[None]:
    """Hold what a block takes at its peak against ``most`` bytes, by the kernel's count."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = peak()
    yield
    grown = peak() - before
    assert grown < most, f"{grown / MEGABYTE:.0f} MB"


def peak() -> int:
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return 1024 * int(found[1])


def test_no_stream_crashes_whatever_its_lengths_say(fuzz: int) -> None:
    rng, coder = np.random.default_rng(0), ElementCoder(small_model())
    reached = [
        parse_and_decode(stream(rng, coder, CONFIG), coder, CONFIG) for _ in range(100 * fuzz)
    ]
    assert np.mean(np.array(reached) > 0) > 0.1  # what stands behind the CRCs was met


def test_no_packets_crash_whatever_their_places_and_lengths_say(fuzz: int) -> None:
    rng = np.random.default_rng(1)
    extremes = np.array([0, 1, 2, 127, 128, 254, 255])
    for _ in range(300 * fuzz):
        heads = rng.choice(extremes, size=(int(rng.integers(1, 40)), 3)).astype(np.uint8)
        units = reassemble(bytes(head) + rng.bytes(int(rng.integers(0, 130))) for head in heads)
        assert all(0 <= place < MOST_UNITS and unit.data for place, unit in units.items())


def test_the_worst_stream_of_a_photograph_takes_little_memory_and_ends() -> None:
    """255 objects, each all over the picture: held at once, they were 668 MB and as much again."""
    torch.manual_seed(0)
    coder = ElementCoder(DiscoverModel(PHOTOGRAPH).eval().requires_grad_(False))
    body = bytes([0xE0]) + coder.identity().to_bytes(2, "big") + varint(512) * 2
    everywhere = varint(1) + b"\x00\x00\xff\xff" + b"\x55" * 100
    units = [body + crc16(body), *[everywhere + crc8(everywhere)] * (MOST_UNITS - 1)]
    with memory_grows_less_than(200 * MEGABYTE):
        assert parse_and_decode(pack_file(units), coder, PHOTOGRAPH) == MOST_COVERED


def test_what_a_sender_covers_is_within_a_receivers_reach() -> None:
    grid = PHOTOGRAPH.grid
    whole = int(cells_of((0.0, 0.0, 1.0, 1.0), grid).sum())
    assert within_reach([whole] * 255, grid) == MOST_COVERED
    assert within_reach([1] * 255, grid) == 255
    assert within_reach([whole, *[whole // 2] * 40], grid) == 1 + 2 * (MOST_COVERED - 1)
