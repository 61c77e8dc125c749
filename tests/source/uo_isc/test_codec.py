"""The trained codec that comes with linksim."""

import pytest
import torch

from linksim.experiments.data.scenes import images_of
from linksim.source import Codec, Received, load_codec
from linksim.source.scenes import draw_scene
from linksim.source.zoo.preset import load_preset

QUESTIONS = ["is there a dog?", "what is the background?", "how many cats are there?"]


@pytest.fixture(scope="module")
def codec() -> Codec:
    return load_codec("uo_isc", load_preset("embedded"), torch.device("cpu"))


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return images_of([draw_scene(2**33, number) for number in range(3)])


def clean(values: torch.Tensor, width: int) -> Received:
    erased, llr = torch.zeros_like(values, dtype=torch.bool), torch.zeros(*values.shape, width)
    return Received(values, width, erased, llr)


def test_a_clean_channel_shows_the_picture(codec: Codec, images: torch.Tensor) -> None:
    message = codec.encode(images, QUESTIONS)
    received = codec.decode(clean(message.values, message.width))
    assert received.shape == images.shape
    psnr = -10 * (received - images).square().mean(dim=(1, 2, 3)).log10()
    assert (psnr > 15).all(), psnr


def test_encoding_is_deterministic(codec: Codec, images: torch.Tensor) -> None:
    first, again = (codec.encode(images, QUESTIONS) for _ in range(2))
    assert torch.equal(first.values, again.values)


def test_every_value_that_can_arrive_decodes(codec: Codec, images: torch.Tensor) -> None:
    message = codec.encode(images, QUESTIONS)
    for values in (torch.zeros_like(message.values), torch.full_like(message.values, 2**8 - 1)):
        received = codec.decode(clean(values, message.width))
        assert received.isfinite().all()


def test_what_is_sent_depends_on_the_question(codec: Codec, images: torch.Tensor) -> None:
    asked = codec.encode(images[:1], ["is there a dog?"]).values
    otherwise = codec.encode(images[:1], ["what is the background?"]).values
    assert (asked != otherwise).any()


def test_fewer_tokens_are_sent_at_a_stated_budget_and_show_what_was_asked(
    images: torch.Tensor,
) -> None:
    preset = load_preset("embedded")
    whole: Codec = load_codec("uo_isc", preset, torch.device("cpu"))  # type: ignore[assignment]
    few: Codec = load_codec("uo_isc:tokens=24", preset, torch.device("cpu"))  # type: ignore[assignment]
    message = few.encode(images, QUESTIONS)
    assert message.values.shape == (3, 8 + 12 * 24)
    assert few.format.parts == (("mask", 8), ("strong", 4 * 24), ("weak", 8 * 24))
    received = few.decode(clean(message.values, 8))
    original = whole.encode(images, QUESTIONS)
    shown = whole.decode(clean(original.values, 8))
    # Where tokens are sent the picture is nearly that of all tokens; elsewhere it need not be.
    distance = (received - shown).abs().mean(1).unfold(1, 8, 8).unfold(2, 8, 8).mean((-1, -2))
    masks = (message.values[:, :8, None] >> torch.arange(7, -1, -1)) & 1
    sent = masks.reshape(3, 64).bool()
    assert sent.sum(1).tolist() == [24] * 3
    near, far = distance.flatten(1)[sent].mean(), distance.flatten(1)[~sent].mean()
    assert near < 0.7 * far
    soft = few.decode_soft(certain(message.values, 8))  # type: ignore[attr-defined]
    assert torch.allclose(soft, received, atol=1e-4)


def test_which_tokens_are_sent_depends_on_the_question(images: torch.Tensor) -> None:
    preset = load_preset("embedded")
    codec: Codec = load_codec("uo_isc:tokens=8", preset, torch.device("cpu"))  # type: ignore[assignment]
    asked = [codec.encode(images[:1], [question]).values[:, :8] for question in QUESTIONS]
    assert (asked[0] != asked[1]).any()


def test_natural_indices_name_the_same_codewords(images: torch.Tensor) -> None:
    preset, cpu = load_preset("embedded"), torch.device("cpu")
    pictures = []
    for text in ("uo_isc", "uo_isc:index-assignment=natural"):
        codec: Codec = load_codec(text, preset, cpu)  # type: ignore[assignment]
        message = codec.encode(images, QUESTIONS)
        pictures.append(codec.decode(clean(message.values, 8)))
    assert torch.equal(*pictures)


def certain(values: torch.Tensor, width: int) -> Received:
    ones = (values[..., None] >> torch.arange(width - 1, -1, -1)) & 1
    llr = 60.0 * (2.0 * ones - 1)
    return Received(values, width, torch.zeros_like(values, dtype=torch.bool), llr)
