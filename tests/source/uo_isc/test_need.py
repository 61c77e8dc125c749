"""Which tokens a question needs."""

import pytest
import torch

from linksim.source.uo_isc.need import NeedHead, most_needed
from linksim.source.zoo.clip import TextTokens


@pytest.fixture
def head() -> NeedHead:
    torch.manual_seed(0)
    return NeedHead(10, 6, 8).eval()


def texts(seed: int, valid: int = 4) -> TextTokens:
    features = torch.randn(2, 7, 6, generator=torch.Generator().manual_seed(seed))
    return TextTokens(features, torch.arange(7).expand(2, -1) < valid)


def test_the_most_needed_tokens_are_named_in_their_places_order() -> None:
    need = torch.tensor([[0.1, 0.9, 0.0, 0.5], [0.4, 0.3, 0.2, 0.1]])
    assert most_needed(need, 2).tolist() == [[1, 3], [0, 1]]
    assert most_needed(need, 4).tolist() == [[0, 1, 2, 3]] * 2


def test_need_depends_on_picture_and_question(head: NeedHead) -> None:
    image = torch.randn(2, 16, 10)
    need = head(image, texts(1))
    assert need.shape == (2, 16)
    assert not torch.allclose(need, head(image, texts(2)), atol=1e-4)
    assert not torch.allclose(need, head(torch.randn(2, 16, 10), texts(1)), atol=1e-4)


def test_padding_of_a_question_is_not_read(head: NeedHead) -> None:
    image, text = torch.randn(2, 16, 10), texts(1)
    padded = text.features.clone()
    padded[:, 4:] = 9.0
    assert torch.allclose(head(image, text), head(image, TextTokens(padded, text.valid)), atol=1e-6)


def test_a_picture_gets_the_same_need_alone_and_among_others(head: NeedHead) -> None:
    image, text = torch.randn(2, 16, 10), texts(1)
    alone = head(image[:1], TextTokens(text.features[:1], text.valid[:1]))
    assert torch.allclose(alone[0], head(image, text)[0], atol=1e-5)
