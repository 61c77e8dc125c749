"""A link without bits, with a codec so plain that what arrives can be foretold."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from linksim.link import AnalogueLink, Link, connect
from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhySetup, PhySpec
from linksim.source import Message, MessageFormat, Received, ReceivedSymbols, Symbols, SymbolsFormat


class AmplitudeCodec:
    """Sends every number of a picture as ±1 on I, by whether it is above the middle."""

    name, side, format = "amplitudes", 8, SymbolsFormat(192)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Symbols:
        return Symbols((2.0 * (images > 0.5) - 1).flatten(1).to(torch.complex64))

    def decode(self, received: ReceivedSymbols) -> torch.Tensor:
        return (received.values.real > 0).float().view(-1, 3, 8, 8)


class ByteCodec:
    name, side, format = "bits", 8, MessageFormat(192, 1)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        return Message((images > 0.5).long().flatten(1), 1)

    def decode(self, received: Received) -> torch.Tensor:
        return received.values.view(-1, 3, 8, 8).float()


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randint(0, 2, (4, 3, 8, 8), generator=torch.Generator().manual_seed(0)).float()


FADING = ChannelSpec.parse("rayleigh", "image", "pilot:every=64")


def test_a_clean_channel_delivers_the_pictures(images: torch.Tensor) -> None:
    codec = AmplitudeCodec()
    sent = codec.encode(images, [""] * 4)
    delivery = AnalogueLink(codec, FADING, 1).deliver(sent, 60.0, range(4))
    assert torch.equal(delivery.images, images)
    for counts in (delivery.bit_errors, delivery.index_errors, delivery.block_errors):
        assert counts.tolist() == [0] * 4


@pytest.mark.parametrize("channel", [ChannelSpec(), ChannelSpec("rayleigh"), FADING])
def test_it_meets_the_noise_that_bits_meet(images: torch.Tensor, channel: ChannelSpec) -> None:
    spec = PhySpec(CodeSpec.parse("none"), Modulation.named("bpsk"), channel)
    sent = []
    for codec in (AmplitudeCodec(), ByteCodec()):
        message = codec.encode(images, [""] * 4)
        link = connect(codec, PhySetup(spec, 1, "native", threads=1))
        sent.append(link.deliver(message, 2.0, [3, 1, 4, 1]).images)
    as_sent = [(part == images).numpy().mean() for part in sent]
    # BPSK maps a one to −1: the same noise hits the other half of the bits, the rate is one.
    assert as_sent[0] == pytest.approx(as_sent[1], abs=0.05)
    assert as_sent[0] < 1


def test_a_picture_meets_its_own_noise_whatever_it_travels_with(images: torch.Tensor) -> None:
    codec = AmplitudeCodec()
    link = AnalogueLink(codec, FADING, 1)
    together = link.deliver(codec.encode(images, [""] * 4), 0.0, range(4))
    alone = link.deliver(codec.encode(images[2:3], [""]), 0.0, [2])
    assert torch.equal(alone.images[0], together.images[2])


def test_symbols_are_all_that_it_costs(images: torch.Tensor) -> None:
    codec = AmplitudeCodec()
    sent = codec.encode(images, [""] * 4)
    link = connect(codec, PhySetup(PhySpec(channel=FADING)))
    cost = link.account(sent)
    for count in (cost.bits, cost.indices, cost.blocks, cost.coded_bits, cost.units):
        assert count.tolist() == [0] * 4
    assert cost.symbols.tolist() == [192 + 3] * 4
    assert link.engine == "analogue"
    assert link.information_bits_per_symbol == 0


def test_the_format_decides_the_link() -> None:
    spec = PhySpec(CodeSpec.parse("none"), Modulation.named("bpsk"))
    codecs = {Link: ByteCodec(), AnalogueLink: AmplitudeCodec()}
    for kind, codec in codecs.items():
        assert isinstance(connect(codec, PhySetup(spec, engine="native")), kind)


def test_pilots_that_do_not_fit_are_refused() -> None:
    codec = AmplitudeCodec()
    channel = ChannelSpec.parse("rayleigh", "block", "pilot:every=100000")
    with pytest.raises(ValueError, match="pilot:every=100000"):
        AnalogueLink(codec, channel)


def test_a_codec_that_shouts_is_refused(images: torch.Tensor) -> None:
    codec = AmplitudeCodec()
    sent = codec.encode(images, [""] * 4)
    loud = Symbols(torch.from_numpy(np.float32(2) * sent.values.numpy()))
    with pytest.raises(ValueError, match="mean energy one"):
        AnalogueLink(codec, ChannelSpec()).deliver(loud, 0.0, range(4))
