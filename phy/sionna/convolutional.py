"""Sionna's convolutional codes."""

from __future__ import annotations

from linksim.phy.codes import CodeSpec
from linksim.phy.families.convolutional import generators
from linksim.phy.families.family import BlockSizes
from linksim.phy.sionna.coder import SionnaCoder


def coder(code: CodeSpec, sizes: BlockSizes, where: dict[str, str]) -> SionnaCoder:
    """Return encoder and decoder for blocks of one size; ``where`` is Sionna 2's device."""
    from sionna.phy.fec.conv import ConvEncoder, ViterbiDecoder

    encoder = ConvEncoder(gen_poly=generators(code), terminate=True, **where)
    decoder = ViterbiDecoder(encoder=encoder, **where)
    return SionnaCoder(encoder, decoder, decides=True, unrolled=True)
