"""Sionna 2 on PyTorch; the draws of a GPU, made on the CPU."""

import importlib.metadata

import numpy as np
import pytest
import torch

from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhysicalLayer, PhySpec
from linksim.phy.channel import ChannelUse
from linksim.phy.sionna import torch_draws

CHANNELS = [
    ChannelSpec(),
    ChannelSpec.parse("rayleigh"),
    ChannelSpec.parse("rician:k=2", "7"),
    ChannelSpec.parse("rayleigh", "block", "pilot:every=4"),
    ChannelSpec.parse("rayleigh", "20", "pilot:every=5"),
    ChannelSpec.parse("awgn", csi="pilot:every=3"),
    ChannelSpec.parse("rayleigh", "image", "pilot:every=16"),
]
needs_sionna_2 = pytest.mark.skipif(
    importlib.metadata.version("sionna-no-rt").startswith("1."), reason="Sionna 1 is installed"
)


@pytest.mark.parametrize("channel", CHANNELS, ids=str)
def test_draws_are_the_native_ones(channel: ChannelSpec) -> None:
    use = ChannelUse(channel, 2**63 + 12345, -3.25, [0, 5, 2**40 + 7], blocks=3, block_symbols=37)
    np.testing.assert_allclose(torch_draws.noise(use, "cpu"), use.noise(), atol=1e-5)
    for drawn, expected in zip(torch_draws.gains(use, "cpu"), use.gains(), strict=True):
        assert drawn.numpy().dtype == expected.dtype
        np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("payload_bits", [1, 576, 2048, 2100])
def test_random_bits_are_the_native_ones(payload_bits: int) -> None:
    use = ChannelUse(ChannelSpec(), 7, 3.0, [2, 2**33], blocks=2, block_symbols=10)
    drawn = torch_draws.random_payload(use, payload_bits, "cpu")
    assert np.array_equal(drawn, use.random_payload(payload_bits))


def layer(engine: str = "sionna") -> PhysicalLayer:
    channel = ChannelSpec.parse("rayleigh", "10", "pilot:every=10")
    spec = PhySpec(CodeSpec.parse("ldpc"), Modulation.named("8psk"), channel)
    return PhysicalLayer(300, spec, seed=2, engine=engine)


@needs_sionna_2
@pytest.mark.parametrize("engine", ["sionna", "hybrid"])
def test_drawing_where_the_bits_are_counts_the_same(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = layer(engine)
    monkeypatch.setattr(there._engine, "_draws_here", False)
    elsewhere = there.count(9.0, range(40))
    monkeypatch.setattr(there._engine, "_draws_here", True)
    here = there.count(9.0, range(40))
    assert np.array_equal(here.raw_errors, elsewhere.raw_errors)
    assert np.array_equal(here.bit_errors > 0, elsewhere.bit_errors > 0)
    assert 0 < np.count_nonzero(here.bit_errors) < 40


@needs_sionna_2
def test_bits_come_by_dlpack_from_anywhere() -> None:
    from linksim.phy.sionna.torch_engine import SionnaTorch

    there = layer()
    engine, use = there._engine, there._use(9.0, range(3))
    assert isinstance(engine, SionnaTorch)
    bits = np.random.default_rng(1).integers(0, 2, (3, 324), dtype=np.uint8)
    bits.setflags(write=False)
    llr, raw_errors = engine.transmit_tensors(torch.from_numpy(bits.copy()), use)
    received = engine.transmit(bits, use)
    assert np.array_equal(llr.cpu(), received.llr)
    assert np.array_equal(raw_errors.cpu(), received.raw_errors)
    assert len(engine.transmit_tensors(torch.from_numpy(bits[:0].copy()), use)[0]) == 0
