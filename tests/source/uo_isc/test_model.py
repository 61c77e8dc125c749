from dataclasses import replace
from typing import Any

import pytest
import torch

from linksim.source.uo_isc.alignment import Alignment, TokenAlignment
from linksim.source.uo_isc.model import UoIsc, UoIscConfig
from linksim.source.zoo.clip import TextTokens

CONFIG = UoIscConfig(
    layers=(0, 2),
    grid=4,
    image_width=10,
    text_width=6,
    width=8,
    segment_length=4,
    codewords=16,
    channels=(12, 10, 8),
)


@pytest.fixture(scope="module")
def model() -> UoIsc:
    torch.manual_seed(1)
    return UoIsc(CONFIG).eval()


@pytest.fixture(scope="module")
def features() -> tuple[list[torch.Tensor], torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    image = [torch.randn(3, 16, 10, generator=generator) for _ in range(2)]
    return image, torch.randn(3, 6, generator=generator)


def everywhere(pictures: int) -> torch.Tensor:
    """Return the places of all tokens."""
    return torch.arange(16).expand(pictures, -1)


def test_a_picture_costs_layers_times_segments_times_tokens_indices(
    model: UoIsc, features: tuple[list[torch.Tensor], torch.Tensor]
) -> None:
    indices = model.encode(*features)
    assert indices.shape == (3, 4, 16)
    assert CONFIG.indices == 4 * 16
    assert CONFIG.index_bits == 4
    assert indices.min() >= 0
    assert indices.max() < 16


def test_the_receiver_makes_the_picture_that_training_saw(
    model: UoIsc, features: tuple[list[torch.Tensor], torch.Tensor]
) -> None:
    trained_on = model(*features)[0]
    received = model.decode(model.encode(*features), everywhere(3))
    assert received.shape == (3, 3, 16, 16)
    assert torch.allclose(received, trained_on, atol=1e-5)
    assert received.min() >= 0
    assert received.max() <= 1


def test_tokens_that_are_not_sent_are_shown_as_training_showed_them(
    model: UoIsc, features: tuple[list[torch.Tensor], torch.Tensor]
) -> None:
    places = torch.tensor([[0, 3, 9], [1, 2, 3], [13, 14, 15]])
    sent = torch.zeros(3, 16, dtype=torch.bool).scatter(1, places, True)
    trained_on = model(*features, sent)[0]
    indices = model.encode(*features).gather(2, places[:, None].expand(-1, 4, -1))
    received = model.decode(indices, places)
    assert torch.allclose(received, trained_on, atol=1e-5)
    assert not torch.allclose(received, model(*features)[0], atol=1e-3)


def test_groups_are_ordered_layer_segment(
    model: UoIsc, features: tuple[list[torch.Tensor], torch.Tensor]
) -> None:
    image, text = features
    indices = model.encode(image, text).view(3, 2, 2, 16)
    aligned = model.align(image, text)
    for layer, quantizer in enumerate(model.each_quantizer()):
        assert torch.equal(indices[:, layer], quantizer.indices(aligned[layer]).transpose(1, 2))


def test_a_wrong_index_changes_the_picture_near_its_token(
    model: UoIsc, features: tuple[list[torch.Tensor], torch.Tensor]
) -> None:
    indices = model.encode(*features)
    damaged = indices.clone()
    damaged[:, 0, 0] = (damaged[:, 0, 0] + 1) % 16  # shallow layer, first token: top left corner
    pictures = [model.decode(sent, everywhere(3)) for sent in (damaged, indices)]
    change = (pictures[0] - pictures[1]).abs().sum(dim=(0, 1))
    assert change[:8, :8].sum() > 0


def test_alignment_begins_blind_to_the_text_and_learns_to_see_it() -> None:
    torch.manual_seed(0)
    alignment = Alignment(10, 6, 8)
    image, texts = torch.randn(1, 16, 10), torch.randn(2, 6)
    first, second = (alignment(image, text[None]) for text in texts)
    assert torch.equal(first, second)
    torch.nn.init.normal_(alignment.film.weight)
    first, second = (alignment(image, text[None]) for text in texts)
    assert not torch.allclose(first, second)


def words(texts: int, valid: int, seed: int = 3) -> TextTokens:
    """Return texts of so many tokens, padded to seven with what must not be read."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(texts, 7, 6, generator=generator)
    return TextTokens(features, torch.arange(7).expand(texts, -1) < valid)


def test_paired_tokens_begin_blind_to_the_text_and_learn_to_see_it_each_for_itself() -> None:
    torch.manual_seed(0)
    alignment = TokenAlignment(10, 6, 8)
    image = torch.randn(1, 16, 10)
    first, second = (alignment(image, words(1, 4, seed)) for seed in (1, 2))
    assert torch.equal(first, second)
    torch.nn.init.normal_(alignment.shift[-1].weight)
    first, second = (alignment(image, words(1, 4, seed)) for seed in (1, 2))
    moved = first - second
    assert not torch.allclose(moved, moved[:, :1].expand_as(moved), atol=1e-3), "all tokens alike"


def test_padding_of_a_text_is_not_read() -> None:
    torch.manual_seed(0)
    alignment = TokenAlignment(10, 6, 8)
    torch.nn.init.normal_(alignment.shift[-1].weight)
    image, text = torch.randn(1, 16, 10), words(1, 4)
    padded = text.features.clone()
    padded[:, 4:] = 100.0
    assert torch.allclose(alignment(image, text), alignment(image, TextTokens(padded, text.valid)))
    padded[:, 3] = 100.0
    changed = alignment(image, TextTokens(padded, text.valid))
    assert not torch.allclose(alignment(image, text), changed)


def test_more_widths_than_layers_make_a_larger_picture() -> None:
    config = replace(CONFIG, pairing="tokens", channels=(12, 10, 8, 8))
    assert config.side == 32
    model = UoIsc(config).eval()
    image = [torch.randn(2, 16, 10) for _ in range(2)]
    assert model.decode(model.encode(image, words(2, 5)), everywhere(2)).shape == (2, 3, 32, 32)


def test_without_text_only_the_picture_counts(
    features: tuple[list[torch.Tensor], torch.Tensor],
) -> None:
    model = UoIsc(replace(CONFIG, text_width=None)).eval()
    assert not any("film" in name for name in model.state_dict())
    indices = model.encode(features[0], None)
    assert model.decode(indices, everywhere(3)).shape == (3, 3, 16, 16)


@pytest.mark.parametrize(
    ("sizes", "problem"),
    [
        ({"segment_length": 3}, "segment_length = 3: does not divide width 8"),
        ({"segment_length": 0}, "segment_length = 0"),
        ({"codewords": 100}, "codewords = 100: give a power of two"),
        ({"channels": (12, 10)}, "one more than layers"),
        ({"layers": (2, 0)}, "ascending"),
        ({"pairing": "crossed"}, "give pooled or tokens"),
        ({"layers": ()}, "ascending"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(sizes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        replace(CONFIG, **sizes)


@pytest.mark.parametrize("place", ["alignments", "quantizers", "decoder"])
def test_every_part_is_trained(
    place: str, features: tuple[list[torch.Tensor], torch.Tensor]
) -> None:
    model = UoIsc(CONFIG).train()
    picture, quantization, _, _ = model(*features)
    ((picture - 0.5).abs().mean() + quantization).backward()
    gradients = {n: p.grad for n, p in model.named_parameters() if n.startswith(place)}
    # The text's projection is reached once FiLM has moved away from zero.
    reached = {n: g for n, g in gradients.items() if ".text." not in n}
    assert all(g is not None and g.isfinite().all() for g in reached.values())
    assert sum(float(g.abs().sum()) for g in reached.values() if g is not None) > 0
