"""The query-aware codec with the models that come with linksim."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from linksim.experiments.data.scenes import images_of
from linksim.source import Codec, Received, UnknownCodec, load_codec
from linksim.source.query_aware.codec import QueryAwareCodec, load
from linksim.source.scenes import ask, draw_scene
from linksim.source.zoo.loading import load_llava
from linksim.source.zoo.preset import ModelUnavailable, load_preset

PRESET, CPU = load_preset("embedded"), torch.device("cpu")
SCENES = [draw_scene(2**33, number) for number in range(16)]
QUESTIONS = [ask(scene, np.random.default_rng(n)).text for n, scene in enumerate(SCENES)]


@pytest.fixture(scope="module")
def codec() -> QueryAwareCodec:
    return load(PRESET, CPU)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return images_of(SCENES)


@pytest.fixture(scope="module")
def sent(codec: QueryAwareCodec, images: torch.Tensor) -> torch.Tensor:
    return codec.encode(images, QUESTIONS).values


def arrived(values: torch.Tensor) -> Received:
    erased, llr = torch.zeros_like(values, dtype=torch.bool), torch.zeros(*values.shape, 8)
    return Received(values, 8, erased, llr)


def test_text_goes_first_and_a_coarse_picture_after_it(
    codec: QueryAwareCodec, images: torch.Tensor, sent: torch.Tensor
) -> None:
    message = codec.encode(images, QUESTIONS)
    assert message.width == 8
    assert codec.format.bits == 2560
    assert codec.format.parts == (("text", 64), ("picture", 256))
    assert torch.equal(message.values, sent)
    texts, coarse = codec.take_apart(arrived(sent))
    answers = load_llava(PRESET, CPU).respond(images, QUESTIONS).answers
    assert texts == [f"{q} {a}" for q, a in zip(QUESTIONS, answers, strict=True)]
    error = (coarse - images).square().mean(dim=(1, 2, 3))
    assert (-10 * error.log10() > 16).all()


def test_a_clean_channel_shows_what_the_question_is_about(
    codec: QueryAwareCodec, images: torch.Tensor, sent: torch.Tensor
) -> None:
    received, llava = codec.decode(arrived(sent)), load_llava(PRESET, CPU)
    assert received.shape == images.shape
    assert ((received >= 0) & (received <= 1)).all()
    wanted, found = (llava.respond(shown, QUESTIONS).answers for shown in (images, received))
    assert sum(a == b for a, b in zip(wanted, found, strict=True)) >= 11


def test_a_picture_is_the_same_in_any_company(codec: QueryAwareCodec, sent: torch.Tensor) -> None:
    painted = codec.decode(arrived(sent))
    assert torch.equal(painted, codec.decode(arrived(sent)))
    turned = codec.decode(arrived(sent.flip(0))).flip(0)
    assert torch.allclose(painted, turned, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_any_bytes_become_pictures(codec: QueryAwareCodec, sent: torch.Tensor, seed: int) -> None:
    rng = np.random.default_rng(seed)
    noise = torch.from_numpy(rng.integers(0, 256, sent.shape))
    hit = torch.from_numpy(rng.random(sent.shape) < np.linspace(0, 1, len(sent))[:, None])
    painted = codec.decode(arrived(torch.where(hit, noise, sent)))
    assert painted.isfinite().all()
    assert ((painted >= 0) & (painted <= 1)).all()


def test_a_lost_picture_is_grey_and_a_lost_text_empty(
    codec: QueryAwareCodec, sent: torch.Tensor
) -> None:
    texts, coarse = codec.take_apart(arrived(torch.zeros_like(sent)))
    assert texts == [""] * len(sent)
    assert (coarse == 0.5).all()


def test_a_message_has_the_bits_that_are_asked_for(images: torch.Tensor) -> None:
    codec: Codec = load_codec("query_aware:bits=4100", PRESET, CPU)  # type: ignore[assignment]
    assert codec.format.bits == 4096
    assert codec.encode(images, QUESTIONS).values.shape[1] == 512


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("bits=12", "query_aware:bits=12: give the bits"),
        ("side=64", "query_aware has no option 'side'; it has bits"),
    ],
)
def test_options_that_it_does_not_have_are_refused(options: str, problem: str) -> None:
    with pytest.raises(UnknownCodec, match=problem):
        load_codec(f"query_aware:{options}", PRESET, CPU)


def test_bits_that_leave_no_room_for_a_picture_are_refused() -> None:
    long = replace(PRESET, query_aware={**PRESET.query_aware, "text_bytes": 128})
    with pytest.raises(UnknownCodec, match="the text alone takes 1024 bits"):
        load(long, CPU, "bits=1024")


def test_a_preset_without_its_table_is_one_line() -> None:
    with pytest.raises(ModelUnavailable, match=r"lacks control in the table \[query_aware\]"):
        load(replace(PRESET, query_aware={}), CPU)
