"""Streams over a real link."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from linksim.link import StreamLink, connect
from linksim.link.packet_layers import Posted
from linksim.link.packets import packetise
from linksim.link.protection import parse_protection
from linksim.phy import ChannelSpec, CodeSpec, PhySetup, PhySpec
from linksim.phy.segmentation import segment
from linksim.source import ReceivedUnit, Streams, Unit

from .streams import ByteStreamCodec, streams, units_for

COUNTS = ("index_errors", "bit_errors", "block_errors", "raw_errors")


def spec(code: str = "ldpc:rate=1/2", protect: str = "", channel: str = "awgn") -> PhySpec:
    rates = parse_protection(protect) if protect else ()
    return PhySpec(CodeSpec.parse(code), channel=ChannelSpec.parse(channel, "block"), rates=rates)


def link(code: str = "ldpc:rate=1/2", protect: str = "", channel: str = "awgn") -> StreamLink:
    description = spec(code, protect, channel)
    return StreamLink(ByteStreamCodec(), PhySetup(description, 1, "native", threads=1))


def arrived(sent_over: StreamLink) -> tuple[dict[int, ReceivedUnit], ...]:
    codec = sent_over.codec
    assert isinstance(codec, ByteStreamCodec)
    return codec.received.units


@pytest.mark.parametrize("code", ["ldpc:rate=1/2", "polar:rate=1/2", "none:crc=16"])
def test_a_clean_channel_delivers_every_unit(code: str) -> None:
    sent, clean = streams(8), link(code)
    delivery = clean.deliver(sent, 40.0, range(8))
    for units, received in zip(sent.units, arrived(clean), strict=True):
        assert received == {i: ReceivedUnit(unit.data, True) for i, unit in enumerate(units)}
    for name in COUNTS:
        assert not getattr(delivery, name).any(), name
    assert delivery.losses is not None
    assert not delivery.losses.packets.any()
    assert not delivery.losses.units.any()


def test_packets_whose_crc_failed_are_missing_and_nothing_else() -> None:
    sent, noisy = streams(24), link("ldpc:rate=1/2", "header=1/2")
    posted = noisy.post(sent)
    arrivals = noisy.layers.transmit(posted, 3.2, range(24))
    delivery = noisy.deliver(sent, 3.2, range(24))
    assert 0.05 < (~arrivals.passed).mean() < 0.95
    passed = {_key(p) for p, right in zip(posted, arrivals.passed, strict=True) if right}
    lost_units = np.zeros(24, dtype=int)
    wrong_bytes = np.zeros(24, dtype=int)
    for picture, (units, received) in enumerate(zip(sent.units, arrived(noisy), strict=True)):
        for place, unit in enumerate(units):
            prefix, complete = _prefix(picture, place, unit, passed)
            expected = ReceivedUnit(prefix, complete) if prefix else None
            assert received.get(place) == expected
            lost_units[picture] += not complete
            wrong_bytes[picture] += len(unit.data) - len(prefix)
    assert delivery.losses is not None
    assert delivery.losses.units.tolist() == lost_units.tolist()
    assert delivery.losses.packets.sum() == (~arrivals.passed).sum()
    assert delivery.index_errors.tolist() == wrong_bytes.tolist()
    assert delivery.block_errors.tolist() == delivery.losses.packets.tolist()


@pytest.mark.parametrize("frames", [range(7), range(9), "01234567", [0.0] * 8, range(-8, 0), None])
def test_frames_that_are_not_one_number_for_each_picture_are_refused(frames: Any) -> None:
    clean = link()
    with pytest.raises((TypeError, ValueError), match="frames"):
        clean.deliver(streams(8), 40.0, frames)
    with pytest.raises(ValueError, match="fewer than the pictures"):
        clean.layers.transmit(clean.post(streams(8)), 40.0, range(7))


@pytest.mark.parametrize("message", [None, "bytes", torch.zeros(2, 3)])
def test_what_is_no_stream_is_refused(message: Any) -> None:
    with pytest.raises(TypeError, match="streams: give a Streams"):
        link().deliver(message, 40.0, range(2))


def _key(posted: Posted) -> tuple[int, int]:
    return posted.picture, posted.packet.number


def _prefix(
    picture: int, place: int, unit: Unit, passed: set[tuple[int, int]]
) -> tuple[bytes, bool]:
    prefix = b""
    for packet, _ in packetise(place, unit.data, link().layers.sizes[Fraction(1, 2)], 24):
        if (picture, packet.number) not in passed:
            return prefix, False
        prefix += packet.payload
    return prefix, True


@pytest.mark.parametrize("channel", ["awgn", "rayleigh"])
def test_the_same_goes_wrong_whatever_a_picture_travels_with(channel: str) -> None:
    sent, noisy = streams(16), link(channel=channel)
    together = noisy.deliver(sent, 4.0, range(16))
    received = arrived(noisy)
    for n in (0, 5, 15):
        alone = noisy.deliver(Streams(sent.units[n : n + 1]), 4.0, [n])
        assert arrived(noisy)[0] == received[n]
        for name in COUNTS:
            assert getattr(alone, name)[0] == getattr(together, name)[n]
        assert alone.losses is not None
        assert together.losses is not None
        assert alone.losses.packets[0] == together.losses.packets[n]
    assert together.bit_errors.any()


def test_pictures_and_packets_meet_noise_of_their_own() -> None:
    same, noisy = Streams((units_for(90),) * 4), link()
    raw = noisy.deliver(same, 3.0, range(4)).raw_errors
    assert len(set(raw.tolist())) > 1
    assert len(set(noisy.deliver(same, 3.0, [2] * 4).raw_errors.tolist())) == 1
    seeds = [layer.seed for layer in noisy.layers.layers.values()]
    assert len(set(seeds)) == len(seeds)
    with pytest.raises(ValueError, match="pictures are numbered"):
        noisy.deliver(same, 3.0, [2**48] * 4)


def test_unequal_rates_cost_what_arithmetic_says() -> None:
    sent, unequal = streams(9), link("ldpc:rate=1/2", "object=2/3,background=3/4")
    rates = {"header": Fraction(1, 3), "object": Fraction(2, 3), "background": Fraction(3, 4)}
    assert unequal.rates == rates
    cost = unequal.account(sent)
    for n, units in enumerate(sent.units):
        packets = [
            (size, rates[unit.part])
            for place, unit in enumerate(units)
            for _, size in packetise(place, unit.data, unequal.layers.sizes[rates[unit.part]], 24)
        ]
        plans = [segment(CodeSpec("ldpc", rate), 8 * size, 3) for size, rate in packets]
        # Each block is its bits and its CRC over its rate, in symbols of three bits.
        estimated = sum((8 * size + 24) / float(rate) / 3 for size, rate in packets)
        assert cost.symbols[n] == pytest.approx(estimated, abs=len(packets))
        assert cost.symbols[n] == sum(plan.symbols for plan in plans)
        assert cost.coded_bits[n] == 3 * cost.symbols[n]
        assert cost.blocks[n] == len(packets)
        assert cost.units[n] == len(units)
        assert cost.bits[n] == 8 * cost.indices[n] == 8 * sum(len(u.data) for u in units)
    assert unequal.information_bits_per_symbol is None


def test_pilots_of_every_packet_are_paid_for() -> None:
    channel = ChannelSpec.parse("rayleigh", "block", "pilot:every=20")
    plain = link(channel="rayleigh")
    piloted = StreamLink(
        ByteStreamCodec(), PhySetup(PhySpec(channel=channel), 1, "native", threads=1)
    )
    symbols = [layer.symbols for layer in plain.layers.layers.values()]
    pilots = [layer.symbols for layer in piloted.layers.layers.values()]
    assert pilots == [n + -(-n // 20) for n in symbols]
    assert (piloted.account(streams(4)).symbols > plain.account(streams(4)).symbols).all()


def test_a_header_is_protected_unasked_where_a_code_has_low_rates() -> None:
    assert link().rates["header"] == Fraction(1, 3)
    assert link("ldpc:rate=1/5").rates["header"] == Fraction(1, 5)
    assert link("none:crc=16").rates["header"] == 1
    assert link(protect="header=1/2").rates["header"] == Fraction(1, 2)
    protected, bare = link(), link(protect="header=1/2")
    lost = []
    for one in (protected, bare):
        one.deliver(streams(64), 2.0, range(64))
        lost.append(sum(0 not in units for units in arrived(one)))
    assert lost[0] < 10 < lost[1]


def test_a_weak_crc_lets_nonsense_through_and_nothing_breaks() -> None:
    weak = link("none:crc=6")
    sent = streams(200)
    delivery = weak.deliver(sent, -8.0, range(200))
    assert delivery.losses is not None
    through = weak.account(sent).blocks.sum() - delivery.losses.packets.sum()
    assert through > 5
    assert delivery.losses.units.sum() > 0.99 * weak.account(sent).units.sum()
    assert (delivery.index_errors <= weak.account(sent).indices).all()


def test_pictures_without_units_arrive_as_such() -> None:
    empty = Streams(((), units_for(3)))
    bare = link()
    assert bare.account(empty).symbols[0] == 0
    bare.deliver(empty, 30.0, range(2))
    assert arrived(bare)[0] == {}
    assert bare.deliver(Streams(((),)), 30.0, [0]).index_errors.tolist() == [0]


def test_the_format_decides_the_link() -> None:
    codec = ByteStreamCodec()
    assert isinstance(connect(codec, PhySetup(spec(), engine="native")), StreamLink)
    with pytest.raises(ValueError, match="byte-streams knows decided bits only; use hard"):
        connect(codec, PhySetup(spec(), engine="native"), soft=True)


@pytest.mark.parametrize(
    ("code", "protect", "problem"),
    [
        ("ldpc", "body=1/3", "body: no part of the message; it has header, object, background"),
        ("none", "", "none: packets need a CRC"),
        ("ldpc:crc=0", "", "ldpc: packets need a CRC"),
    ],
)
def test_what_cannot_be_carried_is_refused(code: str, protect: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        link(code, protect)


def test_packets_cannot_share_one_fade() -> None:
    whole = PhySpec(channel=ChannelSpec.parse("rayleigh", "image"))
    with pytest.raises(ValueError, match="packets would fade one by one"):
        StreamLink(ByteStreamCodec(), PhySetup(whole, engine="native"))
    still = PhySpec(channel=ChannelSpec.parse("awgn", "image"))
    StreamLink(ByteStreamCodec(), PhySetup(still, engine="native"))
