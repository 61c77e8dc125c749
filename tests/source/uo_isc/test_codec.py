"""The trained codec that comes with linksim."""

import pytest
import torch

from linksim.experiments.training.scene_batches import images_of
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
