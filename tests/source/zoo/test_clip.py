import pytest
import torch

from linksim.experiments.data.scenes import images_of
from linksim.source.scenes import draw_scene
from linksim.source.zoo.clip import Clip
from linksim.source.zoo.loading import load_clip
from linksim.source.zoo.preset import load_preset


@pytest.fixture(scope="module")
def clip() -> Clip:
    return load_clip(load_preset("embedded"), torch.device("cpu"))


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return images_of([draw_scene(2**33, number) for number in range(2)])


def test_layers_are_those_asked_for(clip: Clip, images: torch.Tensor) -> None:
    every = clip.layer_features(images, range(6))
    some = clip.layer_features(images, [1, 3])
    assert [x.shape for x in some] == [(2, 64, 128)] * 2
    assert torch.allclose(some[0], every[1], atol=1e-5)
    assert torch.allclose(some[1], every[3], atol=1e-5)


def test_embeddings_have_unit_length(clip: Clip, images: torch.Tensor) -> None:
    for embedded in (clip.embed_images(images), clip.embed_texts(["a dog", "a red boat on sea"])):
        assert torch.allclose(embedded.norm(dim=-1), torch.ones(2), atol=1e-5)


def test_a_picture_is_nearest_to_its_own_caption(clip: Clip) -> None:
    from numpy.random import default_rng

    from linksim.source.scenes import caption

    scenes, rng = [draw_scene(2**33, number) for number in range(32)], default_rng(0)
    pictures = clip.embed_images(images_of(scenes))
    texts = clip.embed_texts([caption(scene, rng) for scene in scenes])
    assert (pictures @ texts.T).argmax(1).tolist() == list(range(32))


def test_pictures_of_another_size_are_resized(clip: Clip, images: torch.Tensor) -> None:
    large = torch.nn.functional.interpolate(images, (128, 128), mode="nearest")
    similarity = (clip.embed_images(large) * clip.embed_images(images)).sum(-1)
    assert (similarity > 0.9).all()


def test_no_gradient_is_kept(clip: Clip, images: torch.Tensor) -> None:
    assert not clip.embed_images(images.requires_grad_()).requires_grad
    assert not any(p.requires_grad for p in clip.model.parameters())


def test_tokens_of_a_text_end_with_the_one_that_stands_for_it(clip: Clip) -> None:
    texts = ["is there a dog?", "a boat on the sea"]
    read = clip.text_tokens(texts)
    assert read.features.shape == (2, clip.tokenizer(texts).shape[1], clip.text_token_width)
    last = read.valid.sum(1) - 1
    standing = read.features[torch.arange(2), last] @ clip.model.text_projection
    embedded = torch.nn.functional.normalize(standing, dim=-1)
    assert torch.allclose(embedded, clip.embed_texts(texts), atol=1e-5)
    alone = clip.text_tokens(texts[:1])
    assert torch.allclose(alone.features[0], read.features[0], atol=1e-5)


@torch.no_grad()
def test_a_text_is_read_to_its_end_only(clip: Clip) -> None:
    short, long = "is there a dog?", " and ".join(["what colour is the red cup?"] * 3)
    texts = [short, long, "a boat"]
    ends = clip._text_ends(clip.tokenizer(texts))
    assert ends is not None
    assert len(set((ends // 16).tolist())) == 2
    whole = clip.model.encode_text(clip.tokenizer(texts), normalize=True)
    assert torch.allclose(clip.embed_texts(texts), whole, atol=1e-5)


def test_how_a_text_is_rounded_does_not_depend_on_the_others(clip: Clip) -> None:
    short = ["is there a dog?"] * 15
    long = " and ".join(["what colour is the red cup?"] * 3)
    alone, beside = (clip.embed_texts([*short, last]) for last in (short[0], long))
    assert torch.equal(alone[:15], beside[:15])
