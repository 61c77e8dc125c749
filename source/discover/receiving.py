"""What a receiver reads of units that nobody vouches for: objects, and ŷ as far as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from linksim.source.discover.bitstream import Element, Header, read_element, read_header
from linksim.source.discover.coding import ElementCoder
from linksim.source.discover.config import DiscoverConfig
from linksim.source.discover.elements import within_reach
from linksim.source.message import ReceivedUnit


@dataclass(frozen=True)
class Parsed:
    """What the receiver could read of one picture's stream."""

    header: Header
    elements: list[Element]


@dataclass(frozen=True)
class Expected:
    """What both sides have agreed on: a stream that says anything else is none of theirs.

    Attributes:
        identity: of the entropy model, see `ElementCoder.identity`.
        task: one of `linksim.source.discover.bitstream.TASKS`.
        labels: how many there are.
        config: sizes of the base codec.
    """

    identity: int
    task: str
    labels: int
    config: DiscoverConfig


def parse(units: Mapping[int, ReceivedUnit], expected: Expected) -> Parsed | None:
    """Return what can be read of a picture's units; None without a header that is as expected."""
    header, config = read_header(units.get(0)), expected.config
    wanted = (expected.identity, expected.task, config.side, config.side)
    if header is None or (header.model, header.task, header.width, header.height) != wanted:
        return None
    sizes = config.grid, config.edge_bits
    read = [read_element(unit, *sizes) for number, unit in units.items() if number]
    elements = [e for e in read if e and (e.found is None or e.found.label < expected.labels)]
    covered = [int(element.cells.sum()) for element in elements]
    return Parsed(header, elements[: within_reach(covered, config.grid)])


def latents_of(
    parsed: Parsed, coder: ElementCoder, config: DiscoverConfig
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ŷ, zero where nothing came, ``[latent, grid, grid]``, and ẑ; both float64."""
    side = coder.decode_side(parsed.header.side)
    latent = torch.zeros(config.latent, config.grid, config.grid, dtype=torch.float64)
    if parsed.elements:
        cells = torch.stack([element.cells for element in parsed.elements])
        payloads = [ReceivedUnit(e.payload, e.complete) for e in parsed.elements]
        for decoded in coder.decode(payloads, side, cells):
            latent += decoded
        latent /= cells.sum(dim=0).clamp(min=1)  # the mean where elements share a cell
    return latent, side
