"""Sionna's blocks for one block format: the same in both generations, which share their API.

Sionna 1 runs on TensorFlow, Sionna 2 on PyTorch. Nothing here is imported from Sionna before
`sionna_blocks` is called: Sionna 1 loads TensorFlow, which must find triton loaded already
(`linksim.phy.sionna.tensorflow_engine` sees to that).
"""

from __future__ import annotations

import contextlib
import io
from typing import Any, NamedTuple

import numpy as np

from linksim.phy.engine import BlockFormat
from linksim.phy.families.mother_code import MotherCode
from linksim.phy.rate_matching import mother_bits, sent_order
from linksim.phy.segmentation import Segmentation
from linksim.phy.sionna.coder import SionnaCoder

_CODED_BITS_PER_CALL = 100_000  # bounds memory; large enough to keep a core busy
_MOST_ROWS = 64


class Blocks(NamedTuple):
    """A block format in Sionna.

    Attributes:
        mapper, demapper: between bits and symbols.
        coder: of the code.
        order: encoded bit that each coded bit is, int64 ``[coded_bits]``; None for a code that
            brings its own rate matching.
        places: where each encoded bit is found among the coded bits, int64 ``[encoded, most]``,
            filled up with ``coded_bits``, where the receiver puts a zero; ``coded_bits + 1``, where
            it puts the LLR of a bit that is known to be 0. None as ``order``.
    """

    mapper: Any
    demapper: Any
    coder: SionnaCoder
    order: np.ndarray | None
    places: np.ndarray | None


def sionna_blocks(block: BlockFormat, device: str = "") -> Blocks:
    """Build Sionna's blocks.

    Args:
        block: the format.
        device: of Sionna 2, as PyTorch writes it; none for Sionna 1.

    Raises:
        Refused: if Sionna has no such code.
    """
    where = {"device": device} if device else {}
    code, sizes = block.code, block.segmentation.sizes
    with contextlib.redirect_stdout(io.StringIO()):  # some blocks print
        coder = code.family.sionna_coder(code, sizes, where) or SionnaCoder()
        mapper, demapper = _mapping(block, where)
    order = places = None
    if isinstance(code.family, MotherCode):
        order = sent_order(code, sizes.information, sizes.coded)
        places = _places(order, mother_bits(code, sizes.information))
        if coder.mother is not None:
            order = coder.mother[order]
            places = _with_known_zeros(places, coder.mother, sizes.coded + 1)
    return Blocks(mapper, demapper, coder, order, places)


def _mapping(block: BlockFormat, where: dict[str, str]) -> tuple[Any, Any]:
    from sionna.phy.mapping import Constellation, Demapper, Mapper

    modulation = block.modulation
    constellation = Constellation(
        "custom", modulation.bits_per_symbol, points=modulation.points.copy(), **where
    )
    mapper = Mapper(constellation=constellation, **where)
    return mapper, Demapper(block.demapper, constellation=constellation, **where)


def _places(order: np.ndarray, mother: int) -> np.ndarray:
    """Invert ``order``: a gather that sums in a fixed order, where a scatter may not."""
    sorted_places = np.argsort(order, kind="stable")
    counts = np.bincount(order, minlength=mother)
    places = np.full((mother, max(int(counts.max()), 1)), len(order), dtype=np.int64)
    ends = np.cumsum(counts)
    rank = np.arange(len(order)) - np.repeat(ends - counts, counts)
    places[order[sorted_places], rank] = sorted_places
    return places


def _with_known_zeros(places: np.ndarray, mother: np.ndarray, known: int) -> np.ndarray:
    """Return ``places`` of all encoded bits, of which ``mother`` are those of the mother code."""
    # A known bit is found once; zeros fill it up as any.
    every = np.full((int(mother[-1]) + 1, places.shape[1]), known - 1)
    every[:, 0] = known
    every[mother] = places
    return every


# --- What the engines on Sionna have in common ---------------------------------------------------


def rows_per_call(plan: Segmentation) -> int:
    """Return the blocks that go through Sionna at once: always as many, whatever the batch.

    So a compiler compiles once, and a block's result does not depend on how many travel with it.
    """
    return int(np.clip(_CODED_BITS_PER_CALL // plan.coded_bits, 1, _MOST_ROWS))


def row_slices(count: int, rows: int) -> list[slice]:
    """Cut ``count`` blocks into calls."""
    return [slice(first, min(first + rows, count)) for first in range(0, count, rows)]
