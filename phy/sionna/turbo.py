"""Sionna's turbo code."""

from __future__ import annotations

from linksim.phy.circular_buffer import encoded_places
from linksim.phy.codes import CodeSpec
from linksim.phy.families.family import BlockSizes
from linksim.phy.sionna.coder import SionnaCoder
from linksim.phy.turbo_lengths import filler_bits

_LARGEST_LLR = 40.0  # the decoder takes powers of e: times what is multiplied they fit float32
_ALGORITHMS = {"": "map", "logmap": "map", "maxlog": "maxlog"}


def coder(code: CodeSpec, sizes: BlockSizes, where: dict[str, str]) -> SionnaCoder:
    """Return encoder and decoder for blocks of one size; ``where`` is Sionna 2's device."""
    from sionna.phy.fec.turbo import TurboDecoder, TurboEncoder

    encoder = TurboEncoder(constraint_length=4, rate=1 / 3, terminate=True, **where)
    decoder = TurboDecoder(
        encoder,
        num_iter=code.iterations,
        algorithm=_ALGORITHMS[code.decoder],
        hard_out=False,
        **where,
    )
    return SionnaCoder(
        encoder,
        decoder,
        largest_llr=_LARGEST_LLR,
        unrolled=True,
        filler=filler_bits(sizes.information),
        mother=encoded_places(sizes.information),
    )
