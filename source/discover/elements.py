"""Elements of a latent: which cells of its grid belong to an object, which to the background."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch

_COVERED = 1 / 3  # share of a cell that a box must cover

MOST_COVERED = 16
"""How often the elements of a picture may cover its grid, all together: what decoding may cost."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, as shares of the picture's sides."""


@dataclass(frozen=True)
class Found:
    """An object that a detector found.

    Attributes:
        label: place in the list of labels that both sides know.
        box: see `Box`; with the edges that are sent.
    """

    label: int
    box: Box


def area(box: Box) -> float:
    """Return the share of a picture that a box covers.

    >>> area((0.0, 0.0, 0.5, 0.5))
    0.25
    """
    left, top, right, bottom = box
    return (right - left) * (bottom - top)


def sent_box(box: Box, bits: int) -> bytes:
    """Return a box as bytes: its four edges in steps, ``bits`` each, the left one first.

    >>> sent_box((0.0, 0.25, 0.5, 1.0), 8).hex()
    '004080ff'
    """
    steps = (1 << bits) - 1
    number = 0
    for edge in box:
        number = number << bits | round(min(max(edge, 0.0), 1.0) * steps)
    return number.to_bytes(box_bytes(bits), "big")


def received_box(data: bytes, bits: int) -> Box:
    """Return the box of such bytes."""
    number, steps = int.from_bytes(data, "big"), (1 << bits) - 1
    left, top, right, bottom = (number >> bits * place & steps for place in (3, 2, 1, 0))
    return left / steps, top / steps, right / steps, bottom / steps


def box_bytes(bits: int) -> int:
    """Return how many bytes a box takes."""
    return bits // 2


def coverage(box: Box, rows: int) -> torch.Tensor:
    """Return how much of each cell of a grid a box covers, float64 ``[rows, rows]`` in 0..1."""
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) * rows for edge in box)
    places = torch.arange(rows, dtype=torch.float64)
    across = (torch.clamp(places + 1, max=right) - torch.clamp(places, min=left)).clamp(0)
    down = (torch.clamp(places + 1, max=bottom) - torch.clamp(places, min=top)).clamp(0)
    return down[:, None] * across[None, :]


def cells_of(box: Box, grid: int) -> torch.Tensor:
    """Return the cells that belong to a box, bool ``[grid, grid]``; one at least.

    A box that no detector gives (empty, turned round) has the cell at its middle.
    """
    cells = coverage(box, grid) >= _COVERED
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) * grid for edge in box)
    row, column = (top + bottom) / 2, (left + right) / 2
    cells[min(int(row), grid - 1), min(int(column), grid - 1)] = True
    return cells


def partition(boxes: Sequence[Box], grid: int) -> torch.Tensor:
    """Return the cells of every box, then those of none, bool ``[boxes + 1, grid, grid]``.

    Boxes that overlap share cells: each is coded on its own, so that none needs another.
    """
    cells = [cells_of(box, grid) for box in boxes]
    covered = torch.stack(cells).any(dim=0) if cells else torch.zeros(grid, grid, dtype=torch.bool)
    return torch.stack([*cells, ~covered])


def within_reach(covered: Iterable[int], grid: int) -> int:
    """Return how many elements are decoded, from the first on; see `MOST_COVERED`.

    Args:
        covered: cells of each.
        grid: rows and columns of ŷ.

    >>> within_reach([4, 64 * 16 - 4, 1], grid=8)
    2
    """
    return sum(cells <= MOST_COVERED * grid * grid for cells in accumulate(covered))
