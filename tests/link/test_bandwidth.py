"""Codecs held to a channel bandwidth ratio."""

from fractions import Fraction

import pytest
import torch

from linksim.link import connect
from linksim.link.bandwidth import bits_within, fitted_codec
from linksim.link.cbr import parse_cbr, symbols_at
from linksim.phy import ChannelSpec, CodeSpec, Modulation, PhySetup, PhySpec, Refused
from linksim.source import load_codec
from linksim.source.deepjscc.codec import DeepJsccCodec
from linksim.source.deepjscc.model import DeepJscc
from linksim.source.zoo.preset import load_preset

PRESET, CPU = load_preset("embedded"), torch.device("cpu")
KODAK = 512, 768


def setup(code: str = "ldpc:rate=1/2", modulation: str = "16qam", **channel: str) -> PhySetup:
    made = ChannelSpec.parse("rayleigh" if channel else "awgn", "4", **channel)
    return PhySetup(PhySpec(CodeSpec.parse(code), Modulation.named(modulation), made), 1)


@pytest.mark.parametrize("code", ["ldpc:rate=1/2", "ldpc:rate=3/4", "polar", "turbo", "none"])
@pytest.mark.parametrize("modulation", ["qpsk", "8psk", "64qam"])
@pytest.mark.parametrize("symbols", [200, 4097, 73_728])
def test_a_budget_is_used_up_and_never_passed(code: str, modulation: str, symbols: int) -> None:
    physical = setup(code, modulation)
    bits = bits_within(physical, symbols)
    used = physical.layer_for(bits).symbols
    assert used <= symbols
    assert used > 0.99 * symbols - 200


def test_pilots_are_paid_for() -> None:
    with_pilots, without = setup(csi="pilot:every=4"), setup()
    assert bits_within(with_pilots, 5000) < 0.82 * bits_within(without, 5000)
    assert with_pilots.layer_for(bits_within(with_pilots, 5000)).symbols <= 5000


@pytest.mark.parametrize("name", ["jpeg", "webp"])
@pytest.mark.parametrize("size", [(512, 768), (33, 70)])
def test_a_file_takes_the_symbols_of_its_ratio(name: str, size: tuple[int, int]) -> None:
    ratio, physical = Fraction(1, 6), setup()
    codec = fitted_codec(load_codec(name, PRESET, CPU), physical, size, ratio)
    link = connect(codec, physical)
    image = torch.rand((1, 3, *size), generator=torch.Generator().manual_seed(1)) * 0.1 + 0.4
    account = link.account(codec.encode(image, [""]))  # type: ignore[arg-type]
    most = symbols_at(ratio, size)
    assert most - 40 < account.symbols[0] <= most
    shown = link.deliver(codec.encode(image, [""]), 20.0, [0]).images
    assert shown.shape == image.shape


def test_symbols_have_the_ratio_of_their_networks() -> None:
    codec = DeepJsccCodec(DeepJscc(), (64, 64))
    fitted = fitted_codec(codec, setup(), (40, 64), Fraction(1, 3))
    assert fitted.format.count == 40 * 64  # type: ignore[union-attr]
    with pytest.raises(Refused, match="1/3 symbols per number; give that"):
        fitted_codec(codec, setup(), (40, 64), Fraction(1, 6))


def test_a_message_of_its_own_length_takes_no_ratio() -> None:
    codec = load_codec("uo_isc", PRESET, CPU)
    assert fitted_codec(codec, setup(), (64, 64)) is codec
    with pytest.raises(Refused, match="length of uo_isc's messages is its own"):
        fitted_codec(codec, setup(), (64, 64), Fraction(1, 6))


def test_a_ratio_that_holds_nothing_is_refused() -> None:
    with pytest.raises(Refused, match="hold no message"):
        bits_within(setup(), 3)


@pytest.mark.parametrize("text", ["0", "-1/6", "1/0", "x", "", "17", "nan", "9" * 40])
def test_what_is_no_ratio_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="like 1/16"):
        parse_cbr(text)
    assert parse_cbr("0.0625") == parse_cbr("1/16") == Fraction(1, 16)
