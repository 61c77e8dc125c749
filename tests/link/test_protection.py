"""Unequal protection, with a codec whose parts can be told apart by their errors."""

from collections.abc import Sequence
from fractions import Fraction

import pytest
import torch

from linksim.link import Link
from linksim.link.protection import parse_protection
from linksim.phy import ChannelSpec, CodeSpec, PhySetup, PhySpec
from linksim.source import Message, MessageFormat, Received


class PartsCodec:
    """Sends bytes in three parts; the picture received is grey, darker for each byte wrong."""

    name, side = "parts", 4
    format = MessageFormat(300, 8, (("head", 60), ("middle", 90), ("tail", 150)))

    def __init__(self) -> None:
        self.last: torch.Tensor | None = None

    def encode(self, images: torch.Tensor, questions: Sequence[str]) -> Message:
        values = torch.arange(300).expand(len(images), -1) % 251
        return Message(values, 8)

    def decode(self, received: Received) -> torch.Tensor:
        self.last = received.values
        return torch.zeros(len(received.values), 3, 4, 4)


def link(protect: str, code: str = "conv:rate=1/2", channel: str = "awgn") -> Link:
    codec = PartsCodec()
    rates = parse_protection(protect) if protect else ()
    coherence = "image" if channel == "rayleigh" else "1"
    spec = PhySpec(CodeSpec.parse(code), channel=ChannelSpec.parse(channel, coherence), rates=rates)
    return Link(codec, PhySetup(spec, 1, "native", threads=1))


def sent() -> Message:
    return PartsCodec().encode(torch.zeros(8, 3, 4, 4), [""] * 8)


def test_a_part_with_a_lower_rate_arrives_better_and_costs_more() -> None:
    protected, plain = link("head=1/4,tail=3/4"), link("")
    delivery = protected.deliver(sent(), 4.0, range(8))
    received = protected.codec.last  # type: ignore[attr-defined]
    wrong = (received != sent().values).float()
    assert wrong[:, :60].mean() < 0.02 < wrong[:, 150:].mean()
    assert delivery.index_errors.tolist() == wrong.sum(1).tolist()
    cost, usual = protected.account(sent()), plain.account(sent())
    assert cost.bits.tolist() == usual.bits.tolist() == [2400] * 8
    assert cost.indices.tolist() == [300] * 8
    crc = 16  # of each part's only block
    symbols = [(8 * n + crc) / rate / 3 for n, rate in ((60, 0.25), (90, 0.5), (150, 0.75))]
    assert cost.symbols.tolist() == pytest.approx([sum(symbols)] * 8, abs=3 * 8)
    assert cost.blocks.tolist() == [3] * 8
    assert usual.blocks.tolist() == [1] * 8


def test_a_clean_channel_puts_the_parts_together_again() -> None:
    protected = link("middle=1/3")
    delivery = protected.deliver(sent(), 40.0, range(8))
    assert torch.equal(protected.codec.last, sent().values)  # type: ignore[attr-defined]
    assert not delivery.bit_errors.any()


def test_parts_of_equal_rate_travel_together() -> None:
    assert len(link("head=1/3,middle=1/3").layers) == 2
    assert len(link("head=1/2").layers) == 1


def test_parts_meet_noise_of_their_own() -> None:
    protected = link("head=1,middle=1,tail=0.99", "repetition:rate=1")
    assert len(protected.layers) == 2
    first, other = protected.layers
    assert first.seed != other.seed


@pytest.mark.parametrize(
    ("protect", "problem"),
    [("body=1/3", "body: no part of the message; it has head, middle, tail")],
)
def test_an_unknown_part_is_refused(protect: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        link(protect)


def test_a_message_without_parts_is_not_protected() -> None:
    codec = PartsCodec()
    codec.format = MessageFormat(10, 8)
    spec = PhySpec(rates=(("head", Fraction(1, 3)),))
    with pytest.raises(ValueError, match="codec's has none"):
        Link(codec, PhySetup(spec, engine="native"))


def test_parts_cannot_share_one_fade() -> None:
    with pytest.raises(ValueError, match="use a coherence of block"):
        link("head=1/3", channel="rayleigh")


@pytest.mark.parametrize("text", ["head", "head=", "head=0", "head=2", "head=1/0", "a=1/2,a=1/3"])
def test_what_is_no_protection_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"PART=RATE|one rate"):
        parse_protection(text)


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="are not 10 numbers"):
        MessageFormat(10, 8, (("head", 4),))
