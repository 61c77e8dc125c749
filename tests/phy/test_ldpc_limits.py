"""LDPC blocks so short, at rates so high, that no SNR brings them back."""

import numpy as np
import pytest

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
from linksim.phy.channel import ChannelUse
from linksim.phy.engine import BlockFormat
from linksim.phy.families.ldpc import base_graph
from linksim.phy.native.engine import NativeEngine
from linksim.phy.native.ldpc_code import comes_back, lifted_code
from linksim.phy.segmentation import segment

NO_NOISE_DB = 40.0


@pytest.mark.parametrize("percent", [20, 50, 88, 90, 92, 93, 95])
def test_what_does_not_come_back_without_noise_is_known_beforehand(percent: int) -> None:
    code, modulation = CodeSpec.parse(f"ldpc:rate={percent}/100"), Modulation.named("bpsk")
    seen = set()
    for bits in (1, 8, 16, 30, 60, 84, 104, 124, 168, 268, 269, 1500):
        plan = segment(code, bits, 1)
        graph = base_graph(code, plan.information_bits)
        expected = comes_back(lifted_code(plan.information_bits, plan.coded_bits, graph))
        use = ChannelUse(ChannelSpec(), 1, NO_NOISE_DB, range(20), 1, plan.block_symbols)
        information = np.random.default_rng(bits).integers(0, 2, (20, plan.information_bits))
        sent = information.astype(np.uint8)
        engine = NativeEngine(BlockFormat(code, modulation, "app", plan))
        received = engine.transmit(sent, use).llr > 0
        assert (received == sent).all() == expected, bits
        seen.add(bool(expected))
    assert seen == ({True} if percent < 89 else {True, False})


@pytest.mark.parametrize("engine", ["native", "hybrid", "sionna"])
def test_such_a_block_is_refused_in_a_line_that_says_what_to_do(engine: str) -> None:
    code = CodeSpec.parse("ldpc:rate=19/20")
    spec = PhySpec(code, Modulation.named("qpsk"), ChannelSpec())
    with pytest.raises(ValueError, match=r"ldpc:rate=19/20: .* give a lower rate or longer"):
        PhysicalLayer(40, spec, engine=engine)
