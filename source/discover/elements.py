"""Elements of a latent: which cells of its grid belong to an object, which to the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

_COVERED = 0.25  # share of a cell that a box must cover

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture's sides."""

_BYTE = 255


@dataclass(frozen=True)
class Found:
    """An object that a detector found.

    Attributes:
        label: place in the list of labels that both sides know.
        box: see `Box`; as it is sent, in 256 steps.
    """

    label: int
    box: Box


def sent_box(box: Box) -> tuple[int, int, int, int]:
    """Return a box as its four bytes."""
    left, top, right, bottom = (round(min(max(edge, 0.0), 1.0) * _BYTE) for edge in box)
    return left, top, right, bottom


def received_box(edges: Sequence[int]) -> Box:
    """Return the box of four bytes."""
    left, top, right, bottom = (edge / _BYTE for edge in edges)
    return left, top, right, bottom


def cells_of(box: Box, grid: int) -> torch.Tensor:
    """Return the cells that belong to a box, bool ``[grid, grid]``; one at least.

    A box that no detector gives (empty, turned round) has the cell at its middle.
    """
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) * grid for edge in box)
    places = torch.arange(grid, dtype=torch.float64)
    across = (torch.clamp(places + 1, max=right) - torch.clamp(places, min=left)).clamp(0)
    down = (torch.clamp(places + 1, max=bottom) - torch.clamp(places, min=top)).clamp(0)
    cells = down[:, None] * across[None, :] >= _COVERED
    row, column = ((a + b) / 2 for a, b in ((top, bottom), (left, right)))
    cells[min(int(row), grid - 1), min(int(column), grid - 1)] = True
    return cells


def partition(boxes: Sequence[Box], grid: int) -> torch.Tensor:
    """Return the cells of every box, then those of none, bool ``[boxes + 1, grid, grid]``.

    Boxes that overlap share cells: each is coded on its own, so that none needs another.
    """
    cells = [cells_of(box, grid) for box in boxes]
    covered = torch.stack(cells).any(dim=0) if cells else torch.zeros(grid, grid, dtype=torch.bool)
    return torch.stack([*cells, ~covered])
