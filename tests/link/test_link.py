"""The joint of codec and physical layer, with a codec so plain that its errors can be counted."""

from collections.abc import Sequence

import pytest
import torch

from linksim.link import Link
from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhySetup, PhySpec
from linksim.source import Message, MessageFormat, Received


class PixelCodec:
    """Sends every pixel as a byte."""

    name, side, format = "pixels", 8, MessageFormat(192, 8)

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        return Message((images * 255).round().long().flatten(1), 8)

    def decode(self, received: Received) -> torch.Tensor:
        return received.values.view(-1, 3, 8, 8) / 255


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.randint(0, 256, (4, 3, 8, 8), generator=torch.Generator().manual_seed(0)) / 255


@pytest.fixture(scope="module")
def link() -> Link:
    channel = ChannelSpec.parse("rayleigh", "image", "pilot:every=64")
    spec = PhySpec(CodeSpec.parse("none"), Modulation.named("qpsk"), channel)
    return Link(PixelCodec(), PhySetup(spec, 1, "native", threads=1))


def test_a_clean_channel_delivers_the_pictures(link: Link, images: torch.Tensor) -> None:
    delivery = link.deliver(link.codec.encode(images, [""] * 4), 60.0, range(4))
    assert torch.equal(delivery.images, images)
    assert not delivery.index_errors.any()


def test_wrong_indices_are_those_that_differ(link: Link, images: torch.Tensor) -> None:
    delivery = link.deliver(link.codec.encode(images, [""] * 4), 3.0, range(4))
    differ = (delivery.images * 255).round() != (images * 255).round()
    assert delivery.index_errors.tolist() == differ.flatten(1).sum(1).tolist()
    assert (delivery.index_errors > 0).all()
    assert (delivery.bit_errors >= delivery.index_errors).all()
    assert (delivery.bit_errors <= 8 * delivery.index_errors).all()


def test_a_picture_meets_its_own_noise_whatever_it_travels_with(
    link: Link, images: torch.Tensor
) -> None:
    together = link.deliver(link.codec.encode(images, [""] * 4), 3.0, range(4))
    alone = link.deliver(link.codec.encode(images[2:3], [""]), 3.0, [2])
    assert torch.equal(alone.images[0], together.images[2])


def test_the_accounting_is_of_each_picture(link: Link, images: torch.Tensor) -> None:
    cost = link.account(link.codec.encode(images, [""] * 4))
    assert cost.indices.tolist() == [192] * 4
    assert cost.bits.tolist() == [1536] * 4
    assert cost.coded_bits.tolist() == [2 * 768] * 4
    assert cost.symbols.tolist() == [768 + 12] * 4
    assert cost.units.tolist() == [0] * 4
    assert link.information_bits_per_symbol == 1536 / 780


def test_a_soft_receiver_needs_a_codec_that_reads_llrs(images: torch.Tensor) -> None:
    class SoftPixelCodec(PixelCodec):
        def decode_soft(self, received: Received) -> torch.Tensor:
            ones = received.llr.sigmoid()
            values = (ones * 2 ** torch.arange(received.width - 1, -1, -1)).sum(-1)
            return values.reshape(images.shape) / 255

    message, spec = PixelCodec().encode(images, [""] * 4), PhySpec(CodeSpec.parse("none"))
    with pytest.raises(ValueError, match="use hard"):
        Link(PixelCodec(), PhySetup(spec, engine="native"), soft=True)
    links = [Link(SoftPixelCodec(), PhySetup(spec, engine="native"), s) for s in (False, True)]
    hard, soft = (
        (link.deliver(message, 6.0, range(4)).images - images).square().mean() for link in links
    )
    assert soft < 0.9 * hard


def test_what_a_physical_layer_cannot_do_is_refused() -> None:
    spec = PhySpec(channel=ChannelSpec.parse("rayleigh", "block", "pilot:every=100000"))
    with pytest.raises(ValueError, match="pilot:every=100000"):
        Link(PixelCodec(), PhySetup(spec, engine="native"))


def test_a_message_of_another_format_is_refused(link: Link, images: torch.Tensor) -> None:
    message = link.codec.encode(images[..., :7], [""] * 4)
    with pytest.raises(ValueError, match="says 192 numbers of 8 bits; it made 168 of 8"):
        link.send(message, 3.0, range(4))
