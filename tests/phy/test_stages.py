"""The stages one by one: composed they are the physical layer, bit by bit."""

import numpy as np
import pytest

from linksim.phy import (
    CODES,
    DEMAPPERS,
    MODULATIONS,
    Channel,
    ChannelSpec,
    CodeSpec,
    Decoder,
    Demapper,
    Encoder,
    Mapper,
    Modulation,
    PhysicalLayer,
    PhySpec,
    blocks_pass,
    from_blocks,
    segment,
    to_blocks,
)
from linksim.phy.channel import BLOCK, IMAGE

from . import uncoded_oracle as oracle

CHANNELS = {
    "awgn": ChannelSpec(),
    "rayleigh": ChannelSpec("rayleigh", BLOCK),
    "rician": ChannelSpec("rician", IMAGE, 4.0),
    "pilots": ChannelSpec("rayleigh", 16, pilot_every=8),
}


class Parity:
    """A code of one's own: three bits and their sum."""

    k, n = 3, 4

    def encode(self, bits: np.ndarray) -> np.ndarray:
        return np.hstack([bits, bits.sum(axis=1, keepdims=True) % 2])

    def decode(self, llr: np.ndarray) -> np.ndarray:
        return llr[:, :3]


def composed_equals_layer(spec: PhySpec, message_bits: int, snr_db: float) -> PhysicalLayer:
    """Send the same messages both ways; fail unless all numbers are equal."""
    layer = PhysicalLayer(message_bits, spec, seed=7, engine="native", threads=1)
    message = np.random.default_rng(1).integers(0, 2, (6, message_bits), dtype=np.uint8)
    frames = [5, 0, 2**40, 3, 3, 1]
    plan = segment(spec.code, message_bits, spec.modulation.bits_per_symbol)
    assert plan == layer.segmentation
    coded = Encoder(spec.code, plan)(to_blocks(message, plan))
    sent = Mapper(spec.modulation)(coded)
    received = Channel(spec.channel, seed=7)(sent, snr_db, frames, plan.blocks)
    llr = Demapper(spec.modulation, spec.demapper)(received)
    soft = Decoder(spec.code, plan)(llr)
    expected = layer.transmit(message, snr_db, frames)
    assert np.array_equal(from_blocks(soft, plan), expected.llr)
    assert np.array_equal(from_blocks((soft > 0).view(np.uint8), plan), expected.bits)
    raw_errors = ((llr > 0) != coded).sum(axis=1).reshape(6, plan.blocks).sum(axis=1)
    assert np.array_equal(raw_errors, expected.raw_errors)
    assert raw_errors.any()
    passed = blocks_pass((soft > 0).view(np.uint8), plan).reshape(6, plan.blocks)
    assert np.array_equal(passed, expected.block_passed)
    return layer


@pytest.mark.parametrize("name", [*CODES, "own"])
def test_every_code_between_the_stages_is_the_physical_layer(name: str) -> None:
    text = "nr:mcs=8" if name == "nr" else name
    code = CodeSpec.of(Parity()) if name == "own" else CodeSpec.parse(text)
    modulation = Modulation.named(code.modulation or "8psk")
    composed_equals_layer(PhySpec(code, modulation, CHANNELS["rayleigh"]), 100, 6.0)


def test_messages_of_several_blocks_are_cut_and_joined() -> None:
    spec = PhySpec(CodeSpec.parse("polar"), Modulation.named("qpsk"), CHANNELS["rician"])
    assert composed_equals_layer(spec, 1500, 2.0).segmentation.blocks > 1


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("demapper", DEMAPPERS)
def test_every_channel_and_demapper_is_that_of_the_physical_layer(
    channel: str, demapper: str
) -> None:
    parts = CodeSpec.parse("conv"), Modulation.named("16qam"), CHANNELS[channel], demapper
    composed_equals_layer(PhySpec(*parts), 90, 8.0)


@pytest.mark.parametrize("name", MODULATIONS)
def test_the_mapper_puts_labels_to_their_points(name: str) -> None:
    modulation = Modulation.named(name)
    labels = np.arange(modulation.points.size)
    bits = labels >> np.arange(modulation.bits_per_symbol)[::-1, None] & 1
    assert np.array_equal(Mapper(modulation)(bits.reshape(1, -1))[0], modulation.points)


def test_what_is_received_is_the_symbols_in_noise_of_the_variance_that_is_said() -> None:
    sent = Mapper(Modulation.named("qpsk"))(np.zeros((50, 4000), dtype=np.uint8))
    received = Channel(CHANNELS["pilots"], seed=1)(sent, 10.0)
    noise = received.equalised - sent
    normalised = np.abs(noise) ** 2 / received.n0
    # Given h' alone, noise of N0' is what an estimate leaves where h is much larger than its error.
    strong = received.energy > 1
    assert normalised[strong].mean() == pytest.approx(1, abs=0.03)


def test_hard_decisions_of_the_stages_are_where_theory_puts_them() -> None:
    modulation = Modulation.named("16qam")
    bits = np.random.default_rng(3).integers(0, 2, (10, 40_000), dtype=np.uint8)
    received = Channel(ChannelSpec(), seed=2)(Mapper(modulation)(bits), 10.0)
    ber = ((Demapper(modulation)(received) > 0) != bits).mean()
    read = oracle.awgn(modulation.points, 0.1, oracle.likelier_bits)
    assert ber == pytest.approx(oracle.bit_error_rates(read).mean(), rel=0.02)
