"""Sionna's LDPC codes."""

from __future__ import annotations

from linksim.phy.codes import CodeSpec
from linksim.phy.families.family import BlockSizes
from linksim.phy.families.ldpc import base_graph
from linksim.phy.sionna.coder import SionnaCoder

_CHECK_NODES = {"": "boxplus-phi", "bp": "boxplus-phi", "minsum": "minsum"}


def coder(code: CodeSpec, sizes: BlockSizes, where: dict[str, str]) -> SionnaCoder:
    """Return encoder and decoder for blocks of one size; ``where`` is Sionna 2's device."""
    from sionna.phy.fec.ldpc import LDPC5GDecoder, LDPC5GEncoder

    graph = f"bg{base_graph(code, sizes.information)}"
    encoder = LDPC5GEncoder(sizes.information, sizes.coded, bg=graph, **where)
    decoder = LDPC5GDecoder(
        encoder,
        cn_update=_CHECK_NODES[code.decoder],
        num_iter=code.iterations,
        hard_out=False,
        **where,
    )
    return SionnaCoder(encoder, decoder)
